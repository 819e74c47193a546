import { RE2JS } from 're2js';
import { compileRule } from './cel-rule.ts';
import { valueErrors } from './schema-validation.ts';
import { forbiddenField, invalidValue, required, unsupportedValue } from './status-error.ts';
import type { FieldError } from './status-error.ts';
import { equalJson, isFields } from './json-value.ts';
import { isSchema, prune } from './structural-schema.ts';
import type { StructuralSchema } from './structural-schema.ts';

type Level = 'root' | 'item' | 'field';

const TYPES = ['array', 'boolean', 'integer', 'number', 'object', 'string'];

/** Why a CustomResourceDefinition's schema cannot be taken; paths below `at`, in the words of apiextensions. */
export function schemaDeclarationErrors(schema: StructuralSchema, at: string): FieldError[] {
  const basic = keywordErrors(schema, at, true);
  if (basic.length > 0) return basic;
  const structural = structureErrors(schema, at, 'root').toSorted((a, b) => compare(textOf(a), textOf(b)));
  if (structural.length > 0) return structural;
  return [...defaultErrors(schema, at), ...ruleErrors(schema, at)];
}

const textOf = ({ field, message }: FieldError): string => `${field}: ${message}`;
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** The schemas directly inside of a schema, by their paths. */
function innerSchemas(schema: StructuralSchema, at: string): [StructuralSchema, string, Level][] {
  return [
    ...(schema.items ? [[schema.items, `${at}.items`, 'item'] as [StructuralSchema, string, Level]] : []),
    ...Object.entries(schema.properties ?? {}).map(([name, inner]): [StructuralSchema, string, Level] => [
      inner,
      `${at}.properties[${name}]`,
      'field',
    ]),
    ...(isSchema(schema.additionalProperties)
      ? [
          [schema.additionalProperties, `${at}.additionalProperties`, 'field'] as [
            StructuralSchema,
            string,
            Level,
          ],
        ]
      : []),
  ];
}

const combined = (schema: StructuralSchema, at: string): [StructuralSchema, string][] => [
  ...(['anyOf', 'allOf', 'oneOf'] as const).flatMap((name) =>
    (schema[name] ?? []).map((inner, index): [StructuralSchema, string] => [
      inner,
      `${at}.${name}[${index}]`,
    ]),
  ),
  ...(schema.not ? [[schema.not, `${at}.not`] as [StructuralSchema, string]] : []),
];

/** What single keywords may not say. */
function keywordErrors(schema: StructuralSchema, at: string, root = false): FieldError[] {
  const fields: Record<string, unknown> = { ...schema };
  const errors: FieldError[] = [];
  if (schema.uniqueItems) {
    errors.push(
      forbiddenField(
        `${at}.uniqueItems`,
        'uniqueItems cannot be set to true since the runtime complexity becomes quadratic',
      ),
    );
  }
  if (
    schema.properties &&
    schema.additionalProperties !== undefined &&
    schema.additionalProperties !== false
  ) {
    errors.push(
      forbiddenField(
        `${at}.additionalProperties`,
        'additionalProperties and properties are mutual exclusive',
      ),
    );
  }
  for (const keyword of ['$ref', 'patternProperties', 'definitions', 'dependencies', 'additionalItems']) {
    if (fields[keyword] !== undefined)
      errors.push(forbiddenField(`${at}.${keyword}`, `${keyword} is not supported`));
  }
  if (schema.type !== undefined && !TYPES.includes(schema.type)) {
    errors.push(unsupportedValue(`${at}.type`, schema.type, TYPES));
  }
  if (schema['x-kubernetes-preserve-unknown-fields'] === false) {
    errors.push(
      invalidValue(`${at}.x-kubernetes-preserve-unknown-fields`, false, 'must be true or undefined'),
    );
  }
  errors.push(...listTypeErrors(schema, at));
  if (root && schema.nullable)
    errors.push(forbiddenField(`${at}.nullable`, 'nullable cannot be true at the root'));
  for (const [inner, path] of [...innerSchemas(schema, at), ...combined(schema, at)]) {
    errors.push(...keywordErrors(inner, path));
  }
  return errors;
}

const LIST_TYPES = ['atomic', 'set', 'map'];

