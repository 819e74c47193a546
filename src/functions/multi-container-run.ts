import { string, stringList } from '../engine/arguments.ts';
import { Failure } from '../engine/failure.ts';
import { defineFunction } from '../engine/function.ts';
import { InvalidQuantity, parseQuantity } from '../kubernetes/quantity.ts';
import { buildMultiContainerPod } from '../pods/build-multi-container-pod.ts';
import { checkPodMetadata } from '../pods/check-pod-metadata.ts';
import { expandContainerOverride } from '../pods/expand-container-override.ts';
import { podArguments, podPermissions, podWishes } from '../pods/pod-arguments.ts';
import { jobPodIntent, runJobPod } from '../pods/run-job-pod.ts';

const STEP = 'pod';
const PREFIX = 'kanister-job-';

/** Runs two commands in a new pod that share a volume. Kanister 0.119: MultiContainerRun. */
export const multiContainerRun = defineFunction({
  name: 'MultiContainerRun',
  doc: 'Runs two commands side by side in a new pod, on one empty volume: `background`, and `output`, whose outputs count. A third one may prepare the volume before.',
  afterRestart:
    'The pod goes on meanwhile. The next operator adopts it, and reads the log of `output` from where the last one was; when lines are gone by then, and the outputs are not in the termination message either, the phase fails with LogGap.',
  args: {
    backgroundImage: string({ required: true, doc: 'image of the container `background`' }),
    backgroundCommand: stringList({ required: true, doc: 'its command and arguments, run without a shell' }),
    outputImage: string({ required: true, doc: 'image of the container `output`' }),
    outputCommand: stringList({ required: true, doc: 'its command and arguments, run without a shell' }),
    namespace: string({ doc: 'namespace of the pod; the operator’s own when absent' }),
    initImage: string({
      doc: 'image of the container `init`, which ends before the others begin; none when absent',
    }),
    initCommand: stringList({ doc: 'its command and arguments; the image’s own when absent' }),
    sharedVolumeMedium: string({ doc: '`Memory`, or the node’s own when absent' }),
    sharedVolumeSizeLimit: string({ doc: 'a quantity such as 1Gi; no limit when absent' }),
    sharedVolumeDir: string({ default: '/tmp/', doc: 'where all containers have the volume' }),
    ...podArguments,
  },
  outputs: 'markers',
  permissions: podPermissions,
  revision: 1,
  validate: checkPodMetadata,
  intents: ({ namespace }, context) => [jobPodIntent({ step: STEP, prefix: PREFIX, namespace }, context)],
  async run(args, context) {
    const { podOverride } = context.action;
    const { labels, annotations, override } = podWishes(args, {
      ...context.action,
      ...(podOverride && { podOverride: expandContainerOverride(podOverride, !!args.initImage) }),
    });
    const pod = buildMultiContainerPod(
      {
        namespace: args.namespace,
        ...(args.initImage && { init: { image: args.initImage, command: args.initCommand } }),
        background: { image: args.backgroundImage, command: args.backgroundCommand },
        output: { image: args.outputImage, command: args.outputCommand },
        shared: {
          medium: args.sharedVolumeMedium,
          sizeLimit: checkedQuantity(args.sharedVolumeSizeLimit),
          directory: args.sharedVolumeDir,
        },
        labels,
        annotations,
        override,
      },
      context,
    );
    return runJobPod(context, { step: STEP, prefix: PREFIX, pod, interdependent: true });
  },
});

/** Kanister names the argument `sharedStorageSize` in this text. */
function checkedQuantity(text: string | undefined): string | undefined {
  if (!text) return undefined;
  try {
    parseQuantity(text);
    return text;
  } catch (error) {
    if (!(error instanceof InvalidQuantity)) throw error;
    throw Failure.wrap('Failed to parse sharedStorageSize arg', error, 'InvalidArgument', {
      argument: 'sharedVolumeSizeLimit',
      hint: 'Give sharedVolumeSizeLimit as a quantity, for instance 500Mi or 2Gi.',
    });
  }
}
