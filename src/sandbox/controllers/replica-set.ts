import type { ResourceType } from '../../kubernetes/objects.ts';
import { PODS, REPLICATION_CONTROLLERS, REPLICA_SETS } from '../../kubernetes/resources.ts';
import { selectorOf } from '../apiserver/label-selector.ts';
import { controllerKeys, keyOf, ownKey } from './controller.ts';
import type { Controller, ControllerContext, Key } from './controller.ts';
import type { ResourceEvent } from './informer.ts';
import { controllerOf } from './kinds.ts';
import type { Condition, Pod, ReplicaSet } from './kinds.ts';
import {
  claimOwned,
  createOwnedPod,
  deleteOwnedPod,
  find,
  isActive,
  isAvailable,
  isFinished,
  isReady,
  leastMissedFirst,
  nextAvailable,
  writeStatus,
} from './pod-set.ts';
import { timestamp } from './timestamp.ts';

/** Keeps as many pods of one template as a ReplicaSet asks for. */
export const replicaSetController = replicator(REPLICA_SETS);

/** A ReplicationController asks for the same in older words. */
export const replicationController = replicator(REPLICATION_CONTROLLERS);

function replicator(type: ResourceType): Controller {
  const controlled = controllerKeys(type.kind);
  return {
    name: type.resource,
    triggers: [
      { type, keys: ownKey },
      {
        type: PODS,
        keys: (event, context) =>
          controllerOf(event.object) ? controlled(event) : selecting(type, event, context),
      },
    ],
    async reconcile(subject, context) {
      const set = await find<ReplicaSet>(context, type, subject);
      if (!set) return undefined;
      const pods = await claimOwned<Pod>(context, PODS, set, type, (pod) => !isFinished(pod));
      let failure: { reason: string; message: string } | undefined;
      if (!set.metadata?.deletionTimestamp) {
        try {
          await reachSize(context, type, set, pods.filter(isActive));
        } catch (error) {
          const reason = pods.filter(isActive).length < wantedOf(set) ? 'FailedCreate' : 'FailedDelete';
          failure = { reason, message: error instanceof Error ? error.message : String(error) };
        }
      }
      const again = await writeReplicaStatus(context, type, set, failure);
      if (failure) throw new Error(failure.message);
      return again;
    },
  };
}

/** Sets whose selector finds a pod that nobody controls. */
async function selecting(
  type: ResourceType,
  { object }: ResourceEvent,
  { informers }: ControllerContext,
): Promise<Key[]> {
  const sets = (await informers.of<ReplicaSet>(type)).list(object.metadata?.namespace ?? '');
  return sets.filter((set) => selectorFor(type, set)(object.metadata?.labels ?? {})).map(keyOf);
}

const selectorFor = (type: ResourceType, { spec }: ReplicaSet) =>
  selectorOf(type === REPLICATION_CONTROLLERS ? { matchLabels: spec.selector } : spec.selector);

const wantedOf = ({ spec }: ReplicaSet): number => spec.replicas ?? 1;

async function reachSize(
  context: ControllerContext,
  type: ResourceType,
  set: ReplicaSet,
  active: Pod[],
): Promise<void> {
  const wanted = wantedOf(set);
  const { metadata, spec } = set.spec.template;
  for (let count = active.length; count < wanted; count += 1) {
    await createOwnedPod(context, set, type, {
      metadata: {
        generateName: `${set.metadata?.name ?? ''}-`,
        labels: metadata?.labels,
        annotations: metadata?.annotations,
        finalizers: metadata?.finalizers,
      },
      spec,
    });
  }
  for (const pod of leastMissedFirst(active).slice(0, Math.max(active.length - wanted, 0)))
    await deleteOwnedPod(context, set, type, pod);
}

async function writeReplicaStatus(
  context: ControllerContext,
  type: ResourceType,
  read: ReplicaSet,
  failure: { reason: string; message: string } | undefined,
): Promise<number | undefined> {
  const { client, clock, informers } = context;
  const set =
    (await find<ReplicaSet>(context, type, { ...read.metadata, name: read.metadata?.name ?? '' })) ?? read;
  const pods = (await informers.of<Pod>(PODS))
    .list(set.metadata?.namespace ?? '')
    .filter((pod) => controllerOf(pod)?.uid === set.metadata?.uid && isActive(pod));
  const { minReadySeconds, template } = set.spec;
  const ready = pods.filter(isReady);
  const available = ready.filter((pod) => isAvailable(pod, minReadySeconds, clock));
  const labels = Object.entries(template.metadata?.labels ?? {});
  const labelled = pods.filter(({ metadata }) =>
    labels.every(([key, value]) => metadata?.labels?.[key] === value),
  );
  const conditions = withFailure(set.status?.conditions, failure, timestamp(clock.now()));
  await writeStatus(client, type, set, {
    replicas: pods.length,
    ...(labelled.length > 0 && { fullyLabeledReplicas: labelled.length }),
    ...(ready.length > 0 && { readyReplicas: ready.length }),
    ...(available.length > 0 && { availableReplicas: available.length }),
    observedGeneration: read.metadata?.generation ?? 0,
    ...(conditions.length > 0 && { conditions }),
  });
  return nextAvailable(pods, minReadySeconds, clock);
}

function withFailure(
  conditions: Condition[] = [],
  failure: { reason: string; message: string } | undefined,
  now: string,
): Condition[] {
  const others = conditions.filter(({ type }) => type !== 'ReplicaFailure');
  if (!failure) return others;
  const before = conditions.find(({ type }) => type === 'ReplicaFailure');
  if (before?.reason === failure.reason) return conditions;
  return [...others, { type: 'ReplicaFailure', status: 'True', lastTransitionTime: now, ...failure }];
}
