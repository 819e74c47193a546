import { string, stringList } from '../engine/arguments.ts';
import { defineFunction } from '../engine/function.ts';
import { buildJobPod, jobIdOf } from '../pods/build-job-pod.ts';
import { checkPodMetadata } from '../pods/check-pod-metadata.ts';
import { injectCredentials } from '../pods/inject-credentials.ts';
import { podArguments, podPermissions, podWishes } from '../pods/pod-arguments.ts';
import { jobPodIntent, runJobPod } from '../pods/run-job-pod.ts';

const STEP = 'pod';
const PREFIX = 'kanister-job-';

/** Runs a command in a new pod. Kanister 0.119: KubeTask. */
export const kubeTask = defineFunction({
  name: 'KubeTask',
  doc: 'Runs a command in a new pod, which is removed when it has ended.',
  afterRestart:
    'The pod goes on meanwhile. The next operator adopts it, and reads its log from where the last one was; when lines are gone by then, and the outputs are not in the termination message either, the phase fails with LogGap.',
  args: {
    image: string({ required: true, doc: 'image of the container' }),
    command: stringList({ required: true, doc: 'command and arguments, run without a shell' }),
    namespace: string({ doc: 'namespace of the pod; the operator’s own when absent' }),
    ...podArguments,
  },
  outputs: 'markers',
  permissions: podPermissions,
  revision: 1,
  validate: checkPodMetadata,
  intents: ({ namespace }, context) => [jobPodIntent({ step: STEP, prefix: PREFIX, namespace }, context)],
  async run(args, context) {
    const { labels, annotations, override } = podWishes(args, context.action);
    const pod = buildJobPod(
      {
        namespace: args.namespace,
        image: args.image,
        command: args.command,
        labels,
        annotations,
        jobId: jobIdOf(context.owner),
        ...(override && { overrides: [override] }),
      },
      context,
    );
    return runJobPod(context, { step: STEP, prefix: PREFIX, pod: await injectCredentials(pod, context) });
  },
});
