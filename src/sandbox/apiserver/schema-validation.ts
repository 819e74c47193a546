import { RE2JS } from 're2js';
import { equalJson, fieldsOf, isFields } from './json-value.ts';
import type { Fields } from './json-value.ts';
import { keyComplaints, labelValueComplaints, nameComplaints } from './object-name-rules.ts';
import { formatOf } from './schema-formats.ts';
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
import { TYPE_AND_METADATA, joinPath, schemaOfKey } from './structural-schema.ts';
import type { StructuralSchema } from './structural-schema.ts';

/**
 * What is wrong with a custom resource by its schema. Of an update, `old` is what was there before: what has not changed since then is not complained of,
 * so that a schema can become stricter than the objects that are there.
 */
export function schemaErrors(object: Fields, schema: StructuralSchema, old?: Fields): FieldError[] {
  return [
    ...validateRoot(object, schema, old),
    ...embeddedErrors(withoutMetadata(object), schema, ''),
    ...listErrors(withoutMetadata(object), schema, ''),
  ];
}

/** What is wrong with the status alone; texts name its fields without it. */
export function statusErrors(object: Fields, schema: StructuralSchema, old?: Fields): FieldError[] {
  const inner = schema.properties?.status;
  if (!inner || object.status === undefined) return [];
  const before = old && earlierField({ value: old }, 'status');
  return validateValue(object.status, inner, '', before).map((error) => ({
    ...error,
    field: error.field === '<nil>' ? error.field : joinPath('status', error.field),
  }));
}

/** What is wrong with a value of its own, such as the default of a field; `at` is what errors call it. */
export function valueErrors(value: unknown, schema: StructuralSchema, at: string): FieldError[] {
  return validateValue(value, schema, at, undefined);
}

/** Metadata, version and kind are the same for all kinds and are checked elsewhere. */
function validateRoot(object: Fields, schema: StructuralSchema, old: Fields | undefined): FieldError[] {
  const { required: needed, ...rest } = schema;
  const own = needed?.filter((name) => !TYPE_AND_METADATA.has(name)) ?? [];
  return validateValue(
    withoutMetadata(object),
    { ...rest, required: own },
    '',
    old && { value: withoutMetadata(old) },
  );
}

function withoutMetadata({ apiVersion: _version, kind: _kind, metadata: _metadata, ...own }: Fields): Fields {
  return own;
}

/** The value that stood in the same place before, where there was one. */
interface Earlier {
  value: unknown;
}

