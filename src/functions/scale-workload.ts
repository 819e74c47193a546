import { boolean, integer, string } from '../engine/arguments.ts';
import { Failure } from '../engine/failure.ts';
import { defineFunction, type FunctionContext, type Workload } from '../engine/function.ts';
import { isConflict } from '../kubernetes/api-error.ts';
import type { ObjectName } from '../kubernetes/objects.ts';
import { waitForWorkload } from '../pods/wait-for-workload.ts';
import {
  replicasOf,
  WORKLOAD_TYPES,
  type WorkloadKind,
  workloadKind,
  type WorkloadObject,
} from '../pods/workload.ts';

/** Scales a workload, and waits until it has settled. Kanister 0.119: ScaleWorkload. */
export const scaleWorkload = defineFunction({
  name: 'ScaleWorkload',
  doc: 'Scales a workload, and waits until its pods are ready and those that are too many are gone.',
  afterRestart: 'It goes on: the count before the change is the one that was read first.',
  args: {
    replicas: integer({ required: true, minimum: 0, doc: 'number of replicas to scale to' }),
    namespace: string({ doc: 'namespace of the workload; that of the subject when absent' }),
    name: string({ doc: 'name of the workload; that of the subject when absent' }),
    kind: string({
      doc: 'deployment, statefulset or deploymentconfig, in any case; that of the subject when absent',
    }),
    waitForReady: boolean({ default: true, doc: 'return only when the workload has settled' }),
  },
  outputs: { originalReplicaCount: 'number of replicas before the change' },
  permissions: [
    { group: 'apps', resources: ['deployments', 'statefulsets'], verbs: ['get', 'update'] },
    { group: 'apps', resources: ['replicasets'], verbs: ['list'] },
    { group: '', resources: ['pods'], verbs: ['list'] },
    { group: 'apps.openshift.io', resources: ['deploymentconfigs'], verbs: ['get', 'update'] },
    { group: '', resources: ['replicationcontrollers'], verbs: ['list'] },
  ],
  revision: 1,
  async run(args, context) {
    const { kind, ...name } = workloadOf(args, context.subject);
    // observation: read before the change, so that a repetition does not take the change for the original.
    const originalReplicaCount = await context.step('replicas', async () =>
      replicasOf(await readWorkload(context, kind, name, 'to figure out replicas')),
    );
    await context.step('scale', () => setReplicas(context, kind, name, args.replicas));
    if (args.waitForReady) {
      const scaled = await readWorkload(context, kind, name, 'to wait until it has settled');
      await context.idle(() => waitForWorkload(context, kind, scaled));
    }
    return { originalReplicaCount };
  },
});

interface Target {
  namespace?: string | undefined;
  name?: string | undefined;
  kind?: string | undefined;
}

/** What the arguments name, the subject filling the gaps. A name that is given but empty is no gap: it would scale something else. */
function workloadOf(
  args: Target,
  subject: Workload | undefined,
): ObjectName & { namespace: string; kind: WorkloadKind } {
  const namespace = args.namespace ?? subject?.namespace;
  const name = args.name ?? subject?.name;
  const given = args.kind ?? subject?.kind;
  if (!namespace || !name || !given) {
    throw new Failure(
      'InvalidArgument',
      'Workload information not available via defaults or namespace/name/kind parameters',
      { hint: 'Run the action on a Deployment or StatefulSet, or give namespace, name and kind.' },
    );
  }
  const kind = workloadKind(given);
  if (!kind) {
    throw new Failure('InvalidArgument', `Workload type not supported ${given}`, {
      argument: 'kind',
      hint: 'kind is deployment, statefulset or deploymentconfig.',
    });
  }
  return { namespace, name, kind };
}

async function readWorkload(
  { kubernetes, signal }: FunctionContext,
  kind: WorkloadKind,
  name: ObjectName,
  purpose: string,
): Promise<WorkloadObject> {
  try {
    return await kubernetes.get<WorkloadObject>(WORKLOAD_TYPES[kind], name, { signal });
  } catch (error) {
    signal.throwIfAborted();
    throw Failure.wrap(`Could not get ${kind}, ${purpose}`, error, 'WorkloadNotRead');
  }
}

/** Whatever else changes the workload meanwhile is kept: a conflict is a reason to read it again. */
async function setReplicas(
  context: FunctionContext,
  kind: WorkloadKind,
  name: ObjectName,
  replicas: number,
): Promise<undefined> {
  const { kubernetes, clock, signal } = context;
  for (let pause = 100; ; pause = Math.min(pause * 2, 2_000)) {
    const workload = await readWorkload(context, kind, name, 'to scale it');
    if (workload.spec?.replicas === replicas) return;
    try {
      const changed = { ...workload, spec: { ...workload.spec, replicas } };
      await kubernetes.replace(WORKLOAD_TYPES[kind], changed, { signal });
      return;
    } catch (error) {
      if (!isConflict(error)) {
        signal.throwIfAborted();
        throw Failure.wrap(`Could not scale ${kind}`, error, 'WorkloadNotScaled');
      }
    }
    await clock.sleep(pause, signal);
  }
}
