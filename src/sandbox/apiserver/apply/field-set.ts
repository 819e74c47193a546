/**
 * A set of an object's fields, in the form in which FieldsV1 writes it: a tree of path elements (see
 * `path-element.ts`). An element that has nothing below it is in the set; one with others below is in it
 * too when it has the key `.`. Immutable, so that sets share their branches; `{}` as a whole is the empty set.
 */
export interface FieldSet {
  readonly [element: string]: FieldSet;
}

export const NO_FIELDS: FieldSet = {};

const SELF = '.';

export const isEmptySet = (set: FieldSet): boolean => Object.keys(set).length === 0;

/** The set of one path. */
export const setOfPath = (path: readonly string[]): FieldSet =>
  path.reduceRight<FieldSet>((below, element) => ({ [element]: below }), {});

/** What is in either. */
export function union(a: FieldSet, b: FieldSet): FieldSet {
  if (a === b || isEmptySet(b)) return a;
  if (isEmptySet(a)) return b;
  const result: Record<string, FieldSet> = { ...a };
  for (const element of elementsOf(b)) {
    result[element] = unionOfNodes(a[element], b[element]) ?? NO_FIELDS;
  }
  return result;
}

/** What is in both. */
export function intersection(a: FieldSet, b: FieldSet): FieldSet {
  return combined(a, (element, node) => {
    const other = b[element];
    if (!other) return undefined;
    return asNode(isMember(node) && isMember(other), intersection(node, other));
  });
}

/** What is in `a` and not in `b`. An element that goes leaves what stands below it. */
export function difference(a: FieldSet, b: FieldSet): FieldSet {
  if (isEmptySet(b)) return a;
  return combined(a, (element, node) => {
    const other = b[element];
    if (!other) return node;
    return asNode(isMember(node) && !isMember(other), difference(node, other));
  });
}

/** What is in `a`, without what is in `b` and all that stands below that. */
export function withoutBranches(a: FieldSet, b: FieldSet): FieldSet {
  if (isEmptySet(b)) return a;
  return combined(a, (element, node) => {
    const other = b[element];
    if (!other) return node;
    return isMember(other) ? undefined : asNode(isMember(node), withoutBranches(node, other));
  });
}

export function hasPath(set: FieldSet, path: readonly string[]): boolean {
  let node: FieldSet | undefined = set;
  for (const element of path) node = node?.[element];
  return path.length > 0 && node !== undefined && isMember(node);
}

/** Every path of the set: those that end at one level before those that end below it. */
export function pathsOf(set: FieldSet, compare: (a: string, b: string) => number): string[][] {
  const elements = elementsOf(set).toSorted(compare);
  return [
    ...elements.filter((element) => isMember(set[element] ?? NO_FIELDS)).map((element) => [element]),
    ...elements.flatMap((element) =>
      pathsOf(set[element] ?? NO_FIELDS, compare).map((path) => [element, ...path]),
    ),
  ];
}

/** The elements right below, whether they are in the set themselves or only have others below. */
export const elementsOf = (set: FieldSet): string[] => Object.keys(set).filter((element) => element !== SELF);

/** Whether a branch, as an element of its parent, is itself in the set. */
export const isMember = (node: FieldSet): boolean => Object.hasOwn(node, SELF) || isEmptySet(node);

/** Whether something stands below a branch. */
export const hasBelow = (node: FieldSet): boolean => {
  for (const element in node) if (element !== SELF) return true;
  return false;
};

/** A branch, with or without being in the set itself; `undefined` when that leaves nothing. */
export function asNode(member: boolean, node: FieldSet): FieldSet | undefined {
  if (!hasBelow(node)) return member ? NO_FIELDS : undefined;
  if (member === Object.hasOwn(node, SELF)) return node;
  const { [SELF]: _self, ...below } = node;
  return member ? { [SELF]: NO_FIELDS, ...below } : below;
}

function unionOfNodes(a: FieldSet | undefined, b: FieldSet | undefined): FieldSet | undefined {
  if (!a || !b || a === b) return a ?? b;
  const member = isMember(a) || isMember(b);
  return asNode(member, union(asNode(false, a) ?? NO_FIELDS, asNode(false, b) ?? NO_FIELDS));
}

function combined(set: FieldSet, keep: (element: string, node: FieldSet) => FieldSet | undefined): FieldSet {
  const result: Record<string, FieldSet> = {};
  for (const element of elementsOf(set)) {
    const kept = keep(element, set[element] ?? NO_FIELDS);
    if (kept) result[element] = kept;
  }
  return result;
}
