import { isFields } from '../json-value.ts';
import type { Fields } from '../json-value.ts';
import { NO_FIELDS, asNode } from './field-set.ts';
import type { FieldSet } from './field-set.ts';
import { itemElement } from './list-item.ts';
import { typeFor, typeOfKey } from './merge-type.ts';
import type { ListType, MapType, MergeType } from './merge-type.ts';
import { fieldElement } from './path-element.ts';

/** The fields that a value sets: leaves, items of lists, and keys of maps. The value has to be of the type. */
export function fieldsOfValue(value: unknown, type: MergeType): FieldSet {
  return asNode(false, nodeOf(value, type) ?? NO_FIELDS) ?? NO_FIELDS;
}

/** What of a value is in the set, as a branch: `undefined` where nothing is. */
function nodeOf(value: unknown, type: MergeType): FieldSet | undefined {
  const { map, scalar, list } = typeFor(type, value);
  if (map) return nodeOfMap(value, map);
  if (scalar) return NO_FIELDS;
  return list && nodeOfList(value, list);
}

function nodeOfMap(value: unknown, map: MapType): FieldSet | undefined {
  if (map.atomic) return NO_FIELDS;
  if (!isFields(value)) return undefined;
  const node: Record<string, FieldSet> = {};
  for (const key of Object.keys(value)) {
    const inner = value[key];
    if (inner === undefined) continue;
    const below = nodeOf(inner, typeOfKey(map, key) ?? {});
    const owned = inner === null || isEmptyMap(inner) || !map.field(key);
    const branch = owned ? asNode(true, below ?? NO_FIELDS) : below;
    if (branch) node[fieldElement(key)] = branch;
  }
  return Object.keys(node).length > 0 ? node : undefined;
}

function nodeOfList(value: unknown, list: ListType): FieldSet | undefined {
  if (list.atomic) return NO_FIELDS;
  if (!Array.isArray(value)) return undefined;
  const node: Record<string, FieldSet> = {};
  const seen = new Set<string>();
  for (const item of value) {
    const element = itemElement(item, list);
    // Of items that are there twice nobody owns parts.
    node[element] = seen.has(element)
      ? NO_FIELDS
      : (asNode(true, nodeOf(item, list.element()) ?? NO_FIELDS) ?? NO_FIELDS);
    seen.add(element);
  }
  return seen.size > 0 ? node : undefined;
}

export const isEmptyMap = (value: unknown): value is Fields =>
  isFields(value) && Object.keys(value).length === 0;
