import { DEPLOYMENTS, PODS, REPLICA_SETS } from '../../kubernetes/resources.ts';
import type { ControllerContext } from './controller.ts';
import { DESIRED, MAXIMUM, surgeOf, unavailableOf } from './deployment-bounds.ts';
import { findNewReplicaSet } from './deployment-revision.ts';
import { nameOf } from './kinds.ts';
import type { Deployment, Pod, ReplicaSet } from './kinds.ts';
import { isFinished, ownedBy } from './pod-set.ts';

/** Takes the next step from the old sets to the new one. Resolves to whether the new one may have pods. */
export async function rollOut(
  context: ControllerContext,
  deployment: Deployment,
  sets: ReplicaSet[],
): Promise<boolean> {
  const current = findNewReplicaSet(deployment, sets);
  const old = sets.filter((set) => set !== current);
  const { replicas, strategy } = deployment.spec;
  if (strategy.type === 'Recreate') {
    for (const set of old) await scaleTo(context, deployment, set, 0);
    if (await hasPods(context, old)) return false;
    if (current) await scaleTo(context, deployment, current, replicas);
    return true;
  }
  if (!current) return true;
  const total = sets.reduce((sum, set) => sum + set.spec.replicas, 0);
  const room = Math.max(replicas + surgeOf(deployment) - total, 0);
  const target =
    current.spec.replicas > replicas ? replicas : Math.min(current.spec.replicas + room, replicas);
  if (target !== current.spec.replicas) {
    await scaleTo(context, deployment, current, target);
    return true;
  }
  await shrinkOld(context, deployment, current, old);
  return true;
}

/** Takes from the old sets what is not needed: first pods that serve nobody, then as many as the new set makes up for. */
async function shrinkOld(
  context: ControllerContext,
  deployment: Deployment,
  current: ReplicaSet,
  old: ReplicaSet[],
): Promise<void> {
  const filled = old.filter((set) => set.spec.replicas > 0);
  if (filled.length === 0) return;
  const available = (set: ReplicaSet): number => set.status?.availableReplicas ?? 0;
  const minimum = deployment.spec.replicas - unavailableOf(deployment);
  const missing = current.spec.replicas - available(current);
  const total = [current, ...filled].reduce((sum, set) => sum + set.spec.replicas, 0);
  let removable = total - minimum - missing;
  if (removable <= 0) return;
  const sizes = new Map(filled.map((set) => [set, set.spec.replicas]));
  for (const set of filled) {
    const idle = Math.min(Math.max(set.spec.replicas - available(set), 0), removable);
    removable -= idle;
    sizes.set(set, set.spec.replicas - idle);
  }
  let spare = [current, ...filled].reduce((sum, set) => sum + available(set), 0) - minimum;
  for (const [set, size] of sizes) {
    const serving = Math.min(size, Math.max(spare, 0));
    spare -= serving;
    await scaleTo(context, deployment, set, size - serving);
  }
}

/** A Deployment that is resized in the middle of a rollout, or while it is paused, grows and shrinks in all its sets alike. */
export async function scaleProportionally(
  context: ControllerContext,
  deployment: Deployment,
  sets: ReplicaSet[],
): Promise<void> {
  const { replicas, strategy } = deployment.spec;
  const current = findNewReplicaSet(deployment, sets);
  const filled = sets.filter((set) => set.spec.replicas > 0);
  const only = filled.length <= 1 ? (filled[0] ?? current) : undefined;
  if (only) {
    await scaleTo(context, deployment, only, replicas);
    return;
  }
  const saturated =
    current &&
    current.spec.replicas === replicas &&
    Number(current.metadata?.annotations?.[DESIRED]) === replicas &&
    current.status?.availableReplicas === replicas;
  if (saturated) {
    for (const set of filled) if (set !== current) await scaleTo(context, deployment, set, 0);
    return;
  }
  if (strategy.type === 'Recreate') return;
  const allowed = replicas > 0 ? replicas + surgeOf(deployment) : 0;
  const total = filled.reduce((sum, set) => sum + set.spec.replicas, 0);
  const change = allowed - total;
  // The largest first, and of equal ones the newest when it grows, the oldest when it shrinks.
  const byAge = change > 0 ? filled.toReversed() : filled;
  const order = byAge.toSorted((a, b) => b.spec.replicas - a.spec.replicas);
  const sizes = new Map<ReplicaSet, number>();
  let added = 0;
  for (const set of order) {
    const size = set.spec.replicas;
    const before = Number(set.metadata?.annotations?.[MAXIMUM] ?? deployment.status?.replicas ?? 0);
    const share = before > 0 ? Math.round((size * allowed) / before) - size : 0;
    const left = change - added;
    const step = change > 0 ? Math.min(share, left) : Math.max(share, left);
    sizes.set(set, size + step);
    added += step;
  }
  for (const [index, set] of order.entries()) {
    const rest = index === 0 ? change - added : 0;
    await scaleTo(context, deployment, set, Math.max((sizes.get(set) ?? 0) + rest, 0));
  }
}

async function hasPods(context: ControllerContext, sets: ReplicaSet[]): Promise<boolean> {
  const pods = await Promise.all(sets.map((set) => ownedBy<Pod>(context, PODS, set)));
  return pods.some((owned) => owned.some((pod) => !isFinished(pod)));
}

async function scaleTo(
  { client, events }: ControllerContext,
  deployment: Deployment,
  set: ReplicaSet,
  replicas: number,
): Promise<void> {
  const wanted = {
    [DESIRED]: String(deployment.spec.replicas),
    [MAXIMUM]: String(deployment.spec.replicas + surgeOf(deployment)),
  };
  const before = set.spec.replicas;
  const annotated = Object.entries(wanted).every(
    ([key, value]) => set.metadata?.annotations?.[key] === value,
  );
  if (before === replicas && annotated) return;
  const body = { metadata: { annotations: wanted }, spec: { replicas } };
  await client.patch(REPLICA_SETS, nameOf(set), { type: 'merge', body });
  if (before === replicas) return;
  const way = replicas > before ? 'up' : 'down';
  await events(DEPLOYMENTS, deployment, {
    type: 'Normal',
    reason: 'ScalingReplicaSet',
    message: `Scaled ${way} replica set ${nameOf(set).name} from ${before} to ${replicas}`,
    component: 'deployment-controller',
  });
}