function listTypeErrors(schema: StructuralSchema, at: string): FieldError[] {
  const kind = schema['x-kubernetes-list-type'];
  const keys = schema['x-kubernetes-list-map-keys'];
  const errors: FieldError[] = [];
  if (kind !== undefined && !LIST_TYPES.includes(kind)) {
    errors.push(unsupportedValue(`${at}.x-kubernetes-list-type`, kind, LIST_TYPES));
  } else if (kind !== undefined && schema.type !== 'array') {
    errors.push(
      schema.type === undefined
        ? required(`${at}.type`, 'must be array if x-kubernetes-list-type is specified')
        : invalidValue(`${at}.type`, schema.type, 'must be array if x-kubernetes-list-type is specified'),
    );
  }
  const keysAt = `${at}.x-kubernetes-list-map-keys`;
  if (kind === 'map' && !keys?.length) {
    errors.push(required(keysAt, 'must not be empty if x-kubernetes-list-type is map'));
  } else if (kind !== 'map' && keys?.length) {
    errors.push(
      kind === undefined
        ? required(`${at}.x-kubernetes-list-type`, 'must be map if x-kubernetes-list-map-keys is non-empty')
        : invalidValue(
            `${at}.x-kubernetes-list-type`,
            kind,
            'must be map if x-kubernetes-list-map-keys is non-empty',
          ),
    );
  }
  if (kind === 'map' && keys?.length && schema.items) {
    const { properties = {}, type } = schema.items;
    if (type !== 'object') {
      errors.push(
        invalidValue(
          `${at}.items.type`,
          type,
          "must be object if parent array's x-kubernetes-list-type is map",
        ),
      );
    }
    if (keys.some((key) => !Object.hasOwn(properties, key))) {
      errors.push(invalidValue(keysAt, keys, 'entries must all be names of item properties'));
    }
    for (const [index, key] of keys.entries()) {
      if (keys.indexOf(key) < index) errors.push(invalidValue(`${keysAt}[${index}]`, key, 'duplicate'));
      const property = properties[key];
      const needed = schema.items.required?.includes(key) === true || property?.default !== undefined;
      if (property && !needed) {
        errors.push(
          required(
            `${at}.items.properties[${key}].default`,
            'this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property',
          ),
        );
      }
    }
  }
  if (kind === 'set' && schema.items) errors.push(...setItemErrors(schema.items, `${at}.items`));
  return errors;
}

function setItemErrors(items: StructuralSchema, at: string): FieldError[] {
  const why = 'as item of a list with x-kubernetes-list-type=set';
  const errors: FieldError[] = [];
  if (items.nullable)
    errors.push(forbiddenField(`${at}.nullable`, 'cannot be nullable when x-kubernetes-list-type is "set"'));
  if (items.type === 'object' && items['x-kubernetes-map-type'] !== 'atomic') {
    const found = items['x-kubernetes-map-type'] ?? null;
    errors.push(invalidValue(`${at}.x-kubernetes-map-type`, found, `must be atomic ${why}`));
  }
  const inner = items['x-kubernetes-list-type'];
  if (items.type === 'array' && inner !== undefined && inner !== 'atomic') {
    errors.push(invalidValue(`${at}.x-kubernetes-list-type`, inner, `must be atomic ${why}`));
  }
  return errors;
}

const INT_OR_STRING = [{ type: 'integer' }, { type: 'string' }];

/** What makes a schema structural: every field is declared, and combinations only narrow what is declared. */
function structureErrors(schema: StructuralSchema, at: string, level: Level): FieldError[] {
  const errors: FieldError[] = [];
  const embedded = schema['x-kubernetes-embedded-resource'] === true;
  const keeps = schema['x-kubernetes-preserve-unknown-fields'] === true;
  const either = schema['x-kubernetes-int-or-string'] === true;
  const { type } = schema;
  if (type === 'array' && !schema.items) errors.push(required(`${at}.items`, 'must be specified'));
  if (
    level === 'root' &&
    schema.additionalProperties !== undefined &&
    schema.additionalProperties !== false
  ) {
    errors.push(forbiddenField(`${at}.additionalProperties`, 'must not be used at the root'));
  }
  if (embedded && type !== 'object') {
    const why = 'must be object if x-kubernetes-embedded-resource is true';
    errors.push(type === undefined ? required(`${at}.type`, why) : invalidValue(`${at}.type`, type, why));
  } else if (type === undefined && !either && !keeps) {
    const where = {
      root: 'at the root',
      item: 'for specified array items',
      field: 'for specified object fields',
    };
    errors.push(required(`${at}.type`, `must not be empty ${where[level]}`));
  }
  if (level === 'root' && type !== undefined && type !== 'object') {
    errors.push(invalidValue(`${at}.type`, type, 'must be object at the root'));
  }
  if (embedded && !keeps && Object.keys(schema.properties ?? {}).length === 0) {
    errors.push(
      required(
        `${at}.properties`,
        'must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields',
      ),
    );
  }
  errors.push(...metadataErrors(schema, at, level), ...patternErrors(schema, at));
  const skipsAnyOf = equalJson(schema.anyOf, INT_OR_STRING);
  for (const [inner, path] of combined(schema, at)) {
    if (!(skipsAnyOf && path.startsWith(`${at}.anyOf`))) errors.push(...nestedErrors(inner, path));
  }
  for (const [inner, path, innerLevel] of innerSchemas(schema, at)) {
    errors.push(...structureErrors(inner, path, innerLevel));
  }
  return errors;
}

