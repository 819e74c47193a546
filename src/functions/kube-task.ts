import { object, string, stringList, stringMap } from '../engine/arguments.ts';
import { defineFunction } from '../engine/function.ts';
import { podMetadata, podOverride } from '../pods/pod-override.ts';
import { jobPodIntent, runJobPod } from '../pods/run-job-pod.ts';

const STEP = 'pod';
const PREFIX = 'kanister-job-';

/** Runs a command in a new pod. Kanister 0.119: KubeTask. */
export const kubeTask = defineFunction({
  name: 'KubeTask',
  doc: 'Runs a command in a new pod, which is removed when it has ended.',
  afterRestart:
    'The pod goes on meanwhile. The next operator adopts it, and reads its log from where the last one was; when lines are gone by then, the phase fails with LogGap.',
  args: {
    image: string({ required: true, doc: 'image of the container' }),
    command: stringList({ required: true, doc: 'command and arguments, run without a shell' }),
    namespace: string({ doc: 'namespace of the pod; the operator’s own when absent' }),
    podOverride: object({ doc: 'laid over the pod’s spec; the ActionSet’s podOverride is laid over it' }),
    podLabels: stringMap({ doc: 'labels of the pod, beside those of the ActionSet' }),
    podAnnotations: stringMap({ doc: 'annotations of the pod, beside those of the ActionSet' }),
  },
  outputs: 'markers',
  permissions: [
    { group: '', resources: ['pods'], verbs: ['create', 'get', 'delete'] },
    { group: '', resources: ['pods/log'], verbs: ['get'] },
  ],
  revision: 1,
  intents: ({ namespace }, context) => [jobPodIntent({ step: STEP, prefix: PREFIX, namespace }, context)],
  async run(args, context) {
    const { action, settings } = context;
    const override = podOverride(args.podOverride, action.podOverride);
    return runJobPod(context, {
      step: STEP,
      prefix: PREFIX,
      job: {
        namespace: args.namespace || settings.namespace,
        image: args.image,
        command: args.command,
        labels: podMetadata(args.podLabels, action.podLabels),
        annotations: podMetadata(args.podAnnotations, action.podAnnotations),
        ...(override && { overrides: [override] }),
      },
    });
  },
});
