import { compileRule } from './cel-rule.ts';
import type { CompiledRule, RuleVariables } from './cel-rule.ts';
import { equalJson, fieldsOf, isFields } from './json-value.ts';
import type { Fields } from './json-value.ts';
import { earlierField, earlierItems } from './schema-validation.ts';
import { forbiddenField, invalidValue, quote, required } from './status-error.ts';
import type { FieldError } from './status-error.ts';
import { isSchema, joinPath, schemaOfKey } from './structural-schema.ts';
import type { StructuralSchema, ValidationRule } from './structural-schema.ts';

/** Faults that leave an object's shape open: rules that rely on it are not asked then. */
const BLOCKING = new Set([
  'FieldValueRequired',
  'FieldValueTypeInvalid',
  'FieldValueTooLong',
  'FieldValueTooMany',
  'FieldValueNotSupported',
]);

/**
 * What the CEL rules of a schema say about a custom resource. `errors` is what else was found wrong with it, `old` what was there before: a value that did
 * not change is not complained of, and rules about a change apply only where there was one.
 */
export function ruleErrors(
  object: Fields,
  schema: StructuralSchema,
  errors: readonly FieldError[],
  old?: Fields,
): FieldError[] {
  if (!hasRules(schema)) return [];
  if (errors.some(({ reason }) => BLOCKING.has(reason))) {
    return [
      invalidValue(
        '<nil>',
        null,
        'some validation rules were not checked because the object was invalid; correct the existing errors to complete validation',
      ),
    ];
  }
  return errorsAt({ value: object, schema, at: '', root: true, ...(old && { old: { value: old } }) });
}

const known = new WeakMap<StructuralSchema, boolean>();

/** A schema never changes once it is stored, so it is searched once. */
function hasRules(schema: StructuralSchema): boolean {
  const found = known.get(schema);
  if (found !== undefined) return found;
  const { items, additionalProperties, properties = {} } = schema;
  const has =
    (schema['x-kubernetes-validations']?.length ?? 0) > 0 ||
    (items !== undefined && hasRules(items)) ||
    (isSchema(additionalProperties) && hasRules(additionalProperties)) ||
    Object.values(properties).some(hasRules);
  known.set(schema, has);
  return has;
}

interface Visited {
  value: unknown;
  schema: StructuralSchema;
  at: string;
  root?: boolean;
  old?: { value: unknown };
}

function errorsAt(visited: Visited): FieldError[] {
  const { value, schema, at, old } = visited;
  if (!hasRules(schema) || value === null || (old && equalJson(value, old.value))) return [];
  return [...ownErrors(visited), ...innerErrors(value, schema, at, old)];
}

function innerErrors(
  value: unknown,
  schema: StructuralSchema,
  at: string,
  old: Visited['old'],
): FieldError[] {
  const { items } = schema;
  if (Array.isArray(value)) {
    if (!items) return [];
    const before = earlierItems(schema, old);
    return value.flatMap((item: unknown, index) => {
      const earlier = before(item);
      return errorsAt({
        value: item,
        schema: items,
        at: `${at}[${index}]`,
        ...(earlier && { old: earlier }),
      });
    });
  }
  if (!isFields(value)) return [];
  return Object.keys(value).flatMap((key) => {
    const inner = schemaOfKey(schema, key);
    if (!inner) return [];
    const isField = schema.properties !== undefined && Object.hasOwn(schema.properties, key);
    const earlier = earlierField(old, key);
    return errorsAt({
      value: value[key],
      schema: inner,
      at: isField ? joinPath(at, key) : `${at}[${key}]`,
      ...(earlier && { old: earlier }),
    });
  });
}

const compiled = new WeakMap<ValidationRule, CompiledRule>();

function ownErrors({ value, schema, at, root = false, old }: Visited): FieldError[] {
  const rules = schema['x-kubernetes-validations'] ?? [];
  if (rules.length === 0) return [];
  const variables: RuleVariables = {
    self: celValue(value, schema, root),
    ...(old && { oldSelf: celValue(old.value, schema, root) }),
  };
  return rules.flatMap((rule) => {
    const program = compiled.get(rule) ?? compileRule(rule, schema, at);
    compiled.set(rule, program);
    if (program.isTransition && !old && !rule.optionalOldSelf) return [];
    return check(rule, program, variables, { at, type: schema.type ?? 'object' });
  });
}

function check(
  rule: ValidationRule,
  program: CompiledRule,
  variables: RuleVariables,
  { at, type }: { at: string; type: string },
): FieldError[] {
  const place = `${at}${rule.fieldPath ?? ''}`.replace(/^\./, '') || '<nil>';
  const message = rule.message?.trim();
  try {
    if (program.evaluate(variables) === true) return [];
  } catch (error) {
    const fault = celFault(error);
    return [invalidValue(at || '<nil>', type, `${fault} evaluating rule: ${message || rule.rule}`)];
  }
  const text = messageOf(program, variables) ?? (message || `failed rule: ${rule.rule}`);
  switch (rule.reason) {
    case 'FieldValueForbidden':
      return [forbiddenField(place, text)];
    case 'FieldValueRequired':
      return [required(place, text)];
    case 'FieldValueDuplicate':
      return [{ field: place, reason: rule.reason, message: `Duplicate value: ${quote(type)}` }];
    default:
      return [invalidValue(place, type, text)];
  }
}

function messageOf(program: CompiledRule, variables: RuleVariables): string | undefined {
  try {
    return program.message(variables);
  } catch {
    // A message that cannot be made leaves the rule's fixed one.
    return undefined;
  }
}

/** The evaluator's words begin like Go's, but with a capital. */
function celFault(error: unknown): string {
  const text = (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
  return text.charAt(0).toLowerCase() + text.slice(1);
}

/** JSON does not tell whole numbers from others; the schema does. */
function celValue(value: unknown, schema: StructuralSchema | undefined, root = false): unknown {
  if (typeof value === 'number') {
    return schema?.type === 'number' || !Number.isInteger(value) ? value : BigInt(value);
  }
  if (typeof value === 'string') {
    return schema?.format === 'date-time' || schema?.format === 'date' ? new Date(value) : value;
  }
  if (Array.isArray(value)) return value.map((item) => celValue(item, schema?.items));
  if (!isFields(value)) return value;
  const entries = Object.entries(value).map(([key, item]): [string, unknown] => {
    if (root && key === 'metadata') {
      const { name, generateName } = fieldsOf(item);
      return [
        key,
        { ...(name !== undefined && { name }), ...(generateName !== undefined && { generateName }) },
      ];
    }
    return [escaped(key), celValue(item, schema && schemaOfKey(schema, key))];
  });
  return Object.fromEntries(entries);
}

const RESERVED = new Set(
  'true false null in as break const continue else for function if import let loop package namespace return var void while'.split(
    ' ',
  ),
);

/** How a field is written whose name is no name in CEL. */
function escaped(key: string): string {
  if (RESERVED.has(key)) return `__${key}__`;
  return key
    .replaceAll('__', '__underscores__')
    .replaceAll('.', '__dot__')
    .replaceAll('-', '__dash__')
    .replaceAll('/', '__slash__');
}
