import { PRIMITIVES } from './merge-schema.ts';
import type { MergeSchema } from './merge-schema.ts';
import type { Json, JsonObject } from './objects.ts';

/** Where in an object a merge is. */
export interface Place {
  schema: MergeSchema;
  path: string;
}

/** The patch can't be applied to the object. Names the place, never the values. */
export class InvalidMergePatch extends Error {
  constructor(place: Place, fault: string) {
    super(`${place.path === '' ? 'the patch' : place.path}: ${fault}`);
    this.name = 'InvalidMergePatch';
  }
}

/** Where a map or a list item says what is to be done with it. */
export const PATCH = '$patch';

export function at({ schema, path }: Place, key: string): Place {
  return { schema, path: path === '' ? key : `${path}.${key}` };
}

/** The field by which the items of a list are told apart, '' for those that are told apart as a whole; absent for a list that is replaced. */
export function mergeKeyOf({ schema, path }: Place): string | undefined {
  const key = Object.hasOwn(schema, path) ? schema[path] : undefined;
  return key === PRIMITIVES ? '' : key;
}

export function isMap(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** @throws {InvalidMergePatch} for anything but a map */
export function requireMap(item: Json | undefined, place: Place): JsonObject {
  if (isMap(item)) return item;
  throw new InvalidMergePatch(place, `expected a list of maps, found ${kindOf(item)} in it`);
}

/** Go's kinds of JSON: two values of different kinds are not merged. */
export function kindOf(value: Json | undefined): string {
  if (value === null || value === undefined) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a map';
  if (typeof value === 'number') return Number.isInteger(value) ? 'an integer' : 'a fraction';
  return typeof value === 'string' ? 'a string' : 'a boolean';
}
