import { isFields } from '../json-value.ts';
import type { Fields } from '../json-value.ts';
import type { ListType } from './merge-type.ts';
import { keysElement, valueElement } from './path-element.ts';
import type { PathElement } from './path-element.ts';

/**
 * What tells an item of a list from the others: its keys, or in a set its value.
 * @throws {Error} when it has no such thing
 */
export function itemElement(item: unknown, list: ListType): PathElement {
  return list.keys.length > 0 ? elementByKeys(item, list) : elementByValue(item);
}

function elementByKeys(item: unknown, list: ListType): PathElement {
  if (item === null || item === undefined) {
    throw new Error('associative list with keys may not have a null element');
  }
  if (!isFields(item)) throw new Error('associative list with keys may not have non-map elements');
  const found: Fields = {};
  for (const key of list.keys) {
    const value = Object.hasOwn(item, key) ? item[key] : list.element().map?.field(key)?.default;
    // An item without a key is another one than those with any value of it.
    if (value !== undefined && (value !== null || Object.hasOwn(item, key))) found[key] = value;
  }
  if (Object.keys(found).length === 0) {
    const keys = list.keys.map((key) => JSON.stringify(key)).join(' ');
    throw new Error(
      `associative list with keys has an element that omits all key fields [${keys}] (and doesn't have default values for any key fields)`,
    );
  }
  return keysElement(found);
}

function elementByValue(item: unknown): PathElement {
  if (isFields(item)) throw new Error("associative list without keys has an element that's a map type");
  if (Array.isArray(item)) throw new Error('not supported: associative list with lists as elements');
  if (item === null || item === undefined) {
    throw new Error("associative list without keys has an element that's an explicit null");
  }
  return valueElement(item);
}
