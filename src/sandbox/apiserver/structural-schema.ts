import { isFields } from './json-value.ts';
import type { Fields } from './json-value.ts';
import { decodeWith, metadataCodec } from './codec/kind-codec.ts';

/** An OpenAPI v3 schema as a CustomResourceDefinition holds it. */
export interface StructuralSchema {
  type?: string;
  format?: string;
  description?: string;
  title?: string;
  nullable?: boolean;
  default?: unknown;
  enum?: unknown[];
  pattern?: string;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: boolean;
  exclusiveMaximum?: boolean;
  multipleOf?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
  uniqueItems?: boolean;
  minProperties?: number;
  maxProperties?: number;
  required?: string[];
  properties?: Record<string, StructuralSchema>;
  additionalProperties?: boolean | StructuralSchema;
  items?: StructuralSchema;
  allOf?: StructuralSchema[];
  anyOf?: StructuralSchema[];
  oneOf?: StructuralSchema[];
  not?: StructuralSchema;
  'x-kubernetes-preserve-unknown-fields'?: boolean;
  'x-kubernetes-embedded-resource'?: boolean;
  'x-kubernetes-int-or-string'?: boolean;
  'x-kubernetes-list-type'?: 'atomic' | 'set' | 'map';
  'x-kubernetes-list-map-keys'?: string[];
  'x-kubernetes-map-type'?: 'atomic' | 'granular';
  'x-kubernetes-validations'?: ValidationRule[];
}

/** A rule in CEL, the Common Expression Language, as Kubernetes has it in `x-kubernetes-validations`. */
export interface ValidationRule {
  rule: string;
  message?: string;
  messageExpression?: string;
  reason?: string;
  fieldPath?: string;
  optionalOldSelf?: boolean;
}

/** Fields that an object's root, and an embedded resource's, has without a schema's naming them. */
export const TYPE_AND_METADATA: ReadonlySet<string> = new Set(['apiVersion', 'kind', 'metadata']);

/**
 * Removes what the schema does not name, changing `object`, and returns the paths that went. What stands below
 * x-kubernetes-preserve-unknown-fields stays, but fields specified there are pruned in turn.
 */
export function prune(object: Fields, schema: StructuralSchema): string[] {
  const removed: string[] = [];
  pruneValue(object, schema, '', true, removed);
  return removed;
}

/** Removes nulls that the schema neither allows nor replaces by a default. Changes `object`. */
export function pruneNulls(value: unknown, schema: StructuralSchema | undefined): void {
  if (Array.isArray(value)) {
    for (const item of value) pruneNulls(item, schema?.items);
    return;
  }
  if (!isFields(value)) return;
  for (const key of Object.keys(value)) {
    const inner = schema && schemaOfKey(schema, key);
    if (value[key] === null && inner && !inner.nullable && inner.default === undefined) delete value[key];
    else pruneNulls(value[key], inner);
  }
}

/** Fills in defaults where a field is absent, or null without being nullable. Changes `object`. */
export function applySchemaDefaults(object: Fields, schema: StructuralSchema): void {
  defaultValue(object, schema);
}

/** The schema of a field of an object: its own, or the one that all further fields have. */
export function schemaOfKey(schema: StructuralSchema, key: string): StructuralSchema | undefined {
  if (schema.properties && Object.hasOwn(schema.properties, key)) return schema.properties[key];
  return isSchema(schema.additionalProperties) ? schema.additionalProperties : undefined;
}

export const isSchema = (value: boolean | StructuralSchema | undefined): value is StructuralSchema =>
  typeof value === 'object' && value !== null;

export const joinPath = (at: string, key: string): string => (at ? `${at}.${key}` : key);

function pruneValue(
  value: unknown,
  schema: StructuralSchema | undefined,
  at: string,
  root: boolean,
  removed: string[],
): void {
  const keeps = schema?.['x-kubernetes-preserve-unknown-fields'] === true;
  if (Array.isArray(value)) {
    if (keeps && !schema?.items) return;
    value.forEach((item, index) => pruneValue(item, schema?.items, `${at}[${index}]`, false, removed));
    return;
  }
  if (!isFields(value)) return;
  const embedded = root || schema?.['x-kubernetes-embedded-resource'] === true;
  for (const key of Object.keys(value)) {
    if (embedded && TYPE_AND_METADATA.has(key)) {
      if (!root && key === 'metadata') coerceMetadata(value, joinPath(at, key), removed);
      continue;
    }
    const inner = schema && schemaOfKey(schema, key);
    if (inner) pruneValue(value[key], inner, joinPath(at, key), false, removed);
    // Where anything is allowed without a schema, all below it is unknown.
    else if (schema?.additionalProperties === true)
      pruneValue(value[key], undefined, joinPath(at, key), false, removed);
    else if (!keeps) {
      delete value[key];
      removed.push(joinPath(at, key));
    }
  }
}

/** The metadata of an embedded resource is held to its type like the object's own; what is malformed stays for validation to find. */
function coerceMetadata(value: Fields, at: string, removed: string[]): void {
  const result = decodeWith(metadataCodec(), value.metadata);
  if ('fault' in result || !isFields(result.decoded)) return;
  removed.push(...result.unknown.map((name) => `${at}.${name}`));
  value.metadata = result.decoded;
}

function defaultValue(value: unknown, schema: StructuralSchema): void {
  if (Array.isArray(value)) {
    const { items } = schema;
    if (!items) return;
    value.forEach((item, index) => {
      if (item === null && !items.nullable && items.default !== undefined)
        value[index] = structuredClone(items.default);
      defaultValue(value[index], items);
    });
    return;
  }
  if (!isFields(value)) return;
  for (const [key, property] of Object.entries(schema.properties ?? {})) {
    const absent = value[key] === undefined || (value[key] === null && !property.nullable);
    if (absent && property.default !== undefined) value[key] = structuredClone(property.default);
  }
  for (const key of Object.keys(value)) {
    const inner = schemaOfKey(schema, key);
    if (!inner) continue;
    if (value[key] === null && !inner.nullable && inner.default !== undefined)
      value[key] = structuredClone(inner.default);
    defaultValue(value[key], inner);
  }
}
