import { string, type ArgumentSchema } from '../engine/arguments.ts';
import { Failure } from '../engine/failure.ts';
import type { Json, JsonObject } from '../kubernetes/objects.ts';

/** What a wait is for: one of `anyOf`, or all of `allOf`. Its texts are as the Blueprint has them. */
export interface WaitConditions {
  anyOf: WaitCondition[];
  allOf: WaitCondition[];
}

export interface WaitCondition {
  /** Its place, for people: `conditions.anyOf[0]`. */
  where: string;
  condition: string;
  objectReference: WaitReference;
}

/** `namespace` is empty for what has none. */
export interface WaitReference {
  apiVersion: string;
  group: string;
  resource: string;
  name: string;
  namespace: string;
}

/**
 * The argument `conditions`: `{anyOf: [{condition, objectReference}], allOf: […]}`, keys in any case, others ignored, and a list of one
 * without its brackets, as in the original.
 */
export function waitConditions({ doc }: { doc: string }): ArgumentSchema<WaitConditions> {
  return {
    type: 'object',
    required: true,
    doc,
    default: undefined,
    decode(name, value) {
      const conditions = mapAt(name, '', value);
      return {
        anyOf: conditionsAt(name, 'anyOf', conditions),
        allOf: conditionsAt(name, 'allOf', conditions),
      };
    },
  };
}

function conditionsAt(name: string, key: string, conditions: JsonObject): WaitCondition[] {
  return itemsOf(fieldOf(conditions, key)).map((item, index) => {
    const path = `${key}[${index}]`;
    const condition = mapAt(name, path, item);
    const reference = mapAt(name, `${path}.objectReference`, fieldOf(condition, 'objectReference'));
    const text = (field: keyof WaitReference) =>
      textAt(name, `${path}.objectReference.${field}`, fieldOf(reference, field));
    return {
      where: `${name}.${path}`,
      condition: textAt(name, `${path}.condition`, fieldOf(condition, 'condition')),
      objectReference: {
        apiVersion: text('apiVersion'),
        group: text('group'),
        resource: text('resource'),
        name: text('name'),
        namespace: text('namespace'),
      },
    };
  });
}

function fieldOf(map: JsonObject, name: string): Json {
  const key = Object.hasOwn(map, name)
    ? name
    : Object.keys(map).find((candidate) => candidate.toLowerCase() === name.toLowerCase());
  return (key === undefined ? undefined : map[key]) ?? null;
}

function itemsOf(value: Json): Json[] {
  if (value === null) return [];
  if (Array.isArray(value)) return value;
  return typeof value === 'object' && Object.keys(value).length === 0 ? [] : [value];
}

function mapAt(name: string, path: string, value: Json): JsonObject {
  if (value === null) return {};
  if (typeof value === 'object' && !Array.isArray(value)) return value;
  throw undecodable(name, `'${path}' expected a map, got '${Array.isArray(value) ? 'slice' : typeof value}'`);
}

function textAt(name: string, path: string, value: Json): string {
  if (value !== null && typeof value === 'object') {
    throw undecodable(
      name,
      `'${path}' expected type 'string', got unconvertible type '${Array.isArray(value) ? '[]interface {}' : 'map[string]interface {}'}'`,
    );
  }
  return TEXT.decode(name, value);
}

const TEXT = string({ doc: '', default: '' });

function undecodable(name: string, problem: string): Failure {
  return new Failure('InvalidArgument', `Failed to decode arg \`${name}\`: ${problem}`, {
    argument: name,
    hint: 'Give anyOf, allOf or both, each a list of {condition, objectReference: {apiVersion, group, resource, name, namespace}}.',
  });
}
