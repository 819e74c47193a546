import { DEPLOYMENTS, PODS, REPLICA_SETS } from '../../kubernetes/resources.ts';
import { controllerKeys, ownKey } from './controller.ts';
import type { Controller, ControllerContext, Key } from './controller.ts';
import { writeDeploymentStatus } from './deployment-status.ts';
import { findNewReplicaSet, newReplicaSet, revisionOf } from './deployment-revision.ts';
import { rollOut, scaleProportionally } from './deployment-rollout.ts';
import type { ResourceEvent } from './informer.ts';
import { controllerOf, nameOf } from './kinds.ts';
import type { Deployment, ReplicaSet } from './kinds.ts';
import { claimOwned, deleteThis, find } from './pod-set.ts';

/** Rolls out a Deployment's template: one ReplicaSet for each template that it had, the latest of them filled. */
export const deploymentController: Controller = {
  name: 'deployments',
  triggers: [
    { type: DEPLOYMENTS, keys: ownKey },
    { type: REPLICA_SETS, keys: controllerKeys('Deployment') },
    // A Recreate goes on when the last of the old pods is gone, which no ReplicaSet's status tells.
    { type: PODS, keys: deploymentOfDeletedPod },
  ],
  async reconcile(subject, context) {
    const deployment = await find<Deployment>(context, DEPLOYMENTS, subject);
    if (!deployment) return undefined;
    if (deployment.metadata?.deletionTimestamp) {
      return writeDeploymentStatus(context, deployment, await ownSets(context, deployment));
    }
    const sets = await ownSets(context, deployment);
    if (deployment.spec.paused || isScaling(deployment, sets)) {
      const current = findNewReplicaSet(deployment, sets);
      if (current) await newReplicaSet(context, deployment, sets);
      await scaleProportionally(context, deployment, await ownSets(context, deployment));
    } else {
      await newReplicaSet(context, deployment, sets, {
        // With Recreate the old pods go first.
        createWhen: async () =>
          deployment.spec.strategy.type !== 'Recreate' || (await rollOut(context, deployment, sets)),
      });
      await rollOut(context, deployment, await ownSets(context, deployment));
    }
    const latest = await ownSets(context, deployment);
    await removeHistory(context, deployment, latest);
    return writeDeploymentStatus(context, deployment, latest);
  },
};

async function ownSets(context: ControllerContext, deployment: Deployment): Promise<ReplicaSet[]> {
  const sets = await claimOwned<ReplicaSet>(context, REPLICA_SETS, deployment, DEPLOYMENTS);
  const age = ({ metadata }: ReplicaSet): string => metadata?.creationTimestamp ?? '';
  return sets.toSorted(
    (a, b) =>
      age(a).localeCompare(age(b)) ||
      revisionOf(a) - revisionOf(b) ||
      nameOf(a).name.localeCompare(nameOf(b).name),
  );
}

/** The number of replicas was changed since the sets were last sized. */
const isScaling = ({ spec }: Deployment, sets: ReplicaSet[]): boolean =>
  sets.some((set) => {
    const desired = set.metadata?.annotations?.['deployment.kubernetes.io/desired-replicas'];
    return set.spec.replicas > 0 && desired !== undefined && Number(desired) !== spec.replicas;
  });

async function deploymentOfDeletedPod(
  { type, object }: ResourceEvent,
  context: ControllerContext,
): Promise<Key[]> {
  const owner = controllerOf(object);
  if (type !== 'DELETED' || owner?.kind !== 'ReplicaSet') return [];
  const namespace = object.metadata?.namespace ?? '';
  const set = await find<ReplicaSet>(context, REPLICA_SETS, { namespace, name: owner.name });
  const deployment = set && controllerOf(set);
  return deployment?.kind === 'Deployment' ? [`${namespace}/${deployment.name}`] : [];
}

async function removeHistory(
  { client }: ControllerContext,
  deployment: Deployment,
  sets: ReplicaSet[],
): Promise<void> {
  const current = findNewReplicaSet(deployment, sets);
  const empty = sets.filter(
    (set) =>
      set !== current &&
      !set.metadata?.deletionTimestamp &&
      set.spec.replicas === 0 &&
      (set.status?.replicas ?? 0) === 0 &&
      set.status?.observedGeneration === set.metadata?.generation,
  );
  const surplus = empty.length - (deployment.spec.revisionHistoryLimit ?? 10);
  const oldest = empty.toSorted((a, b) => revisionOf(a) - revisionOf(b));
  for (const set of oldest.slice(0, Math.max(surplus, 0))) await deleteThis(client, REPLICA_SETS, set);
}