function validateValue(
  value: unknown,
  schema: StructuralSchema,
  at: string,
  old: Earlier | undefined,
): FieldError[] {
  if (old && equalJson(value, old.value)) return [];
  if (value === null && schema.nullable) return [];
  const found = typeOf(value);
  if (schema['x-kubernetes-int-or-string']) {
    if (found !== 'integer' && found !== 'string') return [wrongType(at, found, 'integer,string')];
  } else if (schema.type && !(found === schema.type || (schema.type === 'number' && found === 'integer'))) {
    return [wrongType(at, found, schema.type)];
  }
  return [
    ...combinationErrors(value, schema, at),
    ...enumErrors(value, schema, at),
    ...(typeof value === 'string' ? stringErrors(value, schema, at) : []),
    ...(typeof value === 'number' ? numberErrors(value, schema, at) : []),
    ...(Array.isArray(value) ? arrayErrors(value, schema, at, old) : []),
    ...(isFields(value) ? objectErrors(value, schema, at, old) : []),
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
  else if (schema.minLength !== undefined && length < schema.minLength) {
    errors.push(invalidValue(at, value, `${at} in body should be at least ${schema.minLength} chars long`));
  }
  if (errors.length === 0 && schema.pattern !== undefined && !matches(schema.pattern, value)) {
    errors.push(invalidValue(at, value, `${at} in body should match '${schema.pattern}'`));
  }
  const holds = schema.format === undefined ? undefined : formatOf(schema.format);
  if (holds && !holds(value)) {
    const { message } = invalidValue(
      at,
      value,
      `${at} in body must be of type ${schema.format}: ${quote(value)}`,
    );
    errors.push({ field: at, reason: 'FieldValueTypeInvalid', message });
  }
  return errors;
}

const matches = (pattern: string, value: string): boolean => RE2JS.compile(pattern).matcher(value).find();

function numberErrors(value: number, schema: StructuralSchema, at: string): FieldError[] {
  const { minimum, maximum, multipleOf } = schema;
  const errors: FieldError[] = [];
  const complain = (rule: string) => errors.push(invalidValue(at, value, `${at} in body should be ${rule}`));
  if (multipleOf && !Number.isInteger(Number((value / multipleOf).toPrecision(15)))) {
    complain(`a multiple of ${multipleOf}`);
  }
  if (maximum !== undefined && schema.exclusiveMaximum && value >= maximum) complain(`less than ${maximum}`);
  else if (maximum !== undefined && value > maximum) complain(`less than or equal to ${maximum}`);
  if (minimum !== undefined && schema.exclusiveMinimum && value <= minimum)
    complain(`greater than ${minimum}`);
  else if (minimum !== undefined && value < minimum) complain(`greater than or equal to ${minimum}`);
  return errors;
}

function arrayErrors(
  value: unknown[],
  schema: StructuralSchema,
  at: string,
  old: Earlier | undefined,
): FieldError[] {
  const errors: FieldError[] = [];
  const { items } = schema;
  if (items) {
    const before = earlierItems(schema, old);
    errors.push(
      ...value.flatMap((item, index) => validateValue(item, items, `${at}[${index}]`, before(item))),
    );
  }
  if (schema.minItems !== undefined && value.length < schema.minItems) {
    errors.push(
      invalidValue(at, value.length, `${at} in body should have at least ${schema.minItems} items`),
    );
  }
  if (schema.maxItems !== undefined && value.length > schema.maxItems) {
    errors.push(tooMany(at, value.length, schema.maxItems));
  }
  return errors;
}

/** Items of a list can be found again only where the list is a map. */
export function earlierItems(
  schema: StructuralSchema,
  old: Earlier | undefined,
): (item: unknown) => Earlier | undefined {
  if (!old || !Array.isArray(old.value) || schema['x-kubernetes-list-type'] !== 'map') return () => undefined;
  const items: unknown[] = old.value;
  return (item) => {
    const found = items.find((other) => equalJson(identityOf(other, schema), identityOf(item, schema)));
    return found === undefined ? undefined : { value: found };
  };
}

const identityOf = (item: unknown, schema: StructuralSchema): Fields =>
  Object.fromEntries((schema['x-kubernetes-list-map-keys'] ?? []).map((key) => [key, fieldsOf(item)[key]]));

function objectErrors(
  value: Fields,
  schema: StructuralSchema,
  at: string,
  old: Earlier | undefined,
): FieldError[] {
  const errors: FieldError[] = [];
  const size = Object.keys(value).length;
  if (schema.minProperties !== undefined && size < schema.minProperties) {
    errors.push(
      invalidValue(at, size, `${at} in body should have at least ${schema.minProperties} properties`),
    );
  }
  if (schema.maxProperties !== undefined && size > schema.maxProperties) {
    errors.push(tooMany(at, size, schema.maxProperties));
  }
  for (const name of schema.required ?? []) {
    if (!Object.hasOwn(value, name)) errors.push(required(joinPath(at, name)));
  }
  for (const [key, item] of Object.entries(value)) {
    if (schema['x-kubernetes-embedded-resource'] && TYPE_AND_METADATA.has(key)) continue;
    const inner = schemaOfKey(schema, key);
    if (inner) errors.push(...validateValue(item, inner, joinPath(at, key), earlierField(old, key)));
  }
  return errors;
}

export const earlierField = (old: Earlier | undefined, key: string): Earlier | undefined =>
  old && isFields(old.value) && Object.hasOwn(old.value, key) ? { value: old.value[key] } : undefined;

/** Their errors have no field of their own: the real server prints a nil path, and the place in the text. */
const combinationError = (at: string, what: string): FieldError =>
  invalidValue('<nil>', '', `${quote(at)} ${what}`);

function combinationErrors(value: unknown, schema: StructuralSchema, at: string): FieldError[] {
  const errorsBy = (inner: StructuralSchema): FieldError[] => validateValue(value, inner, at, undefined);
  const errors: FieldError[] = [];
  if (schema.anyOf) {
    const found = schema.anyOf.map(errorsBy);
    if (!found.some(({ length }) => length === 0)) {
      errors.push(
        combinationError(at, 'must validate at least one schema (anyOf)'),
        ...(leastWrong(found) ?? []),
      );
    }
  }
  if (schema.oneOf) {
    const found = schema.oneOf.map(errorsBy);
    const valid = found.filter(({ length }) => length === 0).length;
    if (valid === 0) {
      errors.push(
        combinationError(at, 'must validate one and only one schema (oneOf). Found none valid'),
        ...(leastWrong(found) ?? []),
      );
    } else if (valid > 1) {
      errors.push(
        combinationError(
          at,
          `must validate one and only one schema (oneOf). Found ${valid} valid alternatives`,
        ),
      );
    }
  }
  if (schema.allOf) {
    const found = schema.allOf.map(errorsBy);
    const wrong = found.filter(({ length }) => length > 0);
    if (wrong.length > 0) {
      const none = wrong.length === found.length ? '. None validated' : '';
      errors.push(...wrong.flat(), combinationError(at, `must validate all the schemas (allOf)${none}`));
    }
  }
  if (schema.not && errorsBy(schema.not).length === 0) {
    errors.push(combinationError(at, 'must not validate the schema (not)'));
  }
  return errors;
}

/** Of several schemas that do not fit, the first one that fits best explains what is missing. */
const leastWrong = (found: FieldError[][]): FieldError[] | undefined => found[0];

/** Resources inside of a resource have a type and metadata like any other. */
function embeddedErrors(value: unknown, schema: StructuralSchema, at: string): FieldError[] {
  if (Array.isArray(value)) {
    const { items } = schema;
    return items ? value.flatMap((item, index) => embeddedErrors(item, items, `${at}[${index}]`)) : [];
  }
  if (!isFields(value)) return [];
  return [
    ...(schema['x-kubernetes-embedded-resource'] ? embeddedTypeErrors(value, at) : []),
    ...Object.entries(value).flatMap(([key, item]) => {
      const inner = schemaOfKey(schema, key);
      return inner ? embeddedErrors(item, inner, joinPath(at, key)) : [];
    }),
  ];
}

function embeddedTypeErrors(value: Fields, at: string): FieldError[] {
  const { name, labels, annotations } = fieldsOf(value.metadata);
  return [
    ...['apiVersion', 'kind'].flatMap((field) =>
      typeof value[field] === 'string' && value[field] !== '' ? [] : [required(`${at}.${field}`)],
    ),
    ...(typeof name === 'string' && name !== ''
      ? nameComplaints(name, 'path-segment').map((text) => invalidValue(`${at}.metadata.name`, name, text))
      : []),
    ...Object.entries(fieldsOf(labels)).flatMap(([key, text]) => [
      ...keyComplaints(key).map((complaint) => invalidValue(`${at}.metadata.labels`, key, complaint)),
      ...labelValueComplaints(String(text)).map((complaint) =>
        invalidValue(`${at}.metadata.labels`, text, complaint),
      ),
    ]),
    ...Object.keys(fieldsOf(annotations)).flatMap((key) =>
      keyComplaints(key.toLowerCase()).map((complaint) =>
        invalidValue(`${at}.metadata.annotations`, key, complaint),
      ),
    ),
  ];
}

/** Sets hold no value twice, and maps no key. */
function listErrors(value: unknown, schema: StructuralSchema, at: string): FieldError[] {
  if (isFields(value)) {
    return Object.entries(value).flatMap(([key, item]) => {
      const inner = schemaOfKey(schema, key);
      return inner ? listErrors(item, inner, joinPath(at, key)) : [];
    });
  }
  const { items } = schema;
  if (!Array.isArray(value) || !items) return [];
  const kind = schema['x-kubernetes-list-type'];
  const identities =
    kind === 'set' ? value : kind === 'map' ? value.map((item) => identityOf(item, schema)) : [];
  const errors: FieldError[] = [];
  identities.forEach((identity: unknown, index) => {
    const earlier = identities.slice(0, index);
    if (earlier.some((other) => equalJson(other, identity))) {
      errors.push(duplicateValue(`${at}[${index}]`, identity));
    }
  });
  return [...errors, ...value.flatMap((item, index) => listErrors(item, items, `${at}[${index}]`))];
}