function metadataErrors(schema: StructuralSchema, at: string, level: Level): FieldError[] {
  if (level !== 'root' && !schema['x-kubernetes-embedded-resource']) return [];
  const { kind, apiVersion, metadata } = schema.properties ?? {};
  const errors: FieldError[] = [];
  for (const [name, property] of Object.entries({ kind, apiVersion })) {
    if (property && property.type !== 'string') {
      errors.push(invalidValue(`${at}.properties[${name}].type`, property.type ?? '', 'must be string'));
    }
  }
  if (!metadata) return errors;
  const metadataAt = `${at}.properties[metadata]`;
  if (metadata.type !== 'object')
    errors.push(invalidValue(`${metadataAt}.type`, metadata.type ?? '', 'must be object'));
  const { type: _type, properties = {}, description: _description, ...rest } = metadata;
  const restrictsOthers = Object.keys(properties).some((name) => name !== 'name' && name !== 'generateName');
  if (level === 'root' && (restrictsOthers || Object.keys(rest).length > 0)) {
    errors.push(
      forbiddenField(
        metadataAt,
        'must not specify anything other than name and generateName, but metadata is implicitly specified',
      ),
    );
  }
  return errors;
}

function patternErrors({ pattern }: StructuralSchema, at: string): FieldError[] {
  if (pattern === undefined) return [];
  try {
    RE2JS.compile(pattern);
    return [];
  } catch (error) {
    const fault = error instanceof Error ? error.message : String(error);
    return [
      invalidValue(`${at}.pattern`, pattern, `must be a valid regular expression, but isn't: ${fault}`),
    ];
  }
}

/** Inside of a combination nothing may be declared. */
function nestedErrors(schema: StructuralSchema, at: string): FieldError[] {
  const errors: FieldError[] = [];
  const forbid = (keyword: string, isSet: boolean, rule: string) => {
    if (isSet) errors.push(forbiddenField(`${at}.${keyword}`, `${rule} to be structural`));
  };
  forbid('type', schema.type !== undefined, 'must be empty');
  forbid('additionalProperties', schema.additionalProperties !== undefined, 'must be undefined');
  forbid('default', schema.default !== undefined, 'must be undefined');
  forbid('title', schema.title !== undefined, 'must be empty');
  forbid('description', schema.description !== undefined, 'must be empty');
  forbid('nullable', schema.nullable === true, 'must be false');
  for (const name of ['preserve-unknown-fields', 'embedded-resource', 'int-or-string'] as const) {
    forbid(`x-kubernetes-${name}`, schema[`x-kubernetes-${name}`] === true, 'must be false');
  }
  forbid('x-kubernetes-list-map-keys', schema['x-kubernetes-list-map-keys'] !== undefined, 'must be empty');
  forbid('x-kubernetes-list-type', schema['x-kubernetes-list-type'] !== undefined, 'must be undefined');
  forbid('x-kubernetes-map-type', schema['x-kubernetes-map-type'] !== undefined, 'must be undefined');
  forbid('x-kubernetes-validations', schema['x-kubernetes-validations'] !== undefined, 'must be empty');
  if (schema.properties && Object.hasOwn(schema.properties, 'metadata')) {
    errors.push(forbiddenField(`${at}.properties[metadata]`, 'must not be specified in a nested context'));
  }
  errors.push(...patternErrors(schema, at));
  for (const [inner, path] of [...innerSchemas(schema, at), ...combined(schema, at)]) {
    errors.push(...nestedErrors(inner, path));
  }
  return errors;
}

/** Defaults have to fit the schema that they stand in. */
function defaultErrors(schema: StructuralSchema, at: string): FieldError[] {
  const errors: FieldError[] = [];
  if (schema.default !== undefined && schema.default !== null) {
    const pruned = structuredClone(schema.default);
    const unknown = isFields(pruned)
      ? prune({ value: pruned }, { type: 'object', properties: { value: schema } })
      : [];
    if (unknown.length > 0) {
      errors.push(invalidValue(`${at}.default`, schema.default, 'must not have unknown fields'));
    } else {
      const found = valueErrors(schema.default, schema, '');
      errors.push(
        ...found.map((error) => ({ ...error, field: `${at}.default${error.field && `.${error.field}`}` })),
      );
    }
  }
  for (const [inner, path] of innerSchemas(schema, at)) errors.push(...defaultErrors(inner, path));
  return errors;
}

function ruleErrors(schema: StructuralSchema, at: string): FieldError[] {
  const errors: FieldError[] = [];
  for (const [index, rule] of (schema['x-kubernetes-validations'] ?? []).entries()) {
    errors.push(...compileRule(rule, schema, `${at}.x-kubernetes-validations[${index}]`).errors);
  }
  for (const [inner, path] of innerSchemas(schema, at)) errors.push(...ruleErrors(inner, path));
  return errors;
}
