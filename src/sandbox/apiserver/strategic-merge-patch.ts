import type { JsonObject } from '../../kubernetes/objects.ts';
import type { MergeSchema } from '../../kubernetes/merge-schema.ts';
import { InvalidMergePatch, strategicMerge } from '../../kubernetes/strategic-merge.ts';
import { publishedMergeSchema } from './published-merge-schema.ts';
import type { ApiObject, ResourceDefinition } from './resource-definition.ts';
import { StatusError, badRequest } from './status-error.ts';

// Made of the published schemas alone, when a kind is first patched.
const schemas = new WeakMap<ResourceDefinition, MergeSchema>();

/** Applies a strategic merge patch of a built-in kind. @throws {StatusError} 400 or 500 where the patch makes no sense. */
export function strategicMergePatch(
  definition: ResourceDefinition,
  object: ApiObject,
  patch: object,
): unknown {
  const schema =
    schemas.get(definition) ?? publishedMergeSchema(definition.group, definition.version, definition.kind);
  schemas.set(definition, schema);
  try {
    // Both were parsed from JSON, which the type of an object does not say.
    return strategicMerge(object as JsonObject, patch as JsonObject, schema);
  } catch (error) {
    if (!(error instanceof InvalidMergePatch)) throw error;
    // A real server takes all but one of these faults for its own.
    if (error.message.includes('$retainKeys')) throw badRequest('invalid patch format of retainKeys');
    throw new StatusError(500, '', error.message);
  }
}
