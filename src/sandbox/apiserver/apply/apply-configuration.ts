import { equalJson, isFields } from '../json-value.ts';
import type { ApiObject } from '../resource-definition.ts';
import { applyConflict } from './apply-conflict.ts';
import type { FieldConflict } from './apply-conflict.ts';
import { checkType } from './check-type.ts';
import { difference, intersection, isEmptySet, union, withoutBranches } from './field-set.ts';
import type { FieldSet } from './field-set.ts';
import { fieldsOfValue } from './fields-of-value.ts';
import { conflictsByClientSideApply, withLastApplied } from './last-applied.ts';
import { identityOf, inOrder, readManagers, writeManagers } from './managed-fields.ts';
import type { Manager, Managers } from './managed-fields.ts';
import { mergeValues } from './merge-values.ts';
import type { MergeType } from './merge-type.ts';
import { withNamedFields } from './named-fields.ts';
import type { OwnershipRules } from './ownership-rules.ts';
import { UNOWNED } from './ownership-rules.ts';
import { reconcileManagers } from './reconcile-managers.ts';
import { removeFields } from './remove-fields.ts';
import {
  comparisonsOf,
  contested,
  updateManagers,
  withoutLost,
  withoutManagedFields,
} from './track-update.ts';

export interface ApplyRequest {
  /** What is there; an object of nothing but its type where there is none yet. */
  live: ApiObject;
  /** The empty object of the kind: what objects are compared with that have no owners yet. */
  empty: ApiObject;
  configuration: ApiObject;
  manager: string;
  /** Take fields over from whoever owns them. */
  force: boolean;
  time: string;
}

/**
 * What an object is once somebody's configuration is applied to it, with `metadata.managedFields`: fields of the
 * configuration are set and owned, and those that the manager applied before and nobody else owns are removed.
 * @throws {StatusError} 409 when others own fields that this would change
 * @throws {TypeMismatch} when the configuration is not of its type
 */
export function applyConfiguration(request: ApplyRequest, rules: OwnershipRules): ApiObject {
  const live = withoutManagedFields(request.live);
  const known = ownersBefore(request, rules);
  const first = apply(live, request, known, rules);
  const conflicts =
    'conflicts' in first && request.manager === KUBECTL
      ? conflictsByClientSideApply(live, first.conflicts, rules)
      : 'conflicts' in first
        ? first.conflicts
        : [];
  if (conflicts.length > 0) throw applyConflict(conflicts);
  const result = 'conflicts' in first ? apply(live, { ...request, force: true }, known, rules) : first;
  if ('conflicts' in result) throw new Error('a forced apply met conflicts');
  const applied =
    request.manager === KUBECTL ? withLastApplied(result.object, request.configuration) : result.object;
  const managedFields = writeManagers(result.managers);
  return managedFields ? { ...applied, metadata: { ...applied.metadata, managedFields } } : applied;
}

/** The name under which kubectl applies, and by which it takes over from its client-side apply. */
const KUBECTL = 'kubectl';

/** Of an object that nobody owns anything of, all fields belong to whoever was there before the first apply. */
function ownersBefore({ live, empty, time }: ApplyRequest, rules: OwnershipRules): Managers {
  const known = readManagers(live.metadata.managedFields);
  if (known.size > 0 || !live.metadata.uid) return known;
  return updateManagers(known, { live: empty, next: live, manager: 'before-first-apply', time }, rules);
}

type Outcome = { object: ApiObject; managers: Managers } | { conflicts: FieldConflict[] };

function apply(
  live: ApiObject,
  { configuration, manager, force, time }: ApplyRequest,
  known: Managers,
  rules: OwnershipRules,
): Outcome {
  const { type, apiVersion, subresource, untouched } = rules;
  checkType(configuration, type, { duplicates: 'refused' });
  checkType(live, type, { duplicates: 'allowed' });
  const entry: Manager = {
    manager,
    operation: 'Apply',
    apiVersion,
    ...(subresource !== undefined && { subresource }),
    fields: withoutBranches(fieldsOfValue(configuration, type), untouched),
  };
  const identity = identityOf(entry);
  const before = reconcileManagers(known, live, rules);
  const last = before.get(identity);
  const managers = new Map(before).set(identity, entry);
  const merged = asObject(mergeValues(live, configuration, type), live);
  const next = last ? pruned(merged, last, managers, rules) : merged;

  const comparisons = comparisonsOf(live, next, rules);
  const conflicts = conflictsOf(managers, identity, comparisons);
  if (!force && conflicts.length > 0) return { conflicts };
  const kept = new Map(withoutLost(managers, comparisons, identity));

  // What changes nothing leaves the time of the entry as it is, even where it makes somebody a further owner.
  const changed = !equalJson(live, next);
  const when = changed ? time : last?.time;
  const owned = difference(entry.fields, UNOWNED);
  if (isEmptySet(owned)) kept.delete(identity);
  else kept.set(identity, { ...entry, fields: inOrder(owned), ...(when !== undefined && { time: when }) });
  return { object: changed ? next : live, managers: kept };
}

