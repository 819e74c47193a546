import type { KubernetesObject } from '../../kubernetes/objects.ts';
import { encodeObject } from './decode-object.ts';
import { freshMetadata } from './fresh-metadata.ts';
import { apiVersionOf } from './resource-definition.ts';
import type { ApiObject, ResourceDefinition } from './resource-definition.ts';
import type { ServerContext } from './server-context.ts';
import { applySchemaDefaults } from './structural-schema.ts';

/**
 * Stores objects that the cluster begins with, as a create would have, where they are not there yet. They come with the program and are known to be
 * valid: what a create finds out of an object of a client, and who owns its fields, would take most of the time of a start.
 * @throws {Error} when one is of a kind that is not served
 */
export function installObjects(context: ServerContext, objects: readonly KubernetesObject[]): void {
  for (const object of objects) installObject(context, object);
}

function installObject(context: ServerContext, installed: KubernetesObject): void {
  const definition = definitionOf(context, installed);
  // Defaults are filled in in place, and the same objects are installed in every server of a process. (`structuredClone` is ten times as slow.)
  const sent: ApiObject = JSON.parse(JSON.stringify(installed));
  if (context.store.get(definition.storage, sent.metadata.namespace, sent.metadata.name)) return;
  const object: ApiObject = { ...sent, metadata: freshMetadata(sent, context) };
  definition.applyDefaults?.(object, context);
  if (definition.schema) applySchemaDefaults(object, definition.schema);
  definition.prepareCreate?.(object, context);
  if (definition.generation !== 'never') object.metadata.generation = 1;
  const stored = context.store.put(definition.storage, encodeObject(object));
  definition.afterWrite?.(context, stored);
}

function definitionOf(
  { registry }: ServerContext,
  { apiVersion, kind }: KubernetesObject,
): ResourceDefinition {
  const found = registry
    .all()
    .find((definition) => definition.kind === kind && apiVersionOf(definition) === apiVersion);
  if (!found) throw new Error(`${kind} of ${apiVersion} is not served, so none can be installed`);
  return found;
}
