import { deleteObject } from './delete.ts';
import type { DeleteRequestOptions } from './delete.ts';
import { listObjects } from './list.ts';
import type { ApiObject, ResourceDefinition } from './resource-definition.ts';
import type { ServerContext } from './server-context.ts';

/** Deletes all that the query selects, each as a delete of its own would; returns them as they were before. */
export async function deleteCollection(
  context: ServerContext,
  definition: ResourceDefinition,
  namespace: string | undefined,
  query: URLSearchParams,
  options: DeleteRequestOptions,
): Promise<{ version: number; items: ApiObject[] }> {
  const { version, items } = listObjects(context, definition, namespace, query);
  for (const { metadata } of items) {
    const subject = { namespace: metadata.namespace, name: metadata.name };
    await deleteObject(context, definition, subject, options);
  }
  return { version, items };
}
