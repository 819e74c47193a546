import { boolean, integer, string } from '../engine/arguments.ts';
import { Failure } from '../engine/failure.ts';
import { defineFunction, type FunctionContext, type UndoContext, type Workload } from '../engine/function.ts';
import type { JsonObject } from '../kubernetes/objects.ts';
import { findScalable } from '../pods/find-scalable.ts';
import { countOf, readScaled, type ScaleTarget, setReplicas } from '../pods/scale-target.ts';
import { waitForScale } from '../pods/wait-for-scale.ts';
import { waitForWorkload } from '../pods/wait-for-workload.ts';
import { WORKLOAD_TYPES, workloadKind } from '../pods/workload.ts';

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
      doc: 'deployment, statefulset or deploymentconfig, in any case, or another kind that has a scale subresource; that of the subject when absent',
    }),
    apiVersion: string({
      doc: 'apiVersion of the kind, such as apps/v1; when absent, the first of that kind that the API server names',
    }),
    waitForReady: boolean({ default: true, doc: 'return only when the workload has settled' }),
    restoreReplicasOnFailure: boolean({
      default: false,
      doc: 'scale back when the action fails or is cancelled, in this phase or a later one',
    }),
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
    const { replicas } = args;
    const target = await targetOf(args, context);
    // observation: read before the change, so that neither a repetition nor another attempt takes the change for the original.
    const originalReplicaCount = await context.step(
      'replicas',
      async () => countOf(target, await readScaled(context, target, 'to figure out replicas')),
      { lasting: true },
    );
    if (args.restoreReplicasOnFailure) {
      await context.undoOnFailure(recordOf({ target, from: originalReplicaCount, to: replicas }));
    }
    await context.step('scale', async () => void (await setReplicas(context, target, replicas)));
    if (args.waitForReady) await settle(context, target);
    return { originalReplicaCount };
  },
  undoKey: (data) => {
    const { type, name } = (data as unknown as ReplicaChange).target;
    return [type.group, type.resource, name.namespace, name.name].join('/');
  },
  async undo(data, context, later) {
    // It is what `run` has recorded.
    await restoreReplicas([data, ...later].toReversed() as unknown as ReplicaChanges, context);
  },
});

/** Numbers of replicas. */
interface ReplicaChange {
  target: ScaleTarget;
  from: number;
  to: number;
}

/** Of one target, by several phases: the last one first. */
type ReplicaChanges = [last: ReplicaChange, ...earlier: ReplicaChange[]];

/**
 * Brings the target at once to where the first of the changes found it, without the numbers that it had in between: pods that run already
 * stay. Where somebody else changed it between two phases, that is how far it goes back.
 */
async function restoreReplicas(changes: ReplicaChanges, context: UndoContext): Promise<void> {
  const [{ target, ...last }] = changes;
  const { from, beyond } = farthestBack(changes);
  const isOurs = (count: number) => count === last.from || count === last.to;
  const found = await setReplicas(context, target, from, isOurs);
  if (found !== from && !isOurs(found)) throw changedByOthers(target, { from, found });
  if (beyond) throw changedByOthers(target, { from: beyond.from, found: from });
}

/** The number that the changes lead back to, as far as each goes on from the one before it, and the first one that they don't reach. */
function farthestBack([last, ...earlier]: ReplicaChanges): { from: number; beyond?: ReplicaChange } {
  let { from } = last;
  for (const change of earlier) {
    // `from` again: somebody else was there before, and has undone it.
    if (from !== change.to && from !== change.from) return { from, beyond: change };
    ({ from } = change);
  }
  return { from };
}

interface Named {
  namespace?: string | undefined;
  name?: string | undefined;
  kind?: string | undefined;
  apiVersion?: string | undefined;
}

/** What the arguments name, the subject filling the gaps. A name that is given but empty is no gap: it would scale something else. */
async function targetOf(args: Named, context: FunctionContext): Promise<ScaleTarget> {
  const { namespace, name, kind } = namesOf(args, context.subject);
  const { apiVersion = '' } = args;
  const workload = workloadKind(kind, apiVersion);
  if (workload) return { name: { namespace, name }, type: WORKLOAD_TYPES[workload], workload };
  // observation: what a kind is may change with what is installed.
  const type = await context.step('resource', async () => ({
    ...(await findScalable(context, kind, apiVersion)),
  }));
  return { name: { namespace, name }, type };
}

function namesOf(
  args: Named,
  subject: Workload | undefined,
): { namespace: string; name: string; kind: string } {
  const namespace = args.namespace ?? subject?.namespace;
  const name = args.name ?? subject?.name;
  const kind = args.kind ?? subject?.kind;
  if (!namespace || !name || !kind) {
    throw new Failure(
      'InvalidArgument',
      'Workload information not available via defaults or namespace/name/kind parameters',
      { hint: 'Run the action on a Deployment or StatefulSet, or give namespace, name and kind.' },
    );
  }
  return { namespace, name, kind };
}

async function settle(context: FunctionContext, target: ScaleTarget): Promise<void> {
  const { workload } = target;
  if (workload === undefined) return context.idle(() => waitForScale(context, target));
  const scaled = await readScaled(context, target, 'to wait until it has settled');
  return context.idle(() => waitForWorkload(context, workload, scaled));
}

function recordOf({ target: { type, name, ...known }, from, to }: ReplicaChange): JsonObject {
  return { target: { type: { ...type }, name: { ...name }, ...known }, from, to };
}

function changedByOthers(
  { type, name }: ScaleTarget,
  { from, found }: { from: number; found: number },
): Failure {
  return new Failure(
    'ReplicasChanged',
    `${type.kind} "${name.name}" was not scaled back to ${from} replicas: it has ${found}, which a later phase or somebody else gave it`,
    { hint: `Scale ${type.kind} ${name.name} to as many replicas as it is to have.` },
  );
}
