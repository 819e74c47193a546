import { applySchemaDefaults, prune, validateSchema } from './structural-schema.ts';
import { acceptObject, metadataErrors } from './object-metadata.ts';
import { refuseOversized } from './object-size.ts';
import { generateName, randomUid } from './random-names.ts';
import { apiVersionOf } from './resource-definition.ts';
import type { ApiObject, ResourceDefinition } from './resource-definition.ts';
import { timestamp } from './server-context.ts';
import type { ServerContext, WriteRequestOptions } from './server-context.ts';
import { alreadyExists, badRequest, forbidden, invalid, notFound, quote } from './status-error.ts';
import type { FieldError } from './status-error.ts';

const NAMESPACE = { group: '', resource: 'namespaces', kind: 'Namespace' };

/** A taken name is generated again this often before the client hears of it. */
const NAME_ATTEMPTS = 8;

/** Creates an object from what a client sent; returns it as stored. */
export function createObject(
  context: ServerContext,
  definition: ResourceDefinition,
  namespace: string | undefined,
  body: unknown,
  options: WriteRequestOptions,
): ApiObject {
  const sent = acceptObject(body, definition, { ...(namespace !== undefined && { namespace }) });
  if (sent.metadata.resourceVersion)
    throw badRequest('resourceVersion should not be set on objects to be created');
  const converted = definition.toStorage?.(sent) ?? sent;
  const object: ApiObject = { ...converted, metadata: freshMetadata(converted, context) };
  if (definition.statusSubresource && definition.schema) delete object.status;

  admitFields(object, definition, options);
  definition.prepareCreate?.(object);
  definition.applyDefaults?.(object, context);
  if (definition.schema) applySchemaDefaults(object, definition.schema);
  if (definition.generation !== 'never') object.metadata.generation = 1;
  const generated = object.metadata.name === '' && object.metadata.generateName !== undefined;
  if (generated) object.metadata.name = generateName(object.metadata.generateName ?? '', context.random);

  refuseInvalid(object, definition, definition.validate?.(object) ?? []);
  if (definition.namespaced) refuseMissingNamespace(context, definition, object.metadata);
  for (
    let attempt = 1;
    context.store.get(definition.storage, object.metadata.namespace, object.metadata.name);
    attempt++
  ) {
    if (!generated || attempt === NAME_ATTEMPTS) throw alreadyExists(definition, object.metadata.name);
    object.metadata.name = generateName(object.metadata.generateName ?? '', context.random);
  }
  refuseOversized(object);
  return options.dryRun ? object : context.store.put(definition.storage, object);
}

/**
 * Removes unknown fields where the resource has a schema, and tells the client as it asked to be told.
 * @throws {StatusError} 400 naming them, under Strict.
 */
export function admitFields(
  object: ApiObject,
  definition: ResourceDefinition,
  options: WriteRequestOptions,
): void {
  if (!definition.schema) return;
  const unknown = prune(object, definition.schema).map((path) => `unknown field ${quote(path)}`);
  if (unknown.length === 0 || options.fieldValidation === 'Ignore') return;
  if (options.fieldValidation === 'Warn') {
    for (const text of unknown) options.warn(text);
    return;
  }
  throw badRequest(
    `${definition.kind} in version ${quote(definition.version)} cannot be handled as a ${definition.kind}: strict decoding error: ${unknown.join(', ')}`,
  );
}

/** @throws {StatusError} 422 naming every field that is wrong. */
export function refuseInvalid(object: ApiObject, definition: ResourceDefinition, errors: FieldError[]): void {
  const all = [
    ...metadataErrors(object, definition),
    ...(definition.schema ? validateSchema(object, definition.schema) : []),
    ...errors,
  ];
  if (all.length > 0) throw invalid(definition, object.metadata.name, all);
}

function refuseMissingNamespace(
  context: ServerContext,
  definition: ResourceDefinition,
  { namespace = '', name }: ApiObject['metadata'],
): void {
  if (namespace === '') throw badRequest('an empty namespace may not be set during creation');
  const found = context.store.get('namespaces', undefined, namespace);
  if (!found) throw notFound(NAMESPACE, namespace);
  if (!found.metadata.deletionTimestamp) return;
  throw forbidden(
    definition,
    name,
    `unable to create new content in namespace ${namespace} because it is being terminated`,
    [
      {
        reason: 'NamespaceTerminating',
        message: `namespace ${namespace} is being terminated`,
        field: 'metadata.namespace',
      },
    ],
  );
}

/** What only the server sets replaces whatever the client sent. */
function freshMetadata(object: ApiObject, { clock, random }: ServerContext): ApiObject['metadata'] {
  const {
    deletionTimestamp: _deletionTimestamp,
    deletionGracePeriodSeconds: _grace,
    generation: _generation,
    managedFields: _managedFields,
    ...metadata
  } = object.metadata;
  return { ...metadata, uid: randomUid(random), creationTimestamp: timestamp(clock.now()) };
}

/** An object as this version of its resource shows it. */
export function presented(object: ApiObject, definition: ResourceDefinition): ApiObject {
  if (definition.fromStorage) return definition.fromStorage(object);
  const apiVersion = apiVersionOf(definition);
  return object.apiVersion === apiVersion ? object : { ...object, apiVersion };
}
