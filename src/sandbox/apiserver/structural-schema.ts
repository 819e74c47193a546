import { RE2JS } from 're2js';
import { equalJson, fieldsOf, isFields, listOf } from './json-value.ts';
import type { Fields } from './json-value.ts';
import {
  duplicateValue,
  invalidValue,
  quote,
  required,
  tooLong,
  tooMany,
  unsupportedValue,
  wrongType,
} from './status-error.ts';
import type { FieldError } from './status-error.ts';

/** An OpenAPI v3 schema as a CustomResourceDefinition holds it. */
export interface StructuralSchema {
  type?: string;
  format?: string;
  description?: string;
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
  'x-kubernetes-validations'?: { rule: string; message?: string }[];
}

/** Fields at an object's root that every schema knows without naming them. */
const ROOT_FIELDS = new Set(['apiVersion', 'kind', 'metadata']);

/**
 * Removes what the schema does not name, changing `object`, and returns the paths that went, in order.
 * What stands below x-kubernetes-preserve-unknown-fields stays, but fields specified there are pruned in turn.
 */
export function prune(object: Fields, schema: StructuralSchema): string[] {
  const removed: string[] = [];
  pruneValue(object, schema, '', true, removed);
  return removed;
}

/** Fills in defaults where a field is absent, or null without being nullable. Changes `object`. */
export function applySchemaDefaults(object: Fields, schema: StructuralSchema): void {
  defaultValue(object, schema);
}

/** Checks all but `metadata`, which is the same for all kinds and is checked elsewhere. */
export function validateSchema(object: Fields, schema: StructuralSchema): FieldError[] {
  const { apiVersion: _apiVersion, kind: _kind, metadata: _metadata, ...own } = object;
  const requiredFields = schema.required?.filter((name) => !ROOT_FIELDS.has(name));
  return validateValue(own, { ...schema, ...(requiredFields && { required: requiredFields }) }, '');
}

/** Why a CustomResourceDefinition's schema cannot be taken; paths below `at`. */
export function schemaErrors(schema: StructuralSchema, at: string): FieldError[] {
  const errors: FieldError[] = [];
  if (
    !schema.type &&
    !schema['x-kubernetes-int-or-string'] &&
    !schema['x-kubernetes-preserve-unknown-fields']
  ) {
    errors.push(required(`${at}.type`, 'must not be empty for specified object fields'));
  }
  if (schema.pattern !== undefined) {
    try {
      RE2JS.compile(schema.pattern);
    } catch (error) {
      errors.push(
        invalidValue(
          `${at}.pattern`,
          schema.pattern,
          `must be a valid regular expression, but isn't: ${String(error)}`,
        ),
      );
    }
  }
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    if (at.endsWith('openAPIV3Schema') && ROOT_FIELDS.has(name)) continue;
    errors.push(...schemaErrors(property, `${at}.properties[${name}]`));
  }
  if (schema.items) errors.push(...schemaErrors(schema.items, `${at}.items`));
  if (isSchema(schema.additionalProperties)) {
    errors.push(...schemaErrors(schema.additionalProperties, `${at}.additionalProperties`));
  }
  return errors;
}

/** Where the schema has CEL rules: the paths of the fields that carry them. */
export function celRules(schema: StructuralSchema, at = ''): string[] {
  return [
    ...(schema['x-kubernetes-validations']?.length ? [at || '(root)'] : []),
    ...Object.entries(schema.properties ?? {}).flatMap(([name, inner]) => celRules(inner, join(at, name))),
    ...(schema.items ? celRules(schema.items, `${at}[]`) : []),
    ...(isSchema(schema.additionalProperties) ? celRules(schema.additionalProperties, `${at}.*`) : []),
  ];
}

function pruneValue(
  value: unknown,
  schema: StructuralSchema,
  at: string,
  root: boolean,
  removed: string[],
): void {
  if (Array.isArray(value)) {
    const { items } = schema;
    if (items) value.forEach((item, index) => pruneValue(item, items, `${at}[${index}]`, false, removed));
    return;
  }
  if (!isFields(value)) return;
  const embedded = root || schema['x-kubernetes-embedded-resource'] === true;
  for (const key of Object.keys(value)) {
    if (embedded && ROOT_FIELDS.has(key)) continue;
    const inner = schemaOfKey(schema, key);
    if (inner) pruneValue(value[key], inner, join(at, key), false, removed);
    else if (!schema['x-kubernetes-preserve-unknown-fields'] && schema.additionalProperties !== true) {
      delete value[key];
      removed.push(join(at, key));
    }
  }
}

