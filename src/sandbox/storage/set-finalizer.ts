import type { KubernetesClient } from '../../kubernetes/client.ts';
import type { KubernetesObject, ResourceType } from '../../kubernetes/objects.ts';
import { nameIn } from '../controllers/pod-set.ts';

/** Gives an object a finalizer or takes it from it. Returns the object as it then is. */
export async function setFinalizer<T extends KubernetesObject>(
  client: KubernetesClient,
  type: ResourceType,
  object: T,
  finalizer: string,
  wanted: boolean,
): Promise<T> {
  const before = object.metadata?.finalizers ?? [];
  if (before.includes(finalizer) === wanted) return object;
  const finalizers = wanted ? [...before, finalizer] : before.filter((name) => name !== finalizer);
  const body = { metadata: { finalizers, resourceVersion: object.metadata?.resourceVersion } };
  return client.patch<T>(type, nameIn(type, object), { type: 'merge', body });
}
