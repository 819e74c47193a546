import { PRIMITIVES } from './merge-schema.ts';
import type { MergeSchema } from './merge-schema.ts';
import type { Json, JsonObject } from './objects.ts';

export { POD_SPEC_SCHEMA } from './merge-schema.ts';

/**
 * Applies a strategic merge patch (k8s.io/apimachinery's strategicpatch): maps are merged, null deletes, lists are merged by their
 * key where `schema` names one and replaced otherwise, and the directives `$patch`, `$retainKeys`, `$setElementOrder/…` and
 * `$deleteFromPrimitiveList/…` act. Gives a new object; the inputs stay as they are.
 * @throws {InvalidMergePatch}
 */
export function strategicMerge<T extends JsonObject>(original: T, patch: JsonObject, schema: MergeSchema): T {
  const merged = structuredClone(original);
  mergeMap(merged, structuredClone(patch), { schema, path: '' });
  return merged;
}

/** The patch can't be applied to any object. Names the place, never the values. */
export class InvalidMergePatch extends Error {
  constructor(place: Place, fault: string) {
    super(`${place.path === '' ? 'the patch' : place.path}: ${fault}`);
    this.name = 'InvalidMergePatch';
  }
}

/** Where in the object the merge is. */
interface Place {
  schema: MergeSchema;
  path: string;
}

const PATCH = '$patch';
const RETAIN_KEYS = '$retainKeys';
const ELEMENT_ORDER = '$setElementOrder/';
const DELETE_PRIMITIVES = '$deleteFromPrimitiveList/';

/** Changes `target`, and uses up `patch`. */
function mergeMap(target: JsonObject, patch: JsonObject, place: Place): void {
  const directive = patch[PATCH];
  delete patch[PATCH];
  if (directive === 'replace' || directive === 'delete') {
    for (const key of Object.keys(target)) delete target[key];
    if (directive === 'replace') Object.assign(target, patch);
    return;
  }
  if (directive !== undefined && directive !== 'merge') throw unknownDirective(directive, place);
  retainKeys(target, patch, place);
  const orders = takeDirectives(patch, ELEMENT_ORDER, place);
  const deletions = takeDirectives(patch, DELETE_PRIMITIVES, place);
  for (const [key, items] of deletions) {
    const list = target[key];
    if (Array.isArray(list)) target[key] = list.filter((item) => !items.includes(item));
  }
  const before = new Map([...orders.keys()].map((key) => [key, asList(target[key])]));
  for (const [key, items] of orders) checkOrder(asList(patch[key]), items, at(place, key));
  for (const [key, value] of Object.entries(patch)) mergeField(target, key, value, at(place, key));
  for (const [key, items] of orders) {
    const list = target[key];
    if (Array.isArray(list)) target[key] = ordered(list, items, before.get(key) ?? [], at(place, key));
  }
}

function mergeField(target: JsonObject, key: string, value: Json, place: Place): void {
  if (key === '__proto__') throw new InvalidMergePatch(place, 'this is not a name for a field');
  const current = Object.hasOwn(target, key) ? target[key] : undefined;
  if (value === null) delete target[key];
  else if (Array.isArray(value)) {
    const merges = mergeKeyOf(place) !== undefined;
    target[key] = merges
      ? mergeList(asList(current), value, place)
      : Array.isArray(current)
        ? value
        : withoutNulls(value);
  } else if (typeof value === 'object') {
    const map = isMap(current) ? current : {};
    mergeMap(map, value, place);
    target[key] = map;
  } else target[key] = value;
}

function mergeList(original: Json[], patch: Json[], place: Place): Json[] {
  const mergeKey = mergeKeyOf(place);
  if (mergeKey === undefined || mergeKey === PRIMITIVES) {
    return ordered([...new Set([...original, ...patch])], patch, original, place);
  }
  const items = patch.map((item) => requireMap(item, place));
  const replaces = items.some((item) => item[PATCH] === 'replace');
  const deleted = items
    .filter((item) => item[PATCH] === 'delete')
    .map((item) => keyOf(item, mergeKey, place));
  const contents = items.filter((item) => item[PATCH] !== 'delete' && !isOnlyReplace(item));
  const server = replaces
    ? []
    : original.filter((item) => !deleted.includes(keyOf(requireMap(item, place), mergeKey, place)));

  const merged = [...server];
  for (const item of contents) {
    if (item[PATCH] === 'replace') delete item[PATCH];
    const key = keyOf(item, mergeKey, place);
    const known = merged.find((candidate) => isMap(candidate) && candidate[mergeKey] === key);
    const map = isMap(known) ? known : {};
    if (!known) merged.push(map);
    mergeMap(map, item, place);
  }
  return ordered(merged, contents, server, place);
}

/**
 * The order after a merge: what the patch names in the patch's order, the rest in its own; between the two, original neighbours stay in
 * their order, and what the patch brings comes first.
 */
