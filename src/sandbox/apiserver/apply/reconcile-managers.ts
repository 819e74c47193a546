import type { ApiObject } from '../resource-definition.ts';
import { NO_FIELDS, asNode, elementsOf, hasBelow, isMember } from './field-set.ts';
import type { FieldSet } from './field-set.ts';
import type { Managers } from './managed-fields.ts';
import { typeOfKey } from './merge-type.ts';
import type { MergeType } from './merge-type.ts';
import type { OwnershipRules } from './ownership-rules.ts';
import { fieldName } from './path-element.ts';

/**
 * Owners of parts of what is owned as a whole since its schema was changed own the whole.
 * @param live only for telling which versions there are
 */
export function reconcileManagers(managers: Managers, live: ApiObject, rules: OwnershipRules): Managers {
  const reconciled = new Map(managers);
  for (const [identity, owner] of managers) {
    const type =
      owner.apiVersion === rules.apiVersion ? rules.type : rules.inVersion(live, owner.apiVersion)?.type;
    // Those of versions that are gone are dropped when they are next compared.
    if (!type) continue;
    const fields = reconciledBelow(owner.fields, type);
    if (fields !== owner.fields) reconciled.set(identity, { ...owner, fields });
  }
  return reconciled;
}

function reconciledBelow(fields: FieldSet, type: MergeType): FieldSet {
  let result: Record<string, FieldSet> | undefined;
  for (const element of elementsOf(fields)) {
    const branch = fields[element] ?? NO_FIELDS;
    if (!hasBelow(branch)) continue;
    const inner = typeBelow(type, element);
    if (!inner) continue;
    const atomic = inner.map ? inner.map.atomic : !inner.scalar && inner.list?.atomic === true;
    const reconciled = atomic
      ? NO_FIELDS
      : (asNode(isMember(branch), reconciledBelow(branch, inner)) ?? NO_FIELDS);
    if (reconciled !== branch) (result ??= { ...fields })[element] = reconciled;
  }
  return result ?? fields;
}

function typeBelow({ map, list, scalar }: MergeType, element: string): MergeType | undefined {
  if (map) {
    const name = fieldName(element);
    return map.deduced || name === undefined ? undefined : typeOfKey(map, name);
  }
  return scalar ? undefined : list?.element();
}
