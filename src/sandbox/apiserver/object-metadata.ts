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
export function metadataErrors(
  object: ApiObject,
  definition: ResourceDefinition,
  looksAt: { names: boolean; standards: boolean } = { names: true, standards: true },
): FieldError[] {
  const { name, generateName, labels, annotations, ownerReferences, finalizers } = object.metadata;
  const errors: FieldError[] = [];
  if (generateName) {
    // What is generated may begin like a name that goes on.
    const prefix = generateName.endsWith('-') ? `${generateName.slice(0, -1)}a` : generateName;
    for (const complaint of nameComplaints(prefix, definition.nameRule)) {
      errors.push(invalidValue('metadata.generateName', generateName, complaint));
    }
  }
  if (name === '') return [...errors, required('metadata.name', 'name or generateName is required')];
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
  return [
    ...errors,
    ...ownerErrors(listOf(ownerReferences)),
    ...(looksAt.names ? finalizerNameErrors(listOf(finalizers)) : []),
    ...(looksAt.standards ? unqualifiedFinalizerErrors(object, definition, listOf(finalizers)) : []),
  ];
}

/** What an update may not do to `metadata`: `sent` is what the client wants, `merged` what would be stored. */
export function metadataUpdateErrors(sent: ApiObject, merged: ApiObject, old: ApiObject): FieldError[] {
  const errors: FieldError[] = [];
  for (const field of ['uid', 'deletionTimestamp', 'deletionGracePeriodSeconds'] as const) {
    const value = sent.metadata[field];
    if (value !== undefined && value !== '' && value !== old.metadata[field]) {
      errors.push(invalidValue(`metadata.${field}`, value, 'field is immutable'));
    }
  }
  if (!old.metadata.deletionTimestamp) return errors;
  const had = new Set(old.metadata.finalizers ?? []);
  const added = (merged.metadata.finalizers ?? []).filter((finalizer) => !had.has(finalizer));
  if (added.length === 0) return errors;
  const found = `[]string{${added.map((finalizer) => JSON.stringify(finalizer)).join(', ')}}`;
  return [
    forbiddenField(
      'metadata.finalizers',
      `no new finalizers can be added if the object is being deleted, found new finalizers ${found}`,
    ),
    ...errors,
  ];
}

const STANDARD_FINALIZERS = new Set(['foregroundDeletion', 'orphan', 'kubernetes']);

function finalizerNameErrors(finalizers: unknown[]): FieldError[] {
  const at = 'metadata.finalizers';
  const errors = finalizers
    .map(textOf)
    .flatMap((text) => keyComplaints(text).map((complaint) => invalidValue(at, text, complaint)));
  if (finalizers.includes('orphan') && finalizers.includes('foregroundDeletion')) {
    errors.push(invalidValue(at, finalizers, 'finalizer orphan and foregroundDeletion cannot be both set'));
  }
  return errors;
}

/** Custom resources may have had finalizers of any name before names were checked. */
function unqualifiedFinalizerErrors(
  object: ApiObject,
  { schema }: ResourceDefinition,
  finalizers: unknown[],
): FieldError[] {
  if (schema || object.apiVersion !== 'v1') return [];
  return finalizers
    .map(textOf)
    .flatMap((text, index) =>
      text.includes('/') || STANDARD_FINALIZERS.has(text)
        ? []
        : [
            invalidValue(
              `metadata.finalizers[${index}]`,
              text,
              'name is neither a standard finalizer name nor is it fully qualified',
            ),
          ],
    );
}

function ownerErrors(owners: unknown[]): FieldError[] {
  const at = 'metadata.ownerReferences';
  const errors = owners.map(fieldsOf).flatMap((owner) => {
    const version = textOf(owner.apiVersion);
    const hasVersion = version !== '' && version.split('/').length <= 2;
    return [
      ...(hasVersion ? [] : [invalidValue(`${at}.apiVersion`, version, 'version must not be empty')]),
      ...['kind', 'name', 'uid'].flatMap((field) =>
        textOf(owner[field]) === '' ? [invalidValue(`${at}.${field}`, '', 'must not be empty')] : [],
      ),
      ...(version === 'v1' && owner.kind === 'Event'
        ? [invalidValue(at, owner, '/v1, Kind=Event is disallowed from being an owner')]
        : []),
    ];
  });
  const controllers = owners.map(fieldsOf).filter(({ controller }) => controller === true);
  const [first, second] = controllers.map(({ kind, name }) => `${textOf(kind)}/${textOf(name)}`);
  if (second !== undefined) {
    errors.push(
      invalidValue(
        at,
        owners,
        `Only one reference can have Controller set to true. Found "true" in references for ${first ?? ''} and ${second}`,
      ),
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
