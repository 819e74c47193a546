import { equalJson, isFields } from '../json-value.ts';
import { NO_FIELDS, asNode, isMember } from './field-set.ts';
import type { FieldSet } from './field-set.ts';
import { itemElement } from './list-item.ts';
import { sameType, typeFor, typeOfKey } from './merge-type.ts';
import type { ListType, MapType, MergeType } from './merge-type.ts';
import { fieldElement } from './path-element.ts';

/** How one value came out of another. */
export interface Comparison {
  removed: FieldSet;
  modified: FieldSet;
  added: FieldSet;
}

/** Which fields differ between two values of a type, and how. */
export function compareValues(before: unknown, after: unknown, type: MergeType): Comparison {
  const { removed, modified, added } = compare(before, after, type);
  return { removed: asSet(removed), modified: asSet(modified), added: asSet(added) };
}

const asSet = (branch: FieldSet | undefined): FieldSet => asNode(false, branch ?? NO_FIELDS) ?? NO_FIELDS;

/** A comparison of one branch: `undefined` where nothing is in it. */
interface Branches {
  removed?: FieldSet | undefined;
  modified?: FieldSet | undefined;
  added?: FieldSet | undefined;
  /** The value was compared as a whole. */
  leaf?: boolean;
}

const SAME: Branches = {};

/** `undefined` stands for a value that is not there, which is not the same as null. */
function compare(before: unknown, after: unknown, type: MergeType): Branches {
  if (before === after) return SAME;
  const typeBefore = typeFor(type, before);
  const typeAfter = typeFor(type, after);
  const branches = ((): Branches => {
    if (after === undefined) return compareAs(before, after, typeBefore);
    if (before === undefined || sameType(typeBefore, typeAfter)) return compareAs(before, after, typeAfter);
    const { leaf: _leaf, ...first } = compareAs(before, after, typeBefore);
    return joined(first, compareAs(before, after, typeAfter));
  })();
  if (branches.leaf) return branches;
  if (before === undefined) return { ...branches, added: asNode(true, branches.added ?? NO_FIELDS) };
  if (after === undefined) return { ...branches, removed: asNode(true, branches.removed ?? NO_FIELDS) };
  return branches;
}

function compareAs(before: unknown, after: unknown, { map, scalar, list }: MergeType): Branches {
  if (map) return compareMaps(before, after, map);
  if (scalar) return compareLeaves(before, after);
  return list ? compareLists(before, after, list) : SAME;
}

function compareLeaves(before: unknown, after: unknown): Branches {
  if (before === undefined) return { leaf: true, added: NO_FIELDS };
  if (after === undefined) return { leaf: true, removed: NO_FIELDS };
  return equalJson(before, after) ? { leaf: true } : { leaf: true, modified: NO_FIELDS };
}

function compareMaps(before: unknown, after: unknown, map: MapType): Branches {
  const old = isFields(before) ? before : {};
  const now = isFields(after) ? after : {};
  const keys = Object.keys(old);
  // What is empty on both sides is compared as a whole, so that null and {} stay different.
  if (map.atomic || (keys.length === 0 && Object.keys(now).length === 0)) return compareLeaves(before, after);
  for (const key of Object.keys(now)) if (!Object.hasOwn(old, key)) keys.push(key);
  const collector = collectBranches();
  for (const key of keys) {
    const inner = compare(
      Object.hasOwn(old, key) ? old[key] : undefined,
      Object.hasOwn(now, key) ? now[key] : undefined,
      typeOfKey(map, key) ?? {},
    );
    collector.add(fieldElement(key), inner);
  }
  return collector.branches;
}

function compareLists(before: unknown, after: unknown, list: ListType): Branches {
  const old = Array.isArray(before) ? before : [];
  const now = Array.isArray(after) ? after : [];
  if (list.atomic || (old.length === 0 && now.length === 0)) return compareLeaves(before, after);
  const oldItems = itemsByElement(old, list);
  const newItems = itemsByElement(now, list);
  const collector = collectBranches();
  for (const element of new Set([...oldItems.keys(), ...newItems.keys()])) {
    collector.add(element, compareItems(oldItems.get(element) ?? [], newItems.get(element) ?? [], list));
  }
  return collector.branches;
}

/** Items that are there more than once are compared as a whole. */
function compareItems(before: unknown[], after: unknown[], list: ListType): Branches {
  const type = list.element();
  if (before.length <= 1 && after.length <= 1) return compare(before[0], after[0], type);
  if (before.length > 1 && after.length > 1) {
    return equalJson(before, after) ? SAME : { modified: NO_FIELDS };
  }
  if (before.length > 1) {
    const inner = after.length > 0 ? compare(undefined, after[0], type) : SAME;
    return { ...inner, removed: asNode(true, inner.removed ?? NO_FIELDS) };
  }
  const inner = before.length > 0 ? compare(before[0], undefined, type) : SAME;
  return { ...inner, added: asNode(true, inner.added ?? NO_FIELDS) };
}

function itemsByElement(items: unknown[], list: ListType): Map<string, unknown[]> {
  const found = new Map<string, unknown[]>();
  for (const item of items) {
    const element = itemElement(item, list);
    const earlier = found.get(element);
    if (earlier) earlier.push(item);
    else found.set(element, [item]);
  }
  return found;
}

function collectBranches() {
  const branches: { [kind in 'removed' | 'modified' | 'added']?: Record<string, FieldSet> } = {};
  return {
    branches,
    add(element: string, inner: Branches): void {
      for (const kind of ['removed', 'modified', 'added'] as const) {
        const branch = inner[kind];
        if (branch) (branches[kind] ??= {})[element] = branch;
      }
    },
  };
}

/** Of a value that changed its form; the two sides name different fields. */
function joined(a: Branches, b: Branches): Branches {
  const both = (x: FieldSet | undefined, y: FieldSet | undefined): FieldSet | undefined =>
    x && y ? asNode(isMember(x) || isMember(y), { ...x, ...y }) : (x ?? y);
  return {
    removed: both(a.removed, b.removed),
    modified: both(a.modified, b.modified),
    added: both(a.added, b.added),
    ...(b.leaf && { leaf: true }),
  };
}
