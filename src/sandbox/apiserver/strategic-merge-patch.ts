import type { JsonObject } from '../../kubernetes/objects.ts';
import { mergeSchemaOf } from '../../kubernetes/merge-schema.ts';
import { InvalidMergePatch, strategicMerge } from '../../kubernetes/strategic-merge.ts';
import { isFields } from './json-value.ts';
import type { ApiObject, ResourceDefinition } from './resource-definition.ts';
import { badRequest } from './status-error.ts';

/** Applies a strategic merge patch of a built-in kind. @throws {StatusError} 400 where the patch makes no sense. */
export function strategicMergePatch(
  definition: ResourceDefinition,
  object: ApiObject,
  patch: unknown,
): unknown {
  if (!isFields(patch)) throw badRequest('a strategic merge patch must be an object');
  try {
    // Both were parsed from JSON, which the type of an object does not say.
    return strategicMerge(
      object as JsonObject,
      patch as JsonObject,
      mergeSchemaOf(definition.group, definition.kind),
    );
  } catch (error) {
    if (error instanceof InvalidMergePatch) throw badRequest(error.message);
    throw error;
  }
}
