import { fieldsOf, isFields, listOf, textOf } from './json-value.ts';
import { keyComplaints, labelValueComplaints, nameComplaints } from './object-name-rules.ts';
import { apiVersionOf } from './resource-definition.ts';
import type { ApiObject, ResourceDefinition } from './resource-definition.ts';
import { badRequest, forbiddenField, invalidValue, required, tooLong } from './status-error.ts';
import type { FieldError } from './status-error.ts';

/** All of an object's annotations together may not be larger (keys and values, bytes). */
const MAXIMUM_ANNOTATIONS = 262_144;

/**
 * Takes what a client sent as an object of this resource: fills in type and namespace where they are absent.
 * @throws {StatusError} 400 where it is an object of another kind, or of another name or namespace than the path says.
 */
export function acceptObject(
  body: unknown,
  definition: ResourceDefinition,
  path: { namespace?: string; name?: string },
): ApiObject {
  if (!isFields(body)) throw badRequest('the object provided is unrecognized (must be of type object)');
  const expected = apiVersionOf(definition);
  const { apiVersion = expected, kind = definition.kind } = body;
  if (apiVersion !== expected) {
    throw badRequest(
      `the API version in the data (${String(apiVersion)}) does not match the expected API version (${expected})`,
    );
  }
  if (kind !== definition.kind) {
    throw badRequest(
      `${String(kind)} in version ${JSON.stringify(definition.version)} cannot be handled as a ${definition.kind}: the kinds differ`,
    );
  }
  const given = fieldsOf(body.metadata);
  refuseOtherThanText(given, definition);
  const namespace = textOf(given.namespace);
  const name = textOf(given.name);
  if (path.namespace !== undefined && namespace !== '' && namespace !== path.namespace) {
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  }
  if (path.name !== undefined && name !== '' && name !== path.name) {
    throw badRequest(`the name of the object (${name}) does not match the name on the URL (${path.name})`);
  }
  const { namespace: _namespace, ...metadata } = given;
  return {
    ...body,
    apiVersion: expected,
    kind: definition.kind,
    metadata: {
      ...withoutEmpty(metadata),
      name: path.name ?? name,
      ...(definition.namespaced && { namespace: path.namespace ?? namespace }),
    },
  };
}

/** Labels and annotations hold texts only, which Go's decoder insists on before anything else is looked at. */
function refuseOtherThanText(metadata: Record<string, unknown>, { kind, version }: ResourceDefinition): void {
  for (const field of ['labels', 'annotations']) {
    for (const value of Object.values(fieldsOf(metadata[field]))) {
      if (typeof value === 'string') continue;
      throw badRequest(
        `${kind} in version ${JSON.stringify(version)} cannot be handled as a ${kind}: json: cannot unmarshal ${typeof value} into Go struct field ObjectMeta.metadata.${field} of type string`,
      );
    }
  }
}

/** Everything about `metadata` that is the same for all kinds. */
export function metadataErrors(object: ApiObject, definition: ResourceDefinition): FieldError[] {
  const { name, generateName, labels, annotations, ownerReferences, finalizers } = object.metadata;
  const errors: FieldError[] = [];
  if (name === '' && !generateName) {
    return [required('metadata.name', 'name or generateName is required')];
  }
  for (const complaint of nameComplaints(name, definition.nameRule)) {
    errors.push(invalidValue('metadata.name', name, complaint));
  }
  for (const [key, value] of Object.entries(labels ?? {})) {
    for (const complaint of keyComplaints(key)) errors.push(invalidValue('metadata.labels', key, complaint));
    for (const complaint of labelValueComplaints(value)) {
      errors.push(invalidValue('metadata.labels', value, complaint));
    }
  }
  let size = 0;
  for (const [key, value] of Object.entries(annotations ?? {})) {
    for (const complaint of keyComplaints(key.toLowerCase())) {
      errors.push(invalidValue('metadata.annotations', key, complaint));
    }
    size += Buffer.byteLength(key) + Buffer.byteLength(value);
  }
  if (size > MAXIMUM_ANNOTATIONS) errors.push(tooLong('metadata.annotations', MAXIMUM_ANNOTATIONS));
  errors.push(...ownerErrors(listOf(ownerReferences)));
  listOf(finalizers).forEach((finalizer, index) => {
    for (const complaint of keyComplaints(textOf(finalizer))) {
      errors.push(invalidValue(`metadata.finalizers[${index}]`, finalizer, complaint));
    }
  });
  return errors;
}

/** What an update may not do to `metadata`. */
export function metadataUpdateErrors(object: ApiObject, old: ApiObject): FieldError[] {
  if (!old.metadata.deletionTimestamp) return [];
  const had = new Set(old.metadata.finalizers ?? []);
  const added = (object.metadata.finalizers ?? []).filter((finalizer) => !had.has(finalizer));
  if (added.length === 0) return [];
  const found = `[]string{${added.map((finalizer) => JSON.stringify(finalizer)).join(', ')}}`;
  return [
    forbiddenField(
      'metadata.finalizers',
      `no new finalizers can be added if the object is being deleted, found new finalizers ${found}`,
    ),
  ];
}

function ownerErrors(owners: unknown[]): FieldError[] {
  const errors = owners.flatMap((owner, index) => {
    const at = `metadata.ownerReferences[${index}]`;
    return (['apiVersion', 'kind', 'name', 'uid'] as const)
      .filter((field) => textOf(fieldsOf(owner)[field]) === '')
      .map((field) =>
        invalidValue(`${at}.${field}`, '', `${field === 'apiVersion' ? 'version' : field} must not be empty`),
      );
  });
  const controllers = owners.filter((owner) => fieldsOf(owner).controller === true);
  if (controllers.length > 1) {
    const names = controllers.map((owner) => textOf(fieldsOf(owner).name)).join(', ');
    errors.push(
      invalidValue('metadata.ownerReferences', names, 'Only one reference can have Controller set to true'),
    );
  }
  return errors;
}

/** `null` and empty collections are what Go's types drop from metadata. */
function withoutEmpty(metadata: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(metadata).filter(
      ([, value]) =>
        value !== null &&
        value !== '' &&
        !(Array.isArray(value) && value.length === 0) &&
        !(isFields(value) && Object.keys(value).length === 0),
    ),
  );
}
