import { goJson } from './apply/go-json.ts';
import { decodeWith, kindCodec } from './codec/kind-codec.ts';
import { jsonTypeOf } from './codec/reading.ts';
import { presented } from './presented.ts';
import { FailedJsonPatch, applyJsonPatch } from './json-patch.ts';
import type { JsonPatchOperation } from './json-patch.ts';
import { fieldsOf, isFields, textOf, valueAt } from './json-value.ts';
import type { Fields } from './json-value.ts';
import type { Patch } from './request-body.ts';
import type { ApiObject, ResourceDefinition } from './resource-definition.ts';
import type { ServerContext, WriteRequestOptions } from './server-context.ts';
import { StatusError, badRequest, invalid, invalidValue, notFound } from './status-error.ts';
import { strategicMergePatch } from './strategic-merge-patch.ts';
import { updateObject } from './update.ts';
import type { UpdateSubject } from './update.ts';

/** A patch of an object that others change at the same time is tried this often. */
const ATTEMPTS = 5;

/** Changes an object by a patch of any of the types that its content makes. */
export async function patchObject(
  context: ServerContext,
  definition: ResourceDefinition,
  subject: UpdateSubject,
  patch: Patch,
  options: WriteRequestOptions,
): Promise<ApiObject> {
  const apply = patcherOf(patch, definition);
  for (let attempt = 1; ; attempt += 1) {
    const old = context.store.get(definition.storage, subject.namespace, subject.name);
    if (!old) throw notFound(definition, subject.name);
    const { patched, shown } = apply(structuredClone(presented(old, definition)));
    try {
      return await updateObject(context, definition, subject, patched, {
        ...options,
        ...(patch.parsed.duplicates.length > 0 && { sentTwice: patch.parsed }),
        refusePatched: (fault) => refusedPatch(shown(), fault),
      });
    } catch (error) {
      // The object changed while webhooks were asked. Unless the patch names a version, it is one for any.
      const unnamed = valueAt(patched, 'metadata', 'resourceVersion') === old.metadata.resourceVersion;
      const changed = context.store.get(definition.storage, subject.namespace, subject.name) !== old;
      const isConflict = error instanceof StatusError && error.status.reason === 'Conflict';
      if (!isConflict || !unnamed || !changed || attempt === ATTEMPTS) throw error;
    }
  }
}

/** What a patch makes of a Scale; without the version that it had, unless the patch names one. */
export function patchScale(scale: ApiObject, definition: ResourceDefinition, patch: Patch): Fields {
  const { patched, shown } = patcherOf(patch, definition)(structuredClone(scale));
  const codec = kindCodec('autoscaling/v1', 'Scale');
  const result = codec ? decodeWith(codec, patched) : { fault: 'Scale is no type of the API' };
  if ('fault' in result) throw refusedPatch(shown(), result.fault);
  const { resourceVersion, ...metadata } = fieldsOf(valueAt(result.decoded, 'metadata'));
  const isNamed = resourceVersion !== scale.metadata.resourceVersion;
  return {
    ...fieldsOf(result.decoded),
    metadata: { ...metadata, ...(isNamed && resourceVersion !== undefined && { resourceVersion }) },
  };
}

type Patcher = (object: ApiObject) => { patched: unknown; shown: () => string };

/** Says how the patch changes an object, and how errors show what came of it. */
function patcherOf({ type, parsed }: Patch, definition: ResourceDefinition): Patcher {
  const body = parsed.value;
  switch (type) {
    case 'json': {
      const operations = operationsOf(body);
      return (object) => showingObject(jsonPatch(object, operations));
    }
    case 'merge':
      refuseOtherThanObject(body, 'error decoding patch: ');
      if (body === null) throw badRequest('Invalid JSON Patch');
      return (object) => showingObject(mergePatch(object, body));
    case 'strategic':
      refuseOtherThanObject(body, '');
      return (object) => ({
        patched: strategicMergePatch(definition, object, body ?? {}),
        shown: () => goMap(body ?? {}),
      });
  }
}

const showingObject = (patched: unknown) => ({ patched, shown: () => goJson(patched) });

/** As Go prints the map that a strategic merge patch is decoded into. */
function goMap(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(goMap).join(' ')}]`;
  if (typeof value === 'string') return value;
  if (!isFields(value)) return value === null ? '<nil>' : JSON.stringify(value);
  const entries = Object.keys(value).toSorted();
  return `map[${entries.map((key) => `${key}:${goMap(value[key])}`).join(' ')}]`;
}

/** The object was made by us of a patch, so it is the patch that the client hears of. */
const refusedPatch = (shown: string, fault: string): StatusError =>
  invalid({ group: '', kind: '', resource: '' }, '', [invalidValue('patch', shown, fault)]);

function refuseOtherThanObject(body: unknown, before: string): void {
  if (body === null || isFields(body)) return;
  throw badRequest(
    `${before}json: cannot unmarshal ${jsonTypeOf(body)} into Go value of type map[string]interface {}`,
  );
}

const OPERATION_LIMIT = 10_000;

function operationsOf(body: unknown): JsonPatchOperation[] {
  if (body === null) return [];
  if (!Array.isArray(body)) {
    throw badRequest(
      `error decoding patch: json: cannot unmarshal ${jsonTypeOf(body)} into Go value of type []handlers.jsonPatchOp`,
    );
  }
  if (body.length > OPERATION_LIMIT) {
    throw new StatusError(
      413,
      'RequestEntityTooLarge',
      `Request entity is too large: The allowed maximum operations in a JSON patch is ${OPERATION_LIMIT}, got ${body.length}`,
    );
  }
  return body.map((operation: unknown): JsonPatchOperation => {
    if (!isFields(operation)) {
      throw badRequest(
        `error decoding patch: json: cannot unmarshal ${jsonTypeOf(operation)} into Go value of type handlers.jsonPatchOp`,
      );
    }
    for (const field of ['op', 'path', 'from']) {
      const value = operation[field];
      if (value === undefined || value === null || typeof value === 'string') continue;
      throw badRequest(
        `error decoding patch: json: cannot unmarshal ${jsonTypeOf(value)} into Go struct field jsonPatchOp.${field} of type string`,
      );
    }
    return {
      op: textOf(operation.op),
      path: textOf(operation.path),
      from: textOf(operation.from),
      value: operation.value,
    };
  });
}

function jsonPatch(object: ApiObject, operations: readonly JsonPatchOperation[]): unknown {
  try {
    return applyJsonPatch(object, operations);
  } catch (error) {
    if (!(error instanceof FailedJsonPatch)) throw error;
    // Which operation failed is not told: that is how the real server has it.
    throw new StatusError(
      422,
      'Invalid',
      'the server rejected our request due to an error in our request',
      {},
    );
  }
}

/** RFC 7386. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isFields(patch)) return patch;
  const merged: Fields = isFields(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key];
    else merged[key] = mergePatch(merged[key], value);
  }
  return merged;
}
