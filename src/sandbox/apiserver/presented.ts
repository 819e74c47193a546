import { apiVersionOf } from './resource-definition.ts';
import type { ApiObject, ResourceDefinition } from './resource-definition.ts';
import { readBySchema } from './read-by-schema.ts';

/** An object as this version of its resource shows it. */
export function presented(stored: ApiObject, definition: ResourceDefinition): ApiObject {
  if (definition.fromStorage) return definition.fromStorage(stored);
  const object = definition.schema ? readBySchema(stored, definition.schema) : stored;
  const apiVersion = apiVersionOf(definition);
  return object.apiVersion === apiVersion ? object : { ...object, apiVersion };
}
