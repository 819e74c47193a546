import { refuseEscalation } from './auth/escalation.ts';
import type { AdmissionRequest } from './admission/admission-request.ts';
import { admitMutating, admitValidating } from './admission/admit.ts';
import { refuseInvalid } from './create.ts';
import { decodeObject, encodeObject } from './decode-object.ts';
import type { Json } from '../../kubernetes/objects.ts';
import { ownersAfter } from './apply/owners-after.ts';
import { sentObject } from './apply/sent-object.ts';
import { equalJson, fieldsOf } from './json-value.ts';
import { metadataUpdateErrors } from './object-metadata.ts';
import { fitting } from './object-size.ts';
import type { ApiObject, ResourceDefinition } from './resource-definition.ts';
import type { ServerContext, WriteRequestOptions } from './server-context.ts';
import {
  StatusError,
  conflict,
  invalid,
  invalidValue,
  notFound,
  objectModified,
  qualifiedKind,
  quote,
} from './status-error.ts';
import { applySchemaDefaults } from './structural-schema.ts';

/** Which object an update is about; `subresource` is `status`, `finalize` or absent. */
export interface UpdateSubject {
  namespace: string | undefined;
  name: string;
  subresource?: string;
}

/** Replaces an object by what a client sent; returns it as stored. */
export async function updateObject(
  context: ServerContext,
  definition: ResourceDefinition,
  subject: UpdateSubject,
  body: unknown,
  options: WriteRequestOptions,
): Promise<ApiObject> {
  const { namespace, name } = subject;
  const sent = decodeObject(
    body,
    definition,
    { name, ...(namespace !== undefined && { namespace }) },
    options,
  );
  const old = context.store.get(definition.storage, namespace, name);
  if (!old) throw notFound(definition, name);
  const converted = definition.toStorage?.(sent) ?? sent;
  refuseStale(converted, old, definition, options.refusePatched !== undefined);

  const object = withServerFields(converted, old);
  definition.applyDefaults?.(object, context);
  if (definition.schema) applySchemaDefaults(object, definition.schema);
  const merged = subject.subresource
    ? partOf(subject.subresource, object, old, definition)
    : bodyOf(object, old, definition);
  refuseEscalation(context.authorizer, options.user, definition, merged, old);
  // What the client sent counts, with what of it this write leaves as it is.
  const asSent = sentObject(converted, object);
  const owners = ownersAfter(context, definition, { old, next: asSent, ...subject, ...options });
  if (owners) merged.metadata.managedFields = owners;
  else delete merged.metadata.managedFields;
  const admission: AdmissionRequest = {
    operation: 'UPDATE',
    definition,
    ...subject,
    object: merged,
    old,
    options,
  };
  const mutation = admitMutating(context, admission);
  if (mutation) await mutation;
  if (!subject.subresource) definition.prepareUpdate?.(merged, old, context);
  raiseGeneration(merged, old, definition);
  const metadataFaults = metadataUpdateErrors(converted, merged, old);
  refuseInvalid(
    merged,
    definition,
    [
      // A real server looks twice, and shows both findings as causes.
      ...metadataFaults,
      ...metadataFaults,
      ...(subject.subresource
        ? []
        : [...(definition.validate?.(merged) ?? []), ...(definition.validateUpdate?.(merged, old) ?? [])]),
    ],
    { old, ...(subject.subresource !== undefined && { subresource: subject.subresource }) },
  );
  const validation = admitValidating(context, admission);
  if (validation) await validation;
  if ((mutation ?? validation) && context.store.get(definition.storage, namespace, name) !== old) {
    // Somebody else was quicker while webhooks were asked.
    if (sent.metadata.resourceVersion !== undefined) throw objectModified(definition, name);
    return updateObject(context, definition, subject, body, options);
  }
  return storeUpdate(context, definition, merged, old, options);
}

/** Writes unless nothing changed; an object whose deletion waited for this change goes now. */
export function storeUpdate(
  context: ServerContext,
  definition: ResourceDefinition,
  changed: ApiObject,
  old: ApiObject,
  options: Pick<WriteRequestOptions, 'dryRun' | 'applied'>,
): ApiObject {
  const encoded = encodeObject(changed);
  if (equalJson(withoutOwnershipTimes(encoded), withoutOwnershipTimes(old))) return old;
  const object = fitting(encoded, options);
  if (options.dryRun) return object;
  const gone = isReadyToGo(object);
  const stored = gone
    ? context.store.remove(definition.storage, object)
    : context.store.put(definition.storage, object);
  definition.afterWrite?.(context, stored);
  // Of what is gone the client sees the version that it had last.
  return gone ? object : stored;
}

/** A write that changes only when somebody last changed something changes nothing. */
function withoutOwnershipTimes(object: ApiObject): ApiObject {
  const { managedFields } = object.metadata;
  if (!managedFields) return object;
  const untimed = managedFields.map((entry) => {
    const { time: _time, ...rest } = fieldsOf(entry);
    return rest;
  });
  return { ...object, metadata: { ...object.metadata, managedFields: untimed as Json[] } };
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

function refuseStale(
  sent: ApiObject,
  old: ApiObject,
  definition: ResourceDefinition,
  isPatch: boolean,
): void {
  const { name, uid } = sent.metadata;
  const resourceVersion = sent.metadata.resourceVersion === '0' ? '' : sent.metadata.resourceVersion;
  if (uid && uid !== old.metadata.uid && !isPatch) {
    throw conflict(
      definition,
      name,
      `StorageError: invalid object, Code: 4, Key: ${storageKey(definition, old)}, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: ${uid}, UID in object meta: ${old.metadata.uid ?? ''}`,
    );
  }
  if (!resourceVersion) {
    if (!definition.requiresResourceVersion) return;
    // The real server names the resource where other texts have the kind.
    throw invalid({ ...definition, kind: definition.resource }, name, [
      invalidValue('metadata.resourceVersion', 0, 'must be specified for an update'),
    ]);
  }
  if (!/^\d+$/.test(resourceVersion)) {
    throw new StatusError(500, '', `strconv.ParseUint: parsing ${quote(resourceVersion)}: invalid syntax`);
  }
  if (resourceVersion !== old.metadata.resourceVersion) throw objectModified(definition, name);
}

/** Where a real server keeps the object, which its errors tell. */
function storageKey(definition: ResourceDefinition, { metadata }: ApiObject): string {
  const { group, resource, schema } = definition;
  const folder =
    schema || group === 'apiextensions.k8s.io' ? `${group}/${resource}` : (OLD_FOLDERS[resource] ?? resource);
  return ['/registry', folder, ...(definition.namespaced ? [metadata.namespace] : []), metadata.name].join(
    '/',
  );
}

const OLD_FOLDERS: Readonly<Record<string, string>> = {
  services: 'services/specs',
  endpoints: 'services/endpoints',
  nodes: 'minions',
  ingresses: 'ingress',
};

function withServerFields(object: ApiObject, old: ApiObject): ApiObject {
  const {
    uid,
    creationTimestamp,
    deletionTimestamp,
    deletionGracePeriodSeconds,
    generation,
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
    case 'status': {
      const { status: _status, ...others } = old;
      return {
        ...others,
        metadata: schema ? { ...old.metadata } : statusMetadata(object, old),
        ...(object.status !== undefined && { status: object.status }),
      };
    }
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
      case 'at-first':
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
