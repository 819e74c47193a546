import { isFields } from '../json-value.ts';
import type { Fields } from '../json-value.ts';
import { isMember } from './field-set.ts';
import type { FieldSet } from './field-set.ts';
import { itemElement } from './list-item.ts';
import { typeFor, typeOfKey } from './merge-type.ts';
import type { ListType, MapType, MergeType } from './merge-type.ts';
import { fieldElement } from './path-element.ts';

/**
 * A value without the fields of a set, and without the maps and lists that this leaves empty. What is empty or
 * merges as a whole has no parts to keep, so a set that reaches into it takes all of it: then the result is null.
 */
export function removeFields(value: unknown, fields: FieldSet, type: MergeType): unknown {
  const { map, scalar, list } = typeFor(type, value);
  if (map) return isFields(value) ? removeFromMap(value, fields, map) : null;
  if (scalar) return value;
  return list && Array.isArray(value) ? removeFromList(value, fields, list) : null;
}

function removeFromMap(value: Fields, fields: FieldSet, map: MapType): unknown {
  if (map.atomic) return null;
  const kept: Fields = {};
  for (const [key, inner] of Object.entries(value)) {
    const branch = fields[fieldElement(key)];
    if (!branch) kept[key] = inner;
    else if (!isMember(branch)) kept[key] = removeFields(inner, branch, typeOfKey(map, key) ?? {});
  }
  return Object.keys(kept).length > 0 ? kept : null;
}

function removeFromList(value: unknown[], fields: FieldSet, list: ListType): unknown {
  if (list.atomic) return null;
  const kept = value.flatMap((item) => {
    const branch = fields[itemElement(item, list)];
    if (!branch) return [item];
    return isMember(branch) ? [] : [removeFields(item, branch, list.element())];
  });
  return kept.length > 0 ? kept : null;
}
