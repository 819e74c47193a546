import type { AdmissionRequest } from './admission/admission-request.ts';
import { admitMutating, admitValidating } from './admission/admit.ts';
import { ownersAfter } from './apply/owners-after.ts';
import { sentObject } from './apply/sent-object.ts';
import { refuseEscalation } from './auth/escalation.ts';
import { ruleErrors } from './cel-rules.ts';
import { decodeObject, encodeObject } from './decode-object.ts';
import { applySchemaDefaults } from './structural-schema.ts';
import { metadataErrors } from './object-metadata.ts';
import { schemaErrors, statusErrors } from './schema-validation.ts';
import { freshMetadata } from './fresh-metadata.ts';
import { scaleFieldErrors } from './rules/scale-fields.ts';
import { fitting } from './object-size.ts';
import { generateName } from './random-names.ts';
import type { ApiObject, ResourceDefinition } from './resource-definition.ts';
import type { ServerContext, WriteRequestOptions } from './server-context.ts';
import { StatusError, alreadyExists, invalid } from './status-error.ts';
import type { FieldError } from './status-error.ts';

/** A taken name is generated again this often before the client hears of it. */
const NAME_ATTEMPTS = 8;

/** Creates an object from what a client sent; returns it as stored. */
export async function createObject(
  context: ServerContext,
  definition: ResourceDefinition,
  namespace: string | undefined,
  body: unknown,
  options: WriteRequestOptions,
): Promise<ApiObject> {
  const sent = decodeObject(body, definition, { ...(namespace !== undefined && { namespace }) }, options);
  if (sent.metadata.resourceVersion)
    throw new StatusError(500, '', 'resourceVersion should not be set on objects to be created');
  const converted = definition.toStorage?.(sent) ?? sent;
  const object: ApiObject = { ...converted, metadata: freshMetadata(converted, context) };
  if (definition.statusSubresource && definition.schema) delete object.status;

  definition.applyDefaults?.(object, context);
  if (definition.schema) applySchemaDefaults(object, definition.schema);
  refuseEscalation(context.authorizer, options.user, definition, object);
  const owners = ownersAfter(context, definition, { next: sentObject(converted, object), ...options });
  if (owners) object.metadata.managedFields = owners;
  const admission: AdmissionRequest = {
    operation: 'CREATE',
    definition,
    namespace: object.metadata.namespace,
    name: object.metadata.name,
    object,
    options,
  };
  // Awaited only where somebody outside is asked: what nobody is asked about happens in one go.
  const mutation = admitMutating(context, admission);
  if (mutation) await mutation;
  definition.prepareCreate?.(object, context);
  if (definition.generation !== 'never') object.metadata.generation = 1;
  const generated = object.metadata.name === '' && Boolean(object.metadata.generateName);
  if (generated) object.metadata.name = generateName(object.metadata.generateName ?? '', context.random);

  refuseInvalid(object, definition, definition.validate?.(object) ?? []);
  for (const warning of definition.warnings?.(object) ?? []) options.warn(warning);
  const validation = admitValidating(context, { ...admission, name: object.metadata.name });
  if (validation) await validation;
  for (let attempt = 1; ; attempt++) {
    const { namespace: at, name } = object.metadata;
    const existing = context.store.get(definition.storage, at, name);
    if (!existing) break;
    if (!generated || attempt === NAME_ATTEMPTS) throw taken(definition, existing);
    object.metadata.name = generateName(object.metadata.generateName ?? '', context.random);
  }
  const encoded = fitting(encodeObject(object), options);
  if (options.dryRun) return encoded;
  const stored = context.store.put(definition.storage, encoded);
  definition.afterWrite?.(context, stored);
  return stored;
}

/** Of a name that another object has, which may be about to go. */
function taken(definition: ResourceDefinition, { metadata }: ApiObject): StatusError {
  const refusal = alreadyExists(definition, metadata.name);
  if (metadata.deletionTimestamp === undefined) return refusal;
  const { code, reason = '', details, message = '' } = refusal.status;
  return new StatusError(code ?? 409, reason, `object is being deleted: ${message}`, details);
}

/** A real server looks at the metadata of an update four times, each time at something else, and shows all findings as causes. */
const LOOKS_AT_UPDATE = [
  { names: true, standards: false },
  { names: false, standards: false },
  { names: false, standards: true },
  { names: true, standards: true },
];

/** @throws {StatusError} 422 naming every field that is wrong. */
export function refuseInvalid(
  object: ApiObject,
  definition: ResourceDefinition,
  errors: FieldError[],
  { old, subresource }: { old?: ApiObject; subresource?: string } = {},
): void {
  const { schema } = definition;
  const found = [
    ...(old
      ? LOOKS_AT_UPDATE.flatMap((looksAt) => metadataErrors(object, definition, looksAt))
      : metadataErrors(object, definition)),
    ...(schema
      ? subresource === 'status'
        ? statusErrors(object, schema, old)
        : schemaErrors(object, schema, old)
      : []),
    ...(schema && definition.scale
      ? scaleFieldErrors(object, definition.scale, { statusOnly: subresource === 'status' })
      : []),
    ...errors,
  ];
  const all = schema ? [...found, ...ruleErrors(object, schema, found, old)] : found;
  if (all.length > 0)
    throw invalid({ ...definition, group: storedGroup(definition) }, object.metadata.name, all);
}

/** What is checked is the stored form: of an event, whatever group it came by, that of the core group. */
const storedGroup = ({ storage, resource }: ResourceDefinition): string => storage.slice(resource.length + 1);