function conflictsOf(
  managers: Managers,
  applying: string,
  comparisons: ReturnType<typeof comparisonsOf>,
): FieldConflict[] {
  return [...managers].flatMap(([identity, owner]) => {
    const comparison = identity === applying ? undefined : comparisons(owner.apiVersion);
    const fields = comparison && contested(owner.fields, comparison);
    return fields && !isEmptySet(fields) ? [{ owner, fields }] : [];
  });
}

/** Without what the manager applied the last time and does not any more, unless somebody else owns it. */
function pruned(merged: ApiObject, last: Manager, managers: Managers, rules: OwnershipRules): ApiObject {
  const inLast = inVersion(merged, last.apiVersion, rules);
  if (!inLast) return merged;
  const { object, type } = inLast;
  const removed = without(object, withNamedFields(last.fields, type), type);
  const restored = withOwned(object, removed, last.apiVersion, managers, rules);
  const dangling = withDangling(object, restored, last.fields, type);
  return inVersion(dangling, rules.apiVersion, rules)?.object ?? dangling;
}

/** Puts back what somebody owns, each in the version in which he owns it. */
function withOwned(
  merged: ApiObject,
  removed: ApiObject,
  apiVersion: string,
  managers: Managers,
  rules: OwnershipRules,
): ApiObject {
  const owned = new Map<string, FieldSet>();
  for (const owner of managers.values()) {
    owned.set(owner.apiVersion, union(owned.get(owner.apiVersion) ?? {}, owner.fields));
  }
  // The version of the removal comes first: what other versions are converted from has to be complete.
  const versions = [apiVersion, ...[...owned.keys()].filter((version) => version !== apiVersion)];
  return versions.reduce((result, version) => {
    const fields = owned.get(version);
    const all = inVersion(merged, version, rules);
    const some = inVersion(result, version, rules);
    if (!fields || !all || !some) return result;
    const named = (set: FieldSet): FieldSet => withNamedFields(set, all.type);
    const keep = union(named(fieldsOfValue(some.object, all.type)), named(fields));
    const drop = difference(named(fieldsOfValue(all.object, all.type)), keep);
    return without(all.object, drop, all.type);
  }, removed);
}

/** Puts back what was removed only because it stood inside of something that was. */
function withDangling(merged: ApiObject, removed: ApiObject, last: FieldSet, type: MergeType): ApiObject {
  const named = (set: FieldSet): FieldSet => withNamedFields(set, type);
  const gone = difference(named(fieldsOfValue(merged, type)), named(fieldsOfValue(removed, type)));
  return without(merged, intersection(gone, named(last)), type);
}

const without = (object: ApiObject, fields: FieldSet, type: MergeType): ApiObject =>
  asObject(removeFields(object, fields, type), object);

function inVersion(
  object: ApiObject,
  apiVersion: string,
  rules: OwnershipRules,
): { object: ApiObject; type: MergeType } | undefined {
  if (object.apiVersion === apiVersion && apiVersion === rules.apiVersion)
    return { object, type: rules.type };
  return rules.inVersion(object, apiVersion);
}

/** What a merge leaves of an object is one still: its type and name can't have gone. */
function asObject(value: unknown, { apiVersion, kind, metadata }: ApiObject): ApiObject {
  const fields = isFields(value) ? value : {};
  const { name, ...others } = isFields(fields.metadata) ? fields.metadata : {};
  return {
    ...fields,
    apiVersion: typeof fields.apiVersion === 'string' ? fields.apiVersion : apiVersion,
    kind: typeof fields.kind === 'string' ? fields.kind : kind,
    metadata: { ...others, name: typeof name === 'string' ? name : metadata.name },
  };
}