const schemaOfKey = (schema: StructuralSchema, key: string): StructuralSchema | undefined => {
  if (schema.properties && Object.hasOwn(schema.properties, key)) return schema.properties[key];
  return isSchema(schema.additionalProperties) ? schema.additionalProperties : undefined;
};

function defaultValue(value: unknown, schema: StructuralSchema): void {
  if (Array.isArray(value)) {
    const { items } = schema;
    if (items) for (const item of value) defaultValue(item, items);
    return;
  }
  if (!isFields(value)) return;
  for (const [key, property] of Object.entries(schema.properties ?? {})) {
    const absent = value[key] === undefined || (value[key] === null && !property.nullable);
    if (absent && property.default !== undefined) value[key] = structuredClone(property.default);
  }
  for (const key of Object.keys(value)) {
    const inner = schemaOfKey(schema, key);
    if (inner) defaultValue(value[key], inner);
  }
}

function validateValue(value: unknown, schema: StructuralSchema, at: string): FieldError[] {
  if (value === null && schema.nullable) return [];
  const found = typeOf(value);
  if (schema['x-kubernetes-int-or-string']) {
    if (found !== 'integer' && found !== 'string') return [wrongType(at, found, 'integer,string')];
  } else if (schema.type && !(found === schema.type || (schema.type === 'number' && found === 'integer'))) {
    return [wrongType(at, found, schema.type)];
  }
  return [
    ...enumErrors(value, schema, at),
    ...(typeof value === 'string' ? stringErrors(value, schema, at) : []),
    ...(typeof value === 'number' ? numberErrors(value, schema, at) : []),
    ...(Array.isArray(value) ? arrayErrors(value, schema, at) : []),
    ...(isFields(value) ? objectErrors(value, schema, at) : []),
    ...combinationErrors(value, schema, at),
  ];
}

function typeOf(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return typeof value;
}

function enumErrors(value: unknown, schema: StructuralSchema, at: string): FieldError[] {
  const allowed = schema.enum;
  if (!allowed || allowed.some((item) => equalJson(item, value))) return [];
  return [
    unsupportedValue(
      at,
      value,
      allowed.map((item) => (typeof item === 'string' ? item : JSON.stringify(item))),
    ),
  ];
}

function stringErrors(value: string, schema: StructuralSchema, at: string): FieldError[] {
  const errors: FieldError[] = [];
  const length = Array.from(value).length;
  if (schema.maxLength !== undefined && length > schema.maxLength) errors.push(tooLong(at, schema.maxLength));
  if (schema.minLength !== undefined && length < schema.minLength) {
    errors.push(invalidValue(at, value, `${at} in body should be at least ${schema.minLength} chars long`));
  }
  if (schema.pattern !== undefined && !RE2JS.compile(schema.pattern).matcher(value).find()) {
    errors.push(invalidValue(at, value, `${at} in body should match '${schema.pattern}'`));
  }
  const format = schema.format && Object.hasOwn(FORMATS, schema.format) ? FORMATS[schema.format] : undefined;
  if (format && !format.test(value)) {
    errors.push(invalidValue(at, value, `${at} in body must be of type ${schema.format}: ${quote(value)}`));
  }
  return errors;
}

/** The formats that API types use; others are not checked, as a real server does not check what it does not know. */
const FORMATS: Record<string, RegExp> = {
  'date-time': /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/,
  date: /^\d{4}-\d\d-\d\d$/,
  byte: /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/,
  uuid: /^[0-9a-fA-F]{8}-?(?:[0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}$/,
  ipv4: /^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?!$)|$)){4}$/,
};

