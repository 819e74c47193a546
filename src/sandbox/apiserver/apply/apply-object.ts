import { createObject } from '../create.ts';
import { presented } from '../presented.ts';
import { apiVersionOf } from '../resource-definition.ts';
import type { ApiObject, ResourceDefinition } from '../resource-definition.ts';
import { timestamp } from '../server-context.ts';
import type { ServerContext, WriteRequestOptions } from '../server-context.ts';
import { StatusError, badRequest, conflict, notFound } from '../status-error.ts';
import { updateObject } from '../update.ts';
import type { UpdateSubject } from '../update.ts';
import { applyConfiguration } from './apply-configuration.ts';
import { emptyObject } from './empty-object.ts';
import {
  describeConfiguration,
  printKind,
  readConfiguration,
  refusingMismatch,
} from './read-configuration.ts';
import { ownershipRules } from './resource-rules.ts';

export interface ApplyPatch {
  /** YAML or JSON, as it came. */
  text: string;
  manager: string;
  force: boolean;
}

/** An object that others change at the same time is tried this often. */
const ATTEMPTS = 5;

/** Server-side apply: makes an object what somebody's configuration says, and creates it where there is none. */
export async function applyObject(
  context: ServerContext,
  definition: ResourceDefinition,
  subject: UpdateSubject,
  patch: ApplyPatch,
  options: WriteRequestOptions,
): Promise<{ object: ApiObject; created: boolean }> {
  const { configuration, duplicates } = readConfiguration(patch.text, definition);
  // Who owns what is decided by the apply.
  const { manager: _manager, ...others } = options;
  const write = {
    ...others,
    applied: true,
    refusePatched: (fault: string) => inconvertible(configuration, fault),
  };
  const { namespace, name } = subject;
  for (let attempt = 1; ; attempt += 1) {
    const old = context.store.get(definition.storage, namespace, name);
    if (!old && subject.subresource) throw notFound(definition, name);
    const applied = resultOf(context, definition, subject, { old, configuration, patch });
    if (attempt === 1) tellOfDuplicates(duplicates, options);
    refuseOther(applied, definition, subject, old === undefined);
    try {
      if (!old)
        return { object: await createObject(context, definition, namespace, applied, write), created: true };
      return { object: await updateObject(context, definition, subject, applied, write), created: false };
    } catch (error) {
      // Somebody else was quicker while webhooks were asked. Unless the configuration names a version, it is one for any.
      const moved = context.store.get(definition.storage, namespace, name) !== old;
      const isConflict = error instanceof StatusError && error.code === 409;
      if (!isConflict || !moved || configuration.metadata.resourceVersion || attempt === ATTEMPTS)
        throw error;
    }
  }
}

function resultOf(
  context: ServerContext,
  definition: ResourceDefinition,
  { subresource }: UpdateSubject,
  { old, configuration, patch }: { old: ApiObject | undefined; configuration: ApiObject; patch: ApplyPatch },
): ApiObject {
  const nothing = { apiVersion: apiVersionOf(definition), kind: definition.kind, metadata: { name: '' } };
  return refusingMismatch(configuration, () =>
    applyConfiguration(
      {
        live: old ? presented(old, definition) : nothing,
        empty: emptyObject(definition),
        configuration,
        manager: patch.manager,
        force: patch.force,
        time: timestamp(context.clock.now()),
      },
      ownershipRules(context, definition, subresource),
    ),
  );
}

/** @throws {StatusError} 400 under Strict */
function tellOfDuplicates(duplicates: string[], { fieldValidation, warn }: WriteRequestOptions): void {
  if (duplicates.length === 0 || fieldValidation === 'Ignore') return;
  if (fieldValidation === 'Warn') for (const duplicate of duplicates) warn(duplicate);
  else {
    throw badRequest(
      `error strict decoding YAML: error converting YAML to JSON: yaml: unmarshal errors:\n  ${duplicates.join('\n  ')}`,
    );
  }
}

/** For values that are of the right form and still none of their type, as a quantity can be. */
function inconvertible(configuration: ApiObject, fault: string): StatusError {
  const type = /^json: cannot unmarshal number .* of type (\w+)$/.exec(fault)?.[1];
  const why = type === undefined ? fault : `cannot convert float64 to ${type}`;
  const kind = printKind(configuration);
  return new StatusError(
    500,
    '',
    `failed to convert new object (${describeConfiguration(configuration)}) to proper version: unable to convert unstructured object to ${kind}: ${why}`,
  );
}

/** @throws {StatusError} 400 for another object than the path names, 409 for one that must exist and does not */
function refuseOther(
  applied: ApiObject,
  definition: ResourceDefinition,
  { namespace, name }: UpdateSubject,
  creating: boolean,
): void {
  const { uid, name: found } = applied.metadata;
  if (creating && uid) {
    throw conflict(
      definition,
      name,
      `uid mismatch: the provided object specified uid ${uid}, and no existing object was found`,
    );
  }
  const givenNamespace = applied.metadata.namespace;
  if (namespace !== undefined && givenNamespace && givenNamespace !== namespace) {
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  }
  if (found === '') {
    throw badRequest(
      `the name of the object (${name} based on URL) was undeterminable: name must be provided`,
    );
  }
  if (found !== name) {
    throw badRequest(`the name of the object (${found}) does not match the name on the URL (${name})`);
  }
}
