import { admitFields, refuseInvalid } from './create.ts';
import { equalJson } from './json-value.ts';
import { acceptObject, metadataUpdateErrors } from './object-metadata.ts';
import { refuseOversized } from './object-size.ts';
import type { ApiObject, ResourceDefinition } from './resource-definition.ts';
import type { ServerContext, WriteRequestOptions } from './server-context.ts';
import { conflict, invalid, invalidValue, notFound, objectModified, qualifiedKind } from './status-error.ts';
import { applySchemaDefaults } from './structural-schema.ts';

/** Which object an update is about; `subresource` is `status`, `finalize` or absent. */
export interface UpdateSubject {
  namespace: string | undefined;
  name: string;
  subresource?: string;
}

/** Replaces an object by what a client sent; returns it as stored. */
export function updateObject(
  context: ServerContext,
  definition: ResourceDefinition,
  subject: UpdateSubject,
  body: unknown,
  options: WriteRequestOptions,
): ApiObject {
  const { namespace, name } = subject;
  const old = context.store.get(definition.storage, namespace, name);
  if (!old) throw notFound(definition, name);
  const sent = acceptObject(body, definition, { name, ...(namespace !== undefined && { namespace }) });
  const converted = definition.toStorage?.(sent) ?? sent;
  refuseStale(converted, old, definition);

  const object = withServerFields(converted, old);
  admitFields(object, definition, options);
  const merged = subject.subresource
    ? partOf(subject.subresource, object, old, definition)
    : bodyOf(object, old, definition);
  if (!subject.subresource) {
    definition.prepareUpdate?.(merged, old);
    definition.applyDefaults?.(merged, context);
  }
  if (definition.schema) applySchemaDefaults(merged, definition.schema);
  raiseGeneration(merged, old, definition);
  refuseInvalid(merged, definition, [
    ...metadataUpdateErrors(merged, old),
    ...(subject.subresource
      ? []
      : [...(definition.validate?.(merged) ?? []), ...(definition.validateUpdate?.(merged, old) ?? [])]),
  ]);
  return storeUpdate(context, definition, merged, old, options.dryRun);
}

/** Writes unless nothing changed; an object whose deletion waited for this change goes now. */
export function storeUpdate(
  context: ServerContext,
  definition: ResourceDefinition,
  object: ApiObject,
  old: ApiObject,
  dryRun: boolean,
): ApiObject {
  if (equalJson(object, old)) return old;
  refuseOversized(object);
  if (dryRun) return object;
  return isReadyToGo(object)
    ? context.store.remove(definition.storage, object)
    : context.store.put(definition.storage, object);
}

/** Marked for deletion, past its grace and held by no finalizer. */
export function isReadyToGo(object: ApiObject): boolean {
  const { deletionTimestamp, deletionGracePeriodSeconds, finalizers } = object.metadata;
  return (
    deletionTimestamp !== undefined &&
    !deletionGracePeriodSeconds &&
    !finalizers?.length &&
    !holdsNamespace(object)
  );
}

/** Namespaces have finalizers of their own in their spec, which the namespace controller removes. */
export const holdsNamespace = (object: ApiObject): boolean => {
  if (object.kind !== 'Namespace' || object.apiVersion !== 'v1') return false;
  const { finalizers } = (object.spec ?? {}) as { finalizers?: string[] };
  return (finalizers?.length ?? 0) > 0;
};

function refuseStale(sent: ApiObject, old: ApiObject, definition: ResourceDefinition): void {
  const { name, resourceVersion, uid } = sent.metadata;
  if (uid !== undefined && uid !== old.metadata.uid) {
    throw conflict(
      definition,
      name,
      `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${old.metadata.uid ?? ''}`,
    );
  }
  if (resourceVersion === undefined && definition.requiresResourceVersion) {
    // The real server names the resource where other texts have the kind.
    throw invalid({ ...definition, kind: definition.resource }, name, [
      {
        ...invalidValue('metadata.resourceVersion', 0, 'must be specified for an update'),
        message: 'Invalid value: 0x0: must be specified for an update',
      },
    ]);
  }
  if (resourceVersion !== undefined && resourceVersion !== old.metadata.resourceVersion) {
    throw objectModified(definition, name);
  }
}

function withServerFields(object: ApiObject, old: ApiObject): ApiObject {
  const {
    uid,
    creationTimestamp,
    deletionTimestamp,
    deletionGracePeriodSeconds,
    generation,
    generateName,
    resourceVersion,
  } = old.metadata;
  const {
    deletionTimestamp: _deletionTimestamp,
    deletionGracePeriodSeconds: _grace,
    generation: _generation,
    managedFields: _managedFields,
    ...metadata
  } = object.metadata;
  return {
    ...object,
    metadata: {
      ...metadata,
      ...(uid !== undefined && { uid }),
      ...(resourceVersion !== undefined && { resourceVersion }),
      ...(creationTimestamp !== undefined && { creationTimestamp }),
      ...(generateName !== undefined && { generateName }),
      ...(deletionTimestamp !== undefined && { deletionTimestamp }),
      ...(deletionGracePeriodSeconds !== undefined && { deletionGracePeriodSeconds }),
      ...(generation !== undefined && { generation }),
    },
  };
}

/** A write to the object itself leaves a declared status alone. */
function bodyOf(object: ApiObject, old: ApiObject, definition: ResourceDefinition): ApiObject {
  if (!definition.statusSubresource) return object;
  const { status: _status, ...rest } = object;
  return old.status === undefined ? rest : { ...rest, status: old.status };
}

/** A write to a subresource changes that part only; metadata that others own stays as it is. */
function partOf(
  subresource: string,
  object: ApiObject,
  old: ApiObject,
  { schema }: ResourceDefinition,
): ApiObject {
  switch (subresource) {
    case 'status':
      return {
        ...old,
        metadata: schema ? { ...old.metadata } : statusMetadata(object, old),
        status: object.status,
      };
    case 'finalize':
      return { ...old, metadata: { ...old.metadata }, spec: object.spec };
    default:
      throw new Error(
        `${qualifiedKind({ group: '', kind: object.kind })} has no writable part ${subresource}`,
      );
  }
}

/** Built-in kinds take labels, annotations and finalizers along with a status; custom resources take nothing. */
function statusMetadata(object: ApiObject, old: ApiObject): ApiObject['metadata'] {
  const { labels, annotations, finalizers } = object.metadata;
  return {
    ...old.metadata,
    ...(labels && { labels }),
    ...(annotations && { annotations }),
    ...(finalizers && { finalizers }),
  };
}

function raiseGeneration(object: ApiObject, old: ApiObject, { generation }: ResourceDefinition): void {
  const { metadata: _metadata, ...body } = object;
  const { metadata: _oldMetadata, ...oldBody } = old;
  const changed = (): boolean => {
    switch (generation) {
      case 'never':
        return false;
      case 'spec':
        return !equalJson(object.spec, old.spec);
      case 'all-but-metadata':
        return !equalJson(body, oldBody);
      case 'all-but-metadata-and-status':
        return !equalJson({ ...body, status: undefined }, { ...oldBody, status: undefined });
    }
  };
  if (changed()) object.metadata.generation = (old.metadata.generation ?? 0) + 1;
}
