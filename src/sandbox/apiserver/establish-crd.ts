import { equalJson, fieldsOf, listOf, textOf } from './json-value.ts';
import type { Fields } from './json-value.ts';
import type { ApiObject } from './resource-definition.ts';
import { timestamp } from './server-context.ts';
import type { ServerContext } from './server-context.ts';

const STORAGE = 'customresourcedefinitions.apiextensions.k8s.io';

/**
 * Accepts the names of a group's definitions, in the order in which they were created, and says so in their status: a definition is served once its
 * names are its own. A real server does so a moment after a definition was written; here it is done at once.
 */
export function establishDefinitions({ store, clock }: ServerContext, written: ApiObject): void {
  const group = textOf(fieldsOf(written.spec).group);
  const definitions = store
    .list(STORAGE)
    .filter((crd) => textOf(fieldsOf(crd.spec).group) === group)
    .toSorted((a, b) => Number(isEstablished(b)) - Number(isEstablished(a)));
  const names: TakenNames = { resources: new Set(), kinds: new Set() };
  for (const crd of definitions) {
    const status = statusOf(crd, names, timestamp(clock.now()));
    if (!equalJson(status, crd.status)) store.put(STORAGE, { ...crd, status });
  }
}

/** Whether a definition's objects are served. */
export const isEstablished = (crd: ApiObject): boolean =>
  listOf(fieldsOf(crd.status).conditions)
    .map(fieldsOf)
    .some(({ type, status }) => type === 'Established' && status === 'True');

interface TakenNames {
  /** Plurals, singulars and short names share one set. */
  resources: Set<string>;
  kinds: Set<string>;
}

function statusOf(crd: ApiObject, taken: TakenNames, now: string): Fields {
  const { conditions, acceptedNames: before, ...status } = fieldsOf(crd.status);
  const wanted = fieldsOf(fieldsOf(crd.spec).names);
  const accepted: Fields = { plural: '', kind: '', ...fieldsOf(before) };
  let conflict: { reason: string; message: string } | undefined;
  const take = (field: string, reason: string, set: Set<string>) => {
    const values =
      listOf(wanted[field] ?? []).length > 0 ? listOf(wanted[field]).map(textOf) : [textOf(wanted[field])];
    const used = values.filter((value) => value !== '' && set.has(value));
    if (used.length === 0) accepted[field] = wanted[field];
    else conflict = { reason, message: used.map((value) => `"${value}" is already in use`).join(', ') };
  };
  take('plural', 'PluralConflict', taken.resources);
  take('singular', 'SingularConflict', taken.resources);
  take('shortNames', 'ShortNamesConflict', taken.resources);
  take('kind', 'KindConflict', taken.kinds);
  take('listKind', 'ListKindConflict', taken.kinds);
  accepted.categories = wanted.categories;
  for (const field of ['plural', 'singular']) taken.resources.add(textOf(accepted[field]));
  for (const name of listOf(accepted.shortNames)) taken.resources.add(textOf(name));
  for (const field of ['kind', 'listKind']) taken.kinds.add(textOf(accepted[field]));
  const named = conflict
    ? { status: 'False', ...conflict }
    : { status: 'True', reason: 'NoConflicts', message: 'no conflicts found' };
  const served = conflict
    ? { status: 'False', reason: 'NotAccepted', message: 'not all names are accepted' }
    : { status: 'True', reason: 'InitialNamesAccepted', message: 'the initial names have been accepted' };
  const known = listOf(conditions).map(fieldsOf);
  return {
    ...status,
    acceptedNames: Object.fromEntries(Object.entries(accepted).filter(([, value]) => value !== undefined)),
    conditions: [
      ...withCondition(known, 'NamesAccepted', named, now),
      // What was served once stays served, whatever becomes of its names.
      ...withCondition(known, 'Established', isEstablished(crd) ? undefined : served, now),
      ...known.filter(({ type }) => type !== 'NamesAccepted' && type !== 'Established'),
    ],
  };
}

function withCondition(known: Fields[], type: string, found: Fields | undefined, now: string): Fields[] {
  const before = known.find((condition) => condition.type === type);
  if (!found || (before && before.status === found.status)) return before ? [{ ...before, ...found }] : [];
  return [{ ...found, lastTransitionTime: now, type }];
}
