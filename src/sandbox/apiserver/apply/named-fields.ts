import { NO_FIELDS, asNode, elementsOf, isMember } from './field-set.ts';
import type { FieldSet } from './field-set.ts';
import { typeOfKey } from './merge-type.ts';
import type { MergeType } from './merge-type.ts';
import { fieldName } from './path-element.ts';

/** A set in which the declared fields that lead to its members are members, too. */
export function withNamedFields(fields: FieldSet, type: MergeType): FieldSet {
  const result: Record<string, FieldSet> = {};
  for (const element of elementsOf(fields)) {
    const branch = fields[element] ?? NO_FIELDS;
    const name = fieldName(element);
    const named = name !== undefined && type.map?.field(name) !== undefined;
    const inner =
      name === undefined
        ? element.startsWith('k:') && type.list?.element()
        : type.map && typeOfKey(type.map, name);
    const node = asNode(isMember(branch) || named, withNamedFields(branch, inner || {}));
    if (node) result[element] = node;
  }
  return result;
}
