import type { ApiObject } from '../resource-definition.ts';
import { TypeMismatch, checkType } from './check-type.ts';
import { compareValues } from './compare-values.ts';
import type { Comparison } from './compare-values.ts';
import { NO_FIELDS, difference, intersection, isEmptySet, union, withoutBranches } from './field-set.ts';
import type { FieldSet } from './field-set.ts';
import { foldOldManagers } from './fold-old-managers.ts';
import {
  NO_MANAGERS,
  identityOf,
  inOrder,
  parseManagers,
  readManagers,
  writeManagers,
} from './managed-fields.ts';
import type { Manager, Managers } from './managed-fields.ts';
import type { OwnershipRules } from './ownership-rules.ts';
import { UNOWNED } from './ownership-rules.ts';
import { reconcileManagers } from './reconcile-managers.ts';

/** A write that is no apply: a create, an update or a patch. */
export interface TrackedWrite {
  /** What was there; the empty object of the kind at a create. */
  live: ApiObject;
  /** What is written, with the managed fields that the client sent. */
  next: ApiObject;
  manager: string;
  /** As the API writes times. */
  time: string;
}

/**
 * Who owns which fields once an object is written: the writer owns what it changed, and nobody owns any more what
 * is gone. Returns the entries for `metadata.managedFields`, or `undefined` for none.
 */
export function trackUpdate(
  write: TrackedWrite,
  rules: OwnershipRules,
): ApiObject['metadata']['managedFields'] {
  const known = knownManagers(write.live, write.next, rules);
  // Once ownership was given up it stays so until the next apply.
  if (known.size === 0 && write.live.metadata.uid) return undefined;
  try {
    return writeManagers(foldOldManagers(updateManagers(known, write, rules)));
  } catch (error) {
    // What its own schema does not describe has no owners.
    if (error instanceof TypeMismatch) return undefined;
    throw error;
  }
}

/** @throws {TypeMismatch} when one of the objects is not of its type */
export function updateManagers(
  known: Managers,
  { live, next, manager, time }: TrackedWrite,
  rules: OwnershipRules,
): Managers {
  const before = withoutManagedFields(live);
  const after = withoutManagedFields(next);
  checkType(after, rules.type, { duplicates: 'allowed' });
  const comparisons = comparisonsOf(before, after, rules);
  const kept = withoutLost(reconcileManagers(known, before, rules), comparisons);

  const { modified, added } = comparisons(rules.apiVersion) ?? NOTHING;
  const won = difference(union(modified, added), UNOWNED);
  if (isEmptySet(won)) return kept;
  const entry: Manager = {
    manager: manager || 'unknown',
    operation: 'Update',
    apiVersion: rules.apiVersion,
    ...(rules.subresource !== undefined && { subresource: rules.subresource }),
    time,
    fields: NO_FIELDS,
  };
  const own = kept.get(identityOf(entry))?.fields ?? NO_FIELDS;
  return new Map(kept).set(identityOf(entry), { ...entry, fields: inOrder(union(won, own)) });
}

/** What differs between two states of an object, as each version names it; `undefined` for one that is not served. */
export function comparisonsOf(
  before: ApiObject,
  after: ApiObject,
  rules: OwnershipRules,
): (apiVersion: string) => Comparison | undefined {
  const known = new Map<string, Comparison | undefined>();
  const compare = (apiVersion: string): Comparison | undefined => {
    if (apiVersion === rules.apiVersion) return filtered(compareValues(before, after, rules.type), rules);
    const old = rules.inVersion(before, apiVersion);
    const now = rules.inVersion(after, apiVersion);
    const comparison = old && now && compareValues(old.object, now.object, old.type);
    return comparison && rules.untouchedInAllVersions ? filtered(comparison, rules) : comparison;
  };
  return (apiVersion) => {
    if (!known.has(apiVersion)) known.set(apiVersion, compare(apiVersion));
    return known.get(apiVersion);
  };
}

/** The part of an owner's fields that a change gave another value. */
export const contested = (fields: FieldSet, { modified, added }: Comparison): FieldSet =>
  intersection(fields, union(modified, added));

/** Without what the change took from each owner, and without the owners that have nothing left. */
export function withoutLost(
  managers: Managers,
  comparisons: (apiVersion: string) => Comparison | undefined,
  except?: string,
): Managers {
  const kept = new Map<string, Manager>();
  for (const [identity, owner] of managers) {
    if (identity === except) {
      kept.set(identity, owner);
      continue;
    }
    const comparison = comparisons(owner.apiVersion);
    if (!comparison) continue;
    const lost = union(contested(owner.fields, comparison), comparison.removed);
    const fields = difference(owner.fields, lost);
    if (isEmptySet(fields)) continue;
    kept.set(identity, fields === owner.fields ? owner : { ...owner, fields });
  }
  return kept;
}

export function withoutManagedFields(object: ApiObject): ApiObject {
  if (!Object.hasOwn(object.metadata, 'managedFields')) return object;
  const { managedFields: _managedFields, ...metadata } = object.metadata;
  return { ...object, metadata };
}

const NOTHING: Comparison = { removed: NO_FIELDS, modified: NO_FIELDS, added: NO_FIELDS };

const filtered = ({ removed, modified, added }: Comparison, { untouched }: OwnershipRules): Comparison => ({
  removed: withoutBranches(removed, untouched),
  modified: withoutBranches(modified, untouched),
  added: withoutBranches(added, untouched),
});

/** Clients may send managed fields along, to change them; where they send none, or nonsense, those before count. */
function knownManagers(live: ApiObject, next: ApiObject, { subresource }: OwnershipRules): Managers {
  const before = readManagers(live.metadata.managedFields);
  const sent = next.metadata.managedFields;
  if (subresource !== undefined || sent === live.metadata.managedFields || !Array.isArray(sent))
    return before;
  if (isReset(sent)) return NO_MANAGERS;
  try {
    const managers = parseManagers(sent);
    return managers.size > 0 ? managers : before;
  } catch {
    // The API server takes no offence at it.
    return before;
  }
}

/** An empty list, or one empty entry, gives ownership up: it is the documented way to do so. */
function isReset(entries: unknown[]): boolean {
  if (entries.length === 0) return true;
  const [only] = entries;
  return entries.length === 1 && typeof only === 'object' && only !== null && Object.keys(only).length === 0;
}
