import { deleteObject } from './delete.ts';
import type { DeleteRequestOptions } from './delete.ts';
import { listObjects } from './list.ts';
import type { ApiObject, ResourceDefinition } from './resource-definition.ts';
import type { ServerContext } from './server-context.ts';

/** Deletes all that the query selects, each as a delete of its own would; returns what there was. */
export function deleteCollection(
  context: ServerContext,
  definition: ResourceDefinition,
  namespace: string | undefined,
  query: URLSearchParams,
  options: DeleteRequestOptions,
): { version: number; items: ApiObject[] } {
  const { version, items } = listObjects(context, definition, namespace, query);
  const deleted = items.map(({ metadata }) => {
    const subject = { namespace: metadata.namespace, name: metadata.name };
    return deleteObject(context, definition, subject, options).object;
  });
  return { version, items: deleted };
}
