import { PODS, STATEFUL_SETS } from '../../kubernetes/resources.ts';
import { controllerKeys, ownKey } from './controller.ts';
import type { Controller, ControllerContext } from './controller.ts';
import { REVISION_LABEL, removeOldRevisions, syncRevisions, templateOf } from './controller-revision.ts';
import type { ControllerRevision } from './controller-revision.ts';
import { nameOf } from './kinds.ts';
import type { Pod, StatefulSet } from './kinds.ts';
import {
  claimOwned,
  find,
  hasReadyCondition,
  isAvailable,
  isFinished,
  nextAvailable,
  writeStatus,
} from './pod-set.ts';
import { alignClaimOwners, ensureClaims } from './stateful-set-claims.ts';
import { createReplica, deleteReplica, ordinalOf } from './stateful-set-pods.ts';

/** Keeps a StatefulSet's pods: each with a name and claims of its own, made in order and removed in reverse. */
export const statefulSetController: Controller = {
  name: 'statefulsets',
  triggers: [
    { type: STATEFUL_SETS, keys: ownKey },
    { type: PODS, keys: controllerKeys('StatefulSet') },
  ],
  async reconcile(subject, context) {
    const set = await find<StatefulSet>(context, STATEFUL_SETS, subject);
    if (!set) return undefined;
    const revisions = await syncRevisions(context, set, STATEFUL_SETS);
    const update = revisions.at(-1);
    if (!update) return undefined;
    const current = revisions.find((item) => nameOf(item).name === set.status?.currentRevision) ?? update;
    const owns = (pod: Pod): boolean => ordinalOf(set, pod) !== undefined;
    const pods = await claimOwned<Pod>(context, PODS, set, STATEFUL_SETS, owns);
    if (!set.metadata?.deletionTimestamp) await takeStep(context, set, { current, update }, pods);
    const latest = await claimOwned<Pod>(context, PODS, set, STATEFUL_SETS, owns);
    await writeSetStatus(context, set, { current, update }, latest);
    const live = new Set([nameOf(current).name, nameOf(update).name, ...latest.map(revisionOf)]);
    await removeOldRevisions(context, set, revisions, (item) => live.has(nameOf(item).name));
    return nextAvailable(latest, set.spec.minReadySeconds, context.clock);
  },
};

interface Revisions {
  current: ControllerRevision;
  update: ControllerRevision;
}

const revisionOf = ({ metadata }: Pod): string => metadata?.labels?.[REVISION_LABEL] ?? '';

const isTerminating = ({ metadata }: Pod): boolean => metadata?.deletionTimestamp !== undefined;

/** One step in order: what waits for a pod to be ready goes on when that pod changes. */
async function takeStep(
  context: ControllerContext,
  set: StatefulSet,
  revisions: Revisions,
  pods: Pod[],
): Promise<void> {
  const { replicas, podManagementPolicy, minReadySeconds } = set.spec;
  const inOrder = podManagementPolicy !== 'Parallel';
  const first = set.spec.ordinals?.start ?? 0;
  const byOrdinal = new Map(pods.map((pod) => [ordinalOf(set, pod) ?? -1, pod]));
  const settled = (pod: Pod): boolean => isAvailable(pod, minReadySeconds, context.clock);

  for (let ordinal = first; ordinal < first + replicas; ordinal += 1) {
    const pod = byOrdinal.get(ordinal);
    if (!pod) {
      const revision = revisionFor(set, revisions, ordinal);
      await createReplica(context, set, templateOf(revision), nameOf(revision).name, ordinal);
    } else if (isFinished(pod)) {
      if (!isTerminating(pod)) await deleteReplica(context, set, pod);
    } else {
      if (pod.status?.phase === 'Pending') await ensureClaims(context, set, ordinal);
      if (settled(pod)) await alignClaimOwners(context, set, pod, ordinal, { condemned: false });
    }
    if (inOrder && !(pod && settled(pod))) return;
  }

  const condemned = pods
    .filter((pod) => {
      const ordinal = ordinalOf(set, pod) ?? -1;
      return ordinal < first || ordinal >= first + replicas;
    })
    .toSorted((a, b) => (ordinalOf(set, b) ?? 0) - (ordinalOf(set, a) ?? 0));
  for (const pod of condemned)
    await alignClaimOwners(context, set, pod, ordinalOf(set, pod) ?? 0, { condemned: true });
  const firstUnhealthy = condemned.findLast((pod) => !settled(pod));
  for (const pod of condemned) {
    if (isTerminating(pod)) {
      if (inOrder) return;
      continue;
    }
    if (inOrder && !settled(pod) && pod !== firstUnhealthy) return;
    await deleteReplica(context, set, pod);
    if (inOrder) return;
  }
  if (condemned.length === 0 || !inOrder)
    await replaceOutdated(context, set, revisions.update, byOrdinal, settled);
}

/** Pods below the partition stay at the revision that the set has had. */
function revisionFor(
  { spec }: StatefulSet,
  { current, update }: Revisions,
  ordinal: number,
): ControllerRevision {
  const { updateStrategy, ordinals } = spec;
  if (updateStrategy?.type === 'OnDelete') return update;
  return ordinal < (ordinals?.start ?? 0) + (updateStrategy?.rollingUpdate?.partition ?? 0)
    ? current
    : update;
}

/** Highest ordinal first, one at a time, and the next only when all is well again. */
async function replaceOutdated(
  context: ControllerContext,
  set: StatefulSet,
  update: ControllerRevision,
  pods: Map<number, Pod>,
  settled: (pod: Pod) => boolean,
): Promise<void> {
  const { updateStrategy, replicas, ordinals } = set.spec;
  if (updateStrategy?.type === 'OnDelete') return;
  const first = ordinals?.start ?? 0;
  const partition = updateStrategy?.rollingUpdate?.partition ?? 0;
  for (let index = replicas - 1; index >= partition; index -= 1) {
    const pod = pods.get(first + index);
    if (!pod) return;
    if (revisionOf(pod) !== nameOf(update).name && !isTerminating(pod)) {
      await deleteReplica(context, set, pod);
      return;
    }
    if (!settled(pod)) return;
  }
}

async function writeSetStatus(
  context: ControllerContext,
  read: StatefulSet,
  { current, update }: Revisions,
  pods: Pod[],
): Promise<void> {
  const { client, clock } = context;
  const set = await find<StatefulSet>(context, STATEFUL_SETS, nameOf(read));
  if (!set) return;
  const { minReadySeconds, replicas, updateStrategy } = read.spec;
  const running = pods.filter(({ status }) => status?.phase === 'Running');
  const ready = running.filter(hasReadyCondition);
  const available = ready.filter((pod) => isAvailable(pod, minReadySeconds, clock));
  const at = (revision: ControllerRevision): number =>
    pods.filter((pod) => !isTerminating(pod) && revisionOf(pod) === nameOf(revision).name).length;
  const updated = at(update);
  const done =
    updateStrategy?.type !== 'OnDelete' &&
    updated === pods.length &&
    updated === replicas &&
    ready.length === replicas;
  const currentReplicas = done ? updated : at(current);
  await writeStatus(client, STATEFUL_SETS, set, {
    observedGeneration: read.metadata?.generation ?? 0,
    replicas: pods.length,
    ...(ready.length > 0 && { readyReplicas: ready.length }),
    availableReplicas: available.length,
    ...(currentReplicas > 0 && { currentReplicas }),
    ...(updated > 0 && { updatedReplicas: updated }),
    currentRevision: nameOf(done ? update : current).name,
    updateRevision: nameOf(update).name,
    collisionCount: 0,
  });
}
