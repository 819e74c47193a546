import type { ObjectReference } from '../api/kanister/types.ts';
import type { JsonObject } from '../kubernetes/objects.ts';
import { object, string, type ArgumentOptions, type ArgumentSchema } from './arguments.ts';

const FIELDS = ['apiVersion', 'group', 'resource', 'kind', 'name', 'namespace'] as const;

/** An argument that names an object. Its fields are texts, in upper or lower case as Go's decoder takes them; others are ignored. */
export function objectReference(
  options: Omit<ArgumentOptions<JsonObject>, 'default'>,
): ArgumentSchema<ObjectReference | undefined> {
  const map = object(options);
  return {
    ...map,
    decode: (name, value) => fieldsOf(name, map.decode(name, value) ?? {}),
    default: undefined,
  };
}

function fieldsOf(argument: string, given: JsonObject): ObjectReference {
  const { decode } = string({ doc: '' });
  const reference: ObjectReference = {};
  for (const field of FIELDS) {
    const keys = Object.keys(given).filter((key) => key.toLowerCase() === field.toLowerCase());
    const key = keys.includes(field) ? field : keys[0];
    const text = key === undefined ? undefined : decode(argument, given[key] ?? null);
    if (text !== undefined) reference[field] = text;
  }
  return reference;
}
