import { isAlreadyExists } from './api-error.ts';
import type { KubernetesClient, WriteOptions } from './client.ts';
import { getIfThere } from './get-if-there.ts';
import type { KubernetesObject, ResourceType } from './objects.ts';

/** Says which request made an object. It gives nobody a right to remove it: the object is its user's. */
export const CREATED_BY_ANNOTATION = 'cr.kanister.io/created-by';

/**
 * Creates an object, or finds the one that the same request made before, when its answer was lost or the process that sent it is gone.
 * @param object with a name: the server's own names can't be found again
 * @param mark tells this request from all others
 * @throws {ApiError} `AlreadyExists` when an object of this name was made by another request
 */
export async function createMarked<T extends KubernetesObject>(
  client: KubernetesClient,
  type: ResourceType,
  object: T,
  mark: string,
  options: WriteOptions,
): Promise<T> {
  const annotations = { ...object.metadata?.annotations, [CREATED_BY_ANNOTATION]: mark };
  try {
    return await client.create<T>(
      type,
      { ...object, metadata: { ...object.metadata, annotations } },
      options,
    );
  } catch (error) {
    const { name, namespace } = object.metadata ?? {};
    if (!isAlreadyExists(error) || name === undefined) throw error;
    const found = await getIfThere<T>(
      client,
      type,
      { name, ...(namespace !== undefined && { namespace }) },
      options.signal,
    );
    if (found?.metadata?.annotations?.[CREATED_BY_ANNOTATION] === mark) return found;
    throw error;
  }
}
