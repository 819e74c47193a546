import type { KubernetesClient } from '../../kubernetes/client.ts';
import type { ResourceType } from '../../kubernetes/objects.ts';
import { PODS, REPLICATION_CONTROLLERS, REPLICA_SETS } from '../../kubernetes/resources.ts';
import { controllerKeys, keyOf } from './controller.ts';
import type { Controller, ControllerContext } from './controller.ts';
import { controllerReference } from './kinds.ts';
import type { Pod, ReplicaSet } from './kinds.ts';
import {
  availableIn,
  deletePod,
  find,
  isActive,
  isAvailable,
  isReady,
  ownedBy,
  writeStatus,
} from './pod-set.ts';

/** Keeps as many pods of one template as a ReplicaSet asks for. */
export const replicaSetController = replicator(REPLICA_SETS, 'apps/v1');

/** A ReplicationController asks for the same in older words. */
export const replicationController = replicator(REPLICATION_CONTROLLERS, 'v1');

function replicator(type: ResourceType, apiVersion: string): Controller {
  return {
    name: type.resource,
    triggers: [
      { type, keys: (object) => [keyOf(object)] },
      { type: PODS, keys: controllerKeys(type.kind) },
    ],
    async reconcile(subject, context) {
      const set = await find<ReplicaSet>(context.client, type, subject);
      if (!set) return undefined;
      const pods = await ownedBy<Pod>(context.client, PODS, set);
      const active = pods.filter(isActive);
      if (!set.metadata?.deletionTimestamp) {
        await createMissing(
          context.client,
          set,
          active.length,
          controllerReference(set, apiVersion, type.kind),
        );
        await deleteSurplus(context.client, set, active);
      }
      return writeReplicaStatus(context, type, set);
    },
  };
}

async function createMissing(
  client: KubernetesClient,
  set: ReplicaSet,
  active: number,
  owner: ReturnType<typeof controllerReference>,
): Promise<void> {
  const { metadata, spec } = set.spec.template;
  for (let count = active; count < set.spec.replicas; count += 1) {
    await client.create<Pod>(PODS, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        generateName: `${set.metadata?.name ?? ''}-`,
        namespace: set.metadata?.namespace ?? '',
        ...(metadata?.labels && { labels: metadata.labels }),
        ...(metadata?.annotations && { annotations: metadata.annotations }),
        ownerReferences: [owner],
      },
      spec,
    });
  }
}

/** Those go first that serve least: without a node, not ready, youngest. */
async function deleteSurplus(client: KubernetesClient, set: ReplicaSet, active: Pod[]): Promise<void> {
  const worth = (pod: Pod): number => (pod.spec?.nodeName ? 1 : 0) + (isReady(pod) ? 2 : 0);
  const age = ({ metadata }: Pod): string => metadata?.creationTimestamp ?? '';
  const order = active.toSorted((a, b) => worth(a) - worth(b) || (age(a) < age(b) ? 1 : -1));
  for (const pod of order.slice(0, Math.max(active.length - set.spec.replicas, 0)))
    await deletePod(client, pod);
}

async function writeReplicaStatus(
  { client, clock }: ControllerContext,
  type: ResourceType,
  set: ReplicaSet,
): Promise<number | undefined> {
  const pods = (await ownedBy<Pod>(client, PODS, set)).filter(isActive);
  const { minReadySeconds } = set.spec;
  const ready = pods.filter(isReady);
  const available = ready.filter((pod) => isAvailable(pod, minReadySeconds, clock));
  await writeStatus(client, type, set, {
    replicas: pods.length,
    ...(pods.length > 0 && { fullyLabeledReplicas: pods.length }),
    ...(ready.length > 0 && { readyReplicas: ready.length }),
    ...(available.length > 0 && { availableReplicas: available.length }),
    observedGeneration: set.metadata?.generation ?? 0,
  });
  const waits = ready.map((pod) => availableIn(pod, minReadySeconds, clock)).filter((wait) => wait > 0);
  return waits.length > 0 ? Math.min(...waits) : undefined;
}
