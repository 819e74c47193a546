import { isNotFound } from './api-error.ts';
import type { KubernetesClient } from './client.ts';
import type { KubernetesObject, ObjectName, ResourceType } from './objects.ts';

/** An object, or undefined when there is none of that name (any more). */
export async function getIfThere<T extends KubernetesObject>(
  client: KubernetesClient,
  type: ResourceType,
  { name, namespace }: ObjectName,
  signal?: AbortSignal,
): Promise<T | undefined> {
  try {
    return await client.get<T>(
      type,
      { name, ...(namespace && { namespace }) },
      { ...(signal && { signal }) },
    );
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}
