import { DEPLOYMENTS } from '../../kubernetes/resources.ts';
import type { ControllerContext } from './controller.ts';
import { findNewReplicaSet } from './deployment-revision.ts';
import { unavailableOf } from './deployment-bounds.ts';
import { conditionHolds, nameOf } from './kinds.ts';
import type { Condition, Deployment, ReplicaSet } from './kinds.ts';
import { find, writeStatus } from './pod-set.ts';
import { timestamp } from './timestamp.ts';

const NO_DEADLINE = 2 ** 31 - 1;

/** Writes what has become of a Deployment. Resolves to the milliseconds until its rollout counts as stuck. */
export async function writeDeploymentStatus(
  context: ControllerContext,
  read: Deployment,
  sets: ReplicaSet[],
): Promise<number | undefined> {
  const deployment = await find<Deployment>(context, DEPLOYMENTS, nameOf(read));
  if (!deployment || deployment.metadata?.uid !== read.metadata?.uid) return undefined;
  const current = findNewReplicaSet(read, sets);
  const counts = countsOf(read, sets, current);
  const now = context.clock.now();
  const conditions = conditionsOf(read, deployment.status ?? {}, counts, current, sets, now);
  await writeStatus(context.client, DEPLOYMENTS, deployment, {
    observedGeneration: read.metadata?.generation ?? 0,
    ...Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0)),
    ...(deployment.status?.collisionCount !== undefined && {
      collisionCount: deployment.status.collisionCount,
    }),
    ...(conditions.length > 0 && { conditions }),
  });
  return untilDeadline(read, counts, conditions, now);
}

interface Counts {
  replicas: number;
  updatedReplicas: number;
  readyReplicas: number;
  availableReplicas: number;
  unavailableReplicas: number;
}

function countsOf({ spec }: Deployment, sets: ReplicaSet[], current: ReplicaSet | undefined): Counts {
  const sum = (field: 'replicas' | 'readyReplicas' | 'availableReplicas'): number =>
    sets.reduce((total, set) => total + (set.status?.[field] ?? 0), 0);
  const wanted = sets.reduce((total, set) => total + set.spec.replicas, 0);
  const availableReplicas = sum('availableReplicas');
  return {
    replicas: sum('replicas'),
    updatedReplicas: current?.status?.replicas ?? 0,
    readyReplicas: sum('readyReplicas'),
    availableReplicas,
    unavailableReplicas: Math.max((spec.paused ? sum('replicas') : wanted) - availableReplicas, 0),
  };
}

function isComplete({ spec, metadata }: Deployment, counts: Counts, observed: number | undefined): boolean {
  return (
    counts.updatedReplicas === spec.replicas &&
    counts.replicas === spec.replicas &&
    counts.availableReplicas === spec.replicas &&
    (observed ?? 0) >= (metadata?.generation ?? 0)
  );
}

type Status = NonNullable<Deployment['status']>;