function numberErrors(value: number, schema: StructuralSchema, at: string): FieldError[] {
  const { minimum, maximum, multipleOf } = schema;
  const errors: FieldError[] = [];
  const complain = (rule: string) => errors.push(invalidValue(at, value, `${at} in body should be ${rule}`));
  if (minimum !== undefined && schema.exclusiveMinimum && value <= minimum)
    complain(`greater than ${minimum}`);
  else if (minimum !== undefined && value < minimum) complain(`greater than or equal to ${minimum}`);
  if (maximum !== undefined && schema.exclusiveMaximum && value >= maximum) complain(`less than ${maximum}`);
  else if (maximum !== undefined && value > maximum) complain(`less than or equal to ${maximum}`);
  if (multipleOf && !Number.isInteger(value / multipleOf)) complain(`a multiple of ${multipleOf}`);
  if (schema.format === 'int32' && (value < -(2 ** 31) || value > 2 ** 31 - 1)) complain('of type int32');
  return errors;
}

function arrayErrors(value: unknown[], schema: StructuralSchema, at: string): FieldError[] {
  const errors: FieldError[] = [];
  if (schema.maxItems !== undefined && value.length > schema.maxItems)
    errors.push(tooMany(at, value.length, schema.maxItems));
  if (schema.minItems !== undefined && value.length < schema.minItems) {
    errors.push(
      invalidValue(at, value.length, `${at} in body should have at least ${schema.minItems} items`),
    );
  }
  const { items } = schema;
  if (items) errors.push(...value.flatMap((item, index) => validateValue(item, items, `${at}[${index}]`)));
  const keys = schema['x-kubernetes-list-map-keys'] ?? [];
  const identities =
    schema['x-kubernetes-list-type'] === 'set'
      ? value
      : schema['x-kubernetes-list-type'] === 'map'
        ? value.map((item) => Object.fromEntries(keys.map((key) => [key, fieldsOf(item)[key]])))
        : [];
  identities.forEach((identity, index) => {
    const earlier = identities.slice(0, index);
    if (earlier.some((other) => equalJson(other, identity)))
      errors.push(duplicateValue(`${at}[${index}]`, identity));
  });
  return errors;
}

function objectErrors(value: Fields, schema: StructuralSchema, at: string): FieldError[] {
  const errors: FieldError[] = [];
  const size = Object.keys(value).length;
  if (schema.maxProperties !== undefined && size > schema.maxProperties)
    errors.push(tooMany(at, size, schema.maxProperties));
  if (schema.minProperties !== undefined && size < schema.minProperties) {
    errors.push(
      invalidValue(at, size, `${at} in body should have at least ${schema.minProperties} properties`),
    );
  }
  for (const name of schema.required ?? []) {
    if (!Object.hasOwn(value, name)) errors.push(required(join(at, name)));
  }
  for (const [key, item] of Object.entries(value)) {
    if (schema['x-kubernetes-embedded-resource'] && ROOT_FIELDS.has(key)) continue;
    const inner = schemaOfKey(schema, key);
    if (inner) errors.push(...validateValue(item, inner, join(at, key)));
  }
  return errors;
}

function combinationErrors(value: unknown, schema: StructuralSchema, at: string): FieldError[] {
  const holds = (inner: StructuralSchema): boolean => validateValue(value, inner, at).length === 0;
  const errors: FieldError[] = [];
  for (const inner of listOf(schema.allOf) as StructuralSchema[])
    errors.push(...validateValue(value, inner, at));
  if (schema.anyOf && !schema.anyOf.some(holds)) {
    errors.push(invalidValue(at, value, `${quote(at)} must validate at least one schema (anyOf)`));
  }
  if (schema.oneOf) {
    const matching = schema.oneOf.filter(holds).length;
    const found = matching === 0 ? 'Found none valid' : `Found ${matching} valid alternatives`;
    if (matching !== 1) {
      errors.push(
        invalidValue(at, value, `${quote(at)} must validate one and only one schema (oneOf). ${found}`),
      );
    }
  }
  if (schema.not && holds(schema.not)) {
    errors.push(invalidValue(at, value, `${quote(at)} must not validate the schema (not)`));
  }
  return errors;
}

const isSchema = (value: boolean | StructuralSchema | undefined): value is StructuralSchema =>
  typeof value === 'object';

const join = (at: string, key: string): string => (at ? `${at}.${key}` : key);
