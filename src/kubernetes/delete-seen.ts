import { isConflict, isNotFound } from './api-error.ts';
import type { KubernetesClient } from './client.ts';
import { getIfThere } from './get-if-there.ts';
import type { KubernetesObject, ObjectName, ResourceType } from './objects.ts';

/** An object that was there when somebody looked. */
export interface SeenObject {
  type: ResourceType;
  name: ObjectName;
  uid: string;
}

/**
 * Asks for the end of an object that was seen, and of no other one of its name. That it is gone, or on its way out already, is success:
 * this may be a repetition.
 * @throws {ApiError}
 */
export async function deleteSeen(
  client: KubernetesClient,
  { type, name, uid }: SeenObject,
  signal: AbortSignal,
): Promise<void> {
  try {
    await client.delete(type, name, { preconditions: { uid }, signal });
  } catch (error) {
    if (isNotFound(error)) return;
    if (!isConflict(error)) throw error;
    // Another one has its name now; or it is being deleted, which namespaces refuse to be asked for twice.
    const found = await getIfThere(client, type, name, signal);
    if (isSame(found, uid) && found.metadata?.deletionTimestamp === undefined) throw error;
  }
}

/** In words, why a deleted object is still there; undefined when it is gone, although another one may have its name. */
export async function whyStillThere(
  client: KubernetesClient,
  { type, name, uid }: SeenObject,
  signal: AbortSignal,
): Promise<string | undefined> {
  const found = await getIfThere(client, type, name, signal);
  if (!isSame(found, uid)) return undefined;
  const { finalizers = [], deletionTimestamp, deletionGracePeriodSeconds = 0 } = found.metadata ?? {};
  const what = `${type.resource} "${name.name}"`;
  if (deletionTimestamp === undefined) return `${what} is not deleted yet`;
  if (finalizers.length > 0)
    return `${what} is being deleted and waits for its finalizers ${finalizers.join(', ')}`;
  return `${what} is being deleted, for which it has ${deletionGracePeriodSeconds} s`;
}

function isSame(found: KubernetesObject | undefined, uid: string): found is KubernetesObject {
  return found?.metadata?.uid === uid;
}