function ordered(merged: Json[], patchOrder: Json[], originalOrder: Json[], place: Place): Json[] {
  const identity = identityOf(place);
  const rank = (order: Json[]) => {
    const ranks = new Map(order.map((item, index) => [identity(item), index]));
    return (item: Json) => ranks.get(identity(item)) ?? -1;
  };
  const [inPatch, inOriginal] = [rank(patchOrder), rank(originalOrder)];
  const named = merged.filter((item) => inPatch(item) >= 0).toSorted((a, b) => inPatch(a) - inPatch(b));
  const rest = merged.filter((item) => inPatch(item) < 0).toSorted((a, b) => inOriginal(a) - inOriginal(b));
  const result: Json[] = [];
  while (named.length > 0 || rest.length > 0) {
    const [left, right] = [rest[0], named[0]];
    const takeRest =
      right === undefined ||
      (left !== undefined &&
        inOriginal(right) >= 0 &&
        inOriginal(left) >= 0 &&
        inOriginal(left) < inOriginal(right));
    const next = takeRest ? rest.shift() : named.shift();
    if (next !== undefined) result.push(next);
  }
  return result;
}

/** `$setElementOrder` must name all items of the patch's list, in the order that they have there. */
function checkOrder(patch: Json[], order: Json[], place: Place): void {
  const identity = identityOf(place);
  const positions = patch
    .filter((item) => !(isMap(item) && item[PATCH] !== undefined))
    .map((item) => order.findIndex((candidate) => identity(candidate) === identity(item)));
  const isInOrder = positions.every(
    (position, index) => position >= 0 && position > (positions[index - 1] ?? -1),
  );
  if (!isInOrder)
    throw new InvalidMergePatch(place, "the order in the patch list doesn't match its $setElementOrder list");
}

function retainKeys(target: JsonObject, patch: JsonObject, place: Place): void {
  const keys = patch[RETAIN_KEYS];
  delete patch[RETAIN_KEYS];
  if (keys === undefined) return;
  if (!Array.isArray(keys)) throw new InvalidMergePatch(place, `${RETAIN_KEYS} must be a list of keys`);
  const stray = Object.keys(patch).find((key) => !key.startsWith('$') && !keys.includes(key));
  if (stray !== undefined) {
    throw new InvalidMergePatch(
      place,
      `${RETAIN_KEYS} must list all keys of the patch, and ${stray} is missing`,
    );
  }
  for (const key of Object.keys(target)) if (!keys.includes(key)) delete target[key];
}

function takeDirectives(patch: JsonObject, prefix: string, place: Place): Map<string, Json[]> {
  const taken = new Map<string, Json[]>();
  for (const [key, value] of Object.entries(patch)) {
    if (!key.startsWith(prefix)) continue;
    if (!Array.isArray(value)) throw new InvalidMergePatch(place, `${key} must be a list`);
    taken.set(key.slice(prefix.length), value);
    delete patch[key];
  }
  return taken;
}

/** An item that holds nothing but the directive: the rest of the list is the new content. */
function isOnlyReplace(item: JsonObject): boolean {
  return item[PATCH] === 'replace' && Object.keys(item).length === 1;
}

function mergeKeyOf({ schema, path }: Place): string | undefined {
  return Object.hasOwn(schema, path) ? schema[path] : undefined;
}

function identityOf(place: Place): (item: Json) => Json | undefined {
  const mergeKey = mergeKeyOf(place);
  return (item) => (isMap(item) && mergeKey !== undefined ? item[mergeKey] : item);
}

function keyOf(item: JsonObject, mergeKey: string, place: Place): Json {
  const key = item[mergeKey];
  if (key === undefined || key === null) {
    throw new InvalidMergePatch(place, `an item does not contain declared merge key: ${mergeKey}`);
  }
  return key;
}

function requireMap(item: Json, place: Place): JsonObject {
  if (isMap(item)) return item;
  throw new InvalidMergePatch(
    place,
    `expected a list of maps, found ${item === null ? 'null' : typeof item} in it`,
  );
}

function unknownDirective(directive: Json, place: Place): InvalidMergePatch {
  return new InvalidMergePatch(
    place,
    `unknown patch type: ${typeof directive === 'string' ? directive : typeof directive}`,
  );
}

/** Nothing is there to be deleted by the nulls of what is new. */
function withoutNulls(value: Json): Json {
  if (Array.isArray(value)) return value.map((item) => (item === null ? item : withoutNulls(item)));
  if (!isMap(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, item]) => item !== null)
      .map(([key, item]) => [key, withoutNulls(item)]),
  );
}

const at = ({ schema, path }: Place, key: string): Place => ({
  schema,
  path: path === '' ? key : `${path}.${key}`,
});
const isMap = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const asList = (value: Json | undefined): Json[] => (Array.isArray(value) ? value : []);
