import { boolean, string, stringList, stringMap } from '../engine/arguments.ts';
import { Failure } from '../engine/failure.ts';
import { defineFunction, type FunctionContext, type Workload } from '../engine/function.ts';
import { patiently } from '../engine/retry.ts';
import { ApiError } from '../kubernetes/api-error.ts';
import type { KubernetesObject } from '../kubernetes/objects.ts';
import { PERSISTENT_VOLUME_CLAIMS } from '../kubernetes/resources.ts';
import { buildJobPod, type MountedClaim } from '../pods/build-job-pod.ts';
import { checkPodMetadata } from '../pods/check-pod-metadata.ts';
import { podArguments, podPermissions, podWishes } from '../pods/pod-arguments.ts';
import { jobPodIntent, runJobPod } from '../pods/run-job-pod.ts';

const STEP = 'pod';
const PREFIX = 'prepare-data-job-';
/** Below it each claim has a folder of its own name, where no `volumes` are given. */
const MOUNT_ROOT = '/mnt/prepare_data';

/** Runs a command in a new pod that has volumes. Kanister 0.119: PrepareData. */
export const prepareData = defineFunction({
  name: 'PrepareData',
  doc: 'Runs a command in a new pod with PersistentVolumeClaims mounted. The exit code of the command counts only with `failOnError`.',
  afterRestart:
    'The pod goes on meanwhile. The next operator adopts it, and reads its log from where the last one was; when lines are gone by then, the phase fails with LogGap.',
  args: {
    namespace: string({ required: true, doc: 'namespace of the pod and the claims' }),
    image: string({ required: true, doc: 'image of the container' }),
    command: stringList({ required: true, doc: 'command and arguments, run without a shell' }),
    volumes: stringMap({
      doc: `claim → path in the pod; when absent or empty, the claims of the subject’s pods below ${MOUNT_ROOT}`,
    }),
    serviceaccount: string({ doc: 'service account of the pod' }),
    failOnError: boolean({ default: false, doc: 'whether a command that fails makes the phase fail' }),
    ...podArguments,
  },
  outputs: 'markers',
  permissions: [...podPermissions, { group: '', resources: ['persistentvolumeclaims'], verbs: ['get'] }],
  revision: 1,
  validate: checkPodMetadata,
  intents: ({ namespace }, context) => [jobPodIntent({ step: STEP, prefix: PREFIX, namespace }, context)],
  async run(args, context) {
    const volumes = hasEntries(args.volumes) ? args.volumes : volumesOf(context.subject);
    const { labels, annotations, override } = podWishes(args, context.action);
    const pod = buildJobPod(
      {
        namespace: args.namespace,
        image: args.image,
        command: args.command,
        serviceAccount: args.serviceaccount,
        claims: await readClaims(args.namespace || context.settings.namespace, volumes, context),
        labels,
        annotations,
        ...(override && { overrides: [override] }),
      },
      context,
    );
    try {
      const outputs = await runJobPod(context, {
        step: STEP,
        prefix: PREFIX,
        pod,
        success: args.failOnError ? 'pod' : 'command',
      });
      return hasEntries(outputs) ? outputs : undefined;
    } catch (error) {
      if (!(error instanceof Failure) || error.reason !== 'InvalidPhaseOutput') throw error;
      throw Failure.wrap('Failed to parse phase output', error);
    }
  },
});

/** The claims that the subject's pods had when the action began: those of a workload that was scaled down meanwhile, too. */
function volumesOf(subject: Workload | undefined): Record<string, string> {
  if (subject?.kind !== 'Deployment' && subject?.kind !== 'StatefulSet') {
    throw new Failure('InvalidArgument', 'Failed to get volumes', {
      argument: 'volumes',
      hint: 'Give volumes, or run the action on a Deployment or a StatefulSet, whose claims are taken then.',
    });
  }
  const claims = Object.values(subject.persistentVolumeClaims).flatMap((mounts) => Object.keys(mounts));
  if (claims.length === 0) {
    throw new Failure('InvalidArgument', 'No volumes found', {
      argument: 'volumes',
      hint: `No pod of ${subject.kind} ${subject.name} that ran when the action began mounts a PersistentVolumeClaim: give volumes.`,
    });
  }
  return Object.fromEntries(claims.map((claim) => [claim, `${MOUNT_ROOT}/${claim}`]));
}

interface Claim extends KubernetesObject {
  spec?: { accessModes?: string[] };
}

/** That they are there, and which may be written to: known before a pod is created, and the same after a restart. */
function readClaims(
  namespace: string,
  volumes: Record<string, string>,
  { kubernetes, clock, signal, step }: FunctionContext,
): Promise<MountedClaim[]> {
  return Promise.all(
    Object.entries(volumes).map(async ([claim, mountPath]) => {
      const readOnly = await step(`claim-${claim}`, async () => {
        try {
          const name = { name: claim, namespace };
          const found = await patiently(
            () => kubernetes.get<Claim>(PERSISTENT_VOLUME_CLAIMS, name, { signal }),
            clock,
            signal,
          );
          return found.spec?.accessModes?.includes('ReadOnlyMany') ?? false;
        } catch (error) {
          if (!(error instanceof ApiError)) throw error;
          throw Failure.wrap('Failed to retrieve PVC.', error, error.reason || 'ApiError');
        }
      });
      return { claim, mountPath, readOnly };
    }),
  );
}

function hasEntries(map: Record<string, string> | undefined): map is Record<string, string> {
  return map !== undefined && Object.keys(map).length > 0;
}
