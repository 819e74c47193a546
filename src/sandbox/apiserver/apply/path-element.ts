import { isFields } from '../json-value.ts';
import { goJson } from './go-json.ts';

/**
 * One step of a path, written as FieldsV1 writes it: `f:NAME` is a field, `k:{"name":"db"}` the item of a list
 * that has these keys, `v:"x"` the item of a set with this value, `i:0` a place in a list.
 */
export type PathElement = string;

export const fieldElement = (name: string): PathElement => `f:${name}`;

/** @param keys in any order */
export const keysElement = (keys: Record<string, unknown>): PathElement => `k:${goJson(keys)}`;

export const valueElement = (value: unknown): PathElement => `v:${goJson(value)}`;

/** The field's name, when the element is one. */
export const fieldName = (element: PathElement): string | undefined =>
  element.startsWith('f:') ? element.slice(2) : undefined;

/**
 * The same element in the one way it is written here; `undefined` for a kind of element that is not known.
 * @throws {Error} when it can't be read
 */
export function canonicalElement(text: string): PathElement | undefined {
  if (text.length < 2)
    throw new Error(`path elements are at least 2 characters long, found ${JSON.stringify(text)}`);
  if (text[1] !== ':') throw new Error(`missing colon: ${text}`);
  const content = text.slice(2);
  switch (text[0]) {
    case 'f':
      return text;
    case 'v':
      return valueElement(JSON.parse(content));
    case 'k': {
      const keys: unknown = JSON.parse(content);
      if (!isFields(keys)) throw new Error(`the keys of a path element must be an object, found ${content}`);
      return keysElement(keys);
    }
    case 'i': {
      if (!/^[+-]?\d+$/.test(content)) throw new Error(`not a list index: ${content}`);
      return `i:${Number(content)}`;
    }
    default:
      return undefined;
  }
}

/** The order in which a set's elements are written: fields, keys, values, indexes. */
export function compareElements(a: PathElement, b: PathElement): number {
  const kind = KINDS.indexOf(a.charAt(0)) - KINDS.indexOf(b.charAt(0));
  if (kind !== 0) return kind;
  switch (a.charAt(0)) {
    case 'k':
      return compareKeys(Object.entries(keysOf(a)), Object.entries(keysOf(b)));
    case 'v':
      return compareValues(contentOf(a), contentOf(b));
    case 'i':
      return Number(a.slice(2)) - Number(b.slice(2));
    default:
      return compareTexts(a, b);
  }
}

/** A path as people read it: `.spec.containers[name="db"].image`. */
export const printPath = (path: readonly PathElement[]): string => path.map(printElement).join('');

export function printElement(element: PathElement): string {
  switch (element.charAt(0)) {
    case 'k':
      return `[${Object.entries(keysOf(element))
        .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
        .join(',')}]`;
    case 'v':
      return `[=${JSON.stringify(contentOf(element))}]`;
    case 'i':
      return `[${element.slice(2)}]`;
    default:
      return `.${element.slice(2)}`;
  }
}

const KINDS = 'fkvi';

const contentOf = (element: PathElement): unknown => JSON.parse(element.slice(2));

function keysOf(element: PathElement): Record<string, unknown> {
  const keys = contentOf(element);
  return isFields(keys) ? keys : {};
}

const compareTexts = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function compareKeys(a: [string, unknown][], b: [string, unknown][]): number {
  for (const [index, [name, value]] of a.entries()) {
    const [otherName, otherValue] = b[index] ?? [];
    if (otherName === undefined) return 1;
    const order = compareTexts(name, otherName) || compareValues(value, otherValue);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

/** Numbers before texts before booleans; among each other in their own order. */
function compareValues(a: unknown, b: unknown): number {
  const rank = rankOf(a) - rankOf(b);
  if (rank !== 0) return rank;
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  if (typeof a === 'boolean' && typeof b === 'boolean') return Number(a) - Number(b);
  return compareTexts(String(a), String(b));
}

const rankOf = (value: unknown): number =>
  typeof value === 'number' ? 0 : typeof value === 'string' ? 1 : typeof value === 'boolean' ? 2 : 3;
