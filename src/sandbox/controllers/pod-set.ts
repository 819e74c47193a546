import { isNotFound } from '../../kubernetes/api-error.ts';
import type { KubernetesClient } from '../../kubernetes/client.ts';
import type { Clock } from '../../kubernetes/clock.ts';
import type { KubernetesObject, ObjectName, ResourceType } from '../../kubernetes/objects.ts';
import { PODS } from '../../kubernetes/resources.ts';
import { conditionHolds, controllerOf, nameOf } from './kinds.ts';
import type { Pod } from './kinds.ts';

/** What the controllers of pods have in common. */

/** Gets an object, or nothing where there is none. */
export async function find<T extends KubernetesObject>(
  client: KubernetesClient,
  type: ResourceType,
  name: ObjectName,
): Promise<T | undefined> {
  try {
    return await client.get<T>(type, name);
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/** The objects that `owner` controls. */
export async function ownedBy<T extends KubernetesObject>(
  client: KubernetesClient,
  type: ResourceType,
  owner: KubernetesObject,
): Promise<T[]> {
  const { items } = await client.list<T>(type, { namespace: owner.metadata?.namespace ?? '' });
  return items.filter((item) => controllerOf(item)?.uid === owner.metadata?.uid);
}

export const isActive = (pod: Pod): boolean =>
  !pod.metadata?.deletionTimestamp && pod.status?.phase !== 'Succeeded' && pod.status?.phase !== 'Failed';

export const isReady = (pod: Pod): boolean =>
  isActive(pod) && conditionHolds(pod.status?.conditions, 'Ready');

/** Ready, and for long enough. */
export const isAvailable = (pod: Pod, minReadySeconds: number | undefined, clock: Clock): boolean =>
  isReady(pod) && availableIn(pod, minReadySeconds, clock) <= 0;

/** Milliseconds until a ready pod counts as available. */
export function availableIn(pod: Pod, minReadySeconds: number | undefined, clock: Clock): number {
  if (!minReadySeconds) return 0;
  const since = pod.status?.conditions?.find(({ type }) => type === 'Ready')?.lastTransitionTime;
  return Date.parse(since ?? '') + minReadySeconds * 1000 - clock.now().getTime();
}

/** Deletes a pod, this very one; that it is gone already is as good. */
export async function deletePod(client: KubernetesClient, pod: Pod): Promise<void> {
  await deleteThis(client, PODS, pod);
}

export async function deleteThis(
  client: KubernetesClient,
  type: ResourceType,
  object: KubernetesObject,
): Promise<void> {
  const { uid } = object.metadata ?? {};
  try {
    await client.delete(type, nameOf(object), {
      propagationPolicy: 'Background',
      ...(uid !== undefined && { preconditions: { uid } }),
    });
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}

/** Writes a status; one that is as it was changes nothing. */
export async function writeStatus(
  client: KubernetesClient,
  type: ResourceType,
  object: KubernetesObject,
  status: object,
): Promise<void> {
  const written: KubernetesObject & { status: object } = { ...object, status };
  await client.replace(type, written, { subresource: 'status' });
}
