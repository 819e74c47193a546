import { applyPatch } from 'rfc6902';
import type { Operation } from 'rfc6902';
import { presented } from './create.ts';
import { isFields, listOf, textOf } from './json-value.ts';
import type { Fields } from './json-value.ts';
import type { ApiObject, ResourceDefinition } from './resource-definition.ts';
import type { ServerContext, WriteRequestOptions } from './server-context.ts';
import { StatusError, badRequest, notFound, notSupported } from './status-error.ts';
import { strategicMergePatch } from './strategic-merge-patch.ts';
import { updateObject } from './update.ts';
import type { UpdateSubject } from './update.ts';

/** Changes an object by a patch of any of the types that the API knows, told apart by their content type. */
export function patchObject(
  context: ServerContext,
  definition: ResourceDefinition,
  subject: UpdateSubject,
  patch: { contentType: string; body: unknown },
  options: WriteRequestOptions,
): ApiObject {
  const apply = patcherOf(patch, definition);
  const old = context.store.get(definition.storage, subject.namespace, subject.name);
  if (!old) throw notFound(definition, subject.name);
  const patched = apply(structuredClone(presented(old, definition)));
  return updateObject(context, definition, subject, patched, options);
}

function patcherOf(
  { contentType, body }: { contentType: string; body: unknown },
  definition: ResourceDefinition,
): (object: ApiObject) => unknown {
  switch (contentType) {
    case 'application/json-patch+json':
      return (object) => jsonPatch(object, body);
    case 'application/merge-patch+json':
      return (object) => mergePatch(object, body);
    case 'application/strategic-merge-patch+json':
      if (definition.schema) {
        throw unsupportedType(
          'the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml',
        );
      }
      return (object) => strategicMergePatch(definition, object, body);
    case 'application/apply-patch+yaml':
      throw notSupported('server-side apply (a PATCH of application/apply-patch+yaml)');
    default:
      throw unsupportedType(
        'the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/strategic-merge-patch+json, application/apply-patch+yaml',
      );
  }
}

const unsupportedType = (message: string): StatusError =>
  new StatusError(415, 'UnsupportedMediaType', message);

/** RFC 6902; the first operation that fails refuses the whole patch. */
function jsonPatch(object: ApiObject, operations: unknown): unknown {
  if (!Array.isArray(operations)) throw badRequest('a JSON patch must be a list of operations');
  for (const operation of operations) {
    if (!isFields(operation) || textOf(operation.op) === '' || typeof operation.path !== 'string') {
      throw badRequest('each operation of a JSON patch must have an op and a path');
    }
  }
  // rfc6902 can only replace what is inside, so the object is put below a root of ours.
  const root: Fields = { object };
  const below = (operations as { op: string; path: string; from?: string }[]).map((operation) => ({
    ...operation,
    path: `/object${operation.path}`,
    ...(operation.from !== undefined && { from: `/object${operation.from}` }),
  }));
  const failed = listOf(applyPatch(root, below as Operation[])).find((result) => result !== null);
  if (failed) {
    throw new StatusError(
      422,
      'Invalid',
      `the server rejected our request due to an error in our request: ${faultOf(failed)}`,
      {},
    );
  }
  return root.object;
}

const faultOf = (failed: unknown): string =>
  failed instanceof Error ? failed.message : 'an operation failed';

/** RFC 7386. */
function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isFields(patch)) return patch;
  const merged: Fields = isFields(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key];
    else merged[key] = mergePatch(merged[key], value);
  }
  return merged;
}