function conditionsOf(
  read: Deployment,
  before: Status,
  counts: Counts,
  current: ReplicaSet | undefined,
  sets: ReplicaSet[],
  now: Date,
): Condition[] {
  const at = timestamp(now);
  let conditions = before.conditions ?? [];
  /** One of the same status and reason stays as it is, unless it is to show that something moves. */
  const set = (wanted: Omit<Condition, 'lastUpdateTime' | 'lastTransitionTime'>, refresh = false): void => {
    const known = conditions.find(({ type }) => type === wanted.type);
    if (!refresh && known?.status === wanted.status && known.reason === wanted.reason) return;
    const lastTransitionTime = known?.status === wanted.status ? (known.lastTransitionTime ?? at) : at;
    conditions = [
      ...conditions.filter(({ type }) => type !== wanted.type),
      { ...wanted, lastUpdateTime: at, lastTransitionTime },
    ];
  };

  if (counts.availableReplicas >= read.spec.replicas - unavailableOf(read)) {
    const message = 'Deployment has minimum availability.';
    set({ type: 'Available', status: 'True', reason: 'MinimumReplicasAvailable', message });
  } else {
    const message = 'Deployment does not have minimum availability.';
    set({ type: 'Available', status: 'False', reason: 'MinimumReplicasUnavailable', message });
  }

  const progressing = conditions.find(({ type }) => type === 'Progressing');
  const named = current
    ? `ReplicaSet "${current.metadata?.name ?? ''}"`
    : `Deployment "${read.metadata?.name ?? ''}"`;
  const deadline = read.spec.progressDeadlineSeconds ?? NO_DEADLINE;
  const done = counts.replicas === counts.updatedReplicas && progressing?.reason === 'NewReplicaSetAvailable';
  if (read.spec.paused) {
    if (deadline < NO_DEADLINE && progressing?.reason !== 'ProgressDeadlineExceeded') {
      set({
        type: 'Progressing',
        status: 'Unknown',
        reason: 'DeploymentPaused',
        message: 'Deployment is paused',
      });
    }
  } else if (progressing?.reason === 'DeploymentPaused') {
    set({
      type: 'Progressing',
      status: 'Unknown',
      reason: 'DeploymentResumed',
      message: 'Deployment is resumed',
    });
  } else if (deadline < NO_DEADLINE && !done) {
    const generation = read.metadata?.generation;
    if (isComplete(read, counts, generation)) {
      const message = `${named} has successfully progressed.`;
      set({ type: 'Progressing', status: 'True', reason: 'NewReplicaSetAvailable', message });
    } else if (!progressing && current) {
      const message = `Created new replica set "${current.metadata?.name ?? ''}"`;
      set({ type: 'Progressing', status: 'True', reason: 'NewReplicaSetCreated', message });
    } else if (hasProgressed(before, counts)) {
      const message = `${named} is progressing.`;
      set({ type: 'Progressing', status: 'True', reason: 'ReplicaSetUpdated', message }, true);
    } else if (progressing && isLate(progressing, deadline, now)) {
      const message = `${named} has timed out progressing.`;
      set({ type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded', message });
    }
  }

  const failure = [current, ...sets]
    .flatMap((item) => item?.status?.conditions ?? [])
    .find(({ type }) => type === 'ReplicaFailure');
  if (failure) set({ ...failure });
  else conditions = conditions.filter(({ type }) => type !== 'ReplicaFailure');
  return conditions;
}

const hasProgressed = (before: Status, counts: Counts): boolean =>
  counts.updatedReplicas > (before.updatedReplicas ?? 0) ||
  counts.replicas - counts.updatedReplicas < (before.replicas ?? 0) - (before.updatedReplicas ?? 0) ||
  counts.readyReplicas > (before.readyReplicas ?? 0) ||
  counts.availableReplicas > (before.availableReplicas ?? 0);

const lateAt = ({ lastUpdateTime }: Condition, deadline: number): number =>
  Date.parse(lastUpdateTime ?? '') + deadline * 1000;

function isLate(progressing: Condition, deadline: number, now: Date): boolean {
  if (progressing.reason === 'NewReplicaSetAvailable') return false;
  if (progressing.reason === 'ProgressDeadlineExceeded') return true;
  return now.getTime() > lateAt(progressing, deadline);
}

function untilDeadline(
  read: Deployment,
  counts: Counts,
  conditions: Condition[],
  now: Date,
): number | undefined {
  const deadline = read.spec.progressDeadlineSeconds ?? NO_DEADLINE;
  const progressing = conditions.find(({ type }) => type === 'Progressing');
  if (deadline >= NO_DEADLINE || !progressing || read.spec.paused) return undefined;
  if (progressing.reason === 'ProgressDeadlineExceeded') return undefined;
  // The conditions that end a pause are only a step on the way.
  if (progressing.reason === 'DeploymentResumed') return 0;
  if (isComplete(read, counts, read.metadata?.generation) && conditionHolds(conditions, 'Progressing')) {
    return progressing.reason === 'NewReplicaSetAvailable' ? undefined : 0;
  }
  return Math.max(lateAt(progressing, deadline) - now.getTime(), 0) + 1000;
}
