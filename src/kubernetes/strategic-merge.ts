import type { MergeSchema } from './merge-schema.ts';
import type { Json, JsonObject } from './objects.ts';
import { checkElementOrder, identityOf, orderedAfterMerge } from './strategic-merge-order.ts';
import type { ListOrder } from './strategic-merge-order.ts';
import {
  at,
  InvalidMergePatch,
  isMap,
  kindOf,
  mergeKeyOf,
  PATCH,
  requireMap,
} from './strategic-merge-place.ts';
import type { Place } from './strategic-merge-place.ts';

export { POD_SPEC_SCHEMA } from './merge-schema.ts';
export { InvalidMergePatch } from './strategic-merge-place.ts';

/**
 * Applies a strategic merge patch (k8s.io/apimachinery's strategicpatch): maps are merged, null deletes, lists are merged by their
 * key where `schema` names one and replaced otherwise, and the directives `$patch`, `$retainKeys`, `$setElementOrder/…` and
 * `$deleteFromPrimitiveList/…` act. Gives a new object; the inputs stay as they are. As in the library, an item that is new in a list
 * stands there as the patch has it, with its nulls and directives; Kubernetes drops those when it reads the object.
 * @throws {InvalidMergePatch}
 */
export function strategicMerge<T extends JsonObject>(original: T, patch: JsonObject, schema: MergeSchema): T {
  // The result of a patch has the type of what was patched, as far as the patch keeps to it.
  return mergeMap(structuredClone(original), structuredClone(patch), { schema, path: '' }) as T;
}

const RETAIN_KEYS = '$retainKeys';
const ELEMENT_ORDER = '$setElementOrder';
const DELETE_PRIMITIVES = '$deleteFromPrimitiveList';

/** Changes `target`, and uses up `patch`. */
function mergeMap(target: JsonObject, patch: JsonObject, place: Place): JsonObject {
  if (Object.hasOwn(patch, PATCH)) return replacement(patch, place);
  retainKeys(target, patch, place);
  for (const [key, names] of takeDirectives(patch, ELEMENT_ORDER, place)) {
    if (!Array.isArray(names)) throw new InvalidMergePatch(at(place, key), `${ELEMENT_ORDER} must be a list`);
    mergeInOrder(target, patch, key, names, place);
  }
  for (const [key, items] of takeDirectives(patch, DELETE_PRIMITIVES, place)) {
    deletePrimitives(target, key, items, at(place, key));
  }
  for (const [key, value] of Object.entries(patch)) mergeField(target, key, value ?? null, at(place, key));
  return target;
}

function replacement(patch: JsonObject, place: Place): JsonObject {
  const { [PATCH]: directive, ...content } = patch;
  if (directive === 'replace') return content;
  if (directive === 'delete') return {};
  throw unknownDirective(directive, place);
}

function mergeField(target: JsonObject, key: string, value: Json, place: Place): void {
  if (key === '__proto__') throw new InvalidMergePatch(place, 'this is not a name for a field');
  const current = Object.hasOwn(target, key) ? target[key] : undefined;
  if (value === null) delete target[key];
  else if (kindOf(current) !== kindOf(value)) {
    const added = withoutDirectives(withoutNulls(value));
    if (added === undefined) delete target[key];
    else target[key] = added;
  } else if (isMap(value) && isMap(current)) target[key] = mergeMap(current, value, place);
  else if (Array.isArray(value) && Array.isArray(current)) target[key] = mergeList(current, value, place);
  else target[key] = value;
}

function mergeList(original: Json[], patch: Json[], place: Place): Json[] {
  const mergeKey = mergeKeyOf(place);
  if (mergeKey === undefined) return patch;
  if (original.length === 0 && patch.length === 0) return original;
  const order: ListOrder = { mergeKey, place };
  if (commonKind([...original, ...patch], place) !== 'a map') {
    const primitives: ListOrder = { ...order, mergeKey: '' };
    const merged = [...new Set([...original, ...patch])];
    return orderedAfterMerge(merged, patch, original, mergeKey === '' ? order : primitives);
  }
  if (mergeKey === '') throw new InvalidMergePatch(place, 'cannot merge lists of maps without a merge key');
  const { kept, items } = withoutSpecialItems(original, patch, order);
  return orderedAfterMerge(mergeItems(kept, items, order), items, kept, order);
}

/** Items with `$patch` say what becomes of the original: `replace` anywhere makes all others of the patch the list. */
function withoutSpecialItems(
  original: Json[],
  patch: Json[],
  order: ListOrder,
): { kept: Json[]; items: JsonObject[] } {
  const { place } = order;
  const items: JsonObject[] = [];
  let kept = original;
  let replaces = false;
  for (const item of patch.map((candidate) => requireMap(candidate, place))) {
    const directive = item[PATCH];
    if (directive === undefined) items.push(item);
    else if (directive === 'delete') {
      const deleted = identityOf(item, order);
      kept = kept.filter((candidate) => keyIn(candidate, order) !== deleted);
    } else if (directive === 'replace') replaces = true;
    else if (directive === 'merge')
      throw new InvalidMergePatch(place, 'merging lists cannot yet be specified in the patch');
    else throw unknownDirective(directive, place);
  }
  return replaces ? { kept: items, items: [] } : { kept, items };
}

function mergeItems(original: Json[], items: JsonObject[], order: ListOrder): Json[] {
  const merged = [...original];
  for (const item of items) {
    const key = identityOf(item, order);
    const position = merged.findIndex((candidate) => keyIn(candidate, order) === key);
    const known = merged[position];
    if (isMap(known)) merged[position] = mergeMap(known, item, order.place);
    else merged.push(item);
  }
  return merged;
}

/** Absent in an item without it, which is no fault yet. */
function keyIn(item: Json, { mergeKey, place }: ListOrder): Json | undefined {
  return requireMap(item, place)[mergeKey];
}

/** `$setElementOrder/key`: merges the list, and puts it in that order. */
function mergeInOrder(
  target: JsonObject,
  patch: JsonObject,
  key: string,
  names: Json[],
  parent: Place,
): void {
  const place = at(parent, key);
  const current = listIn(target, key, place);
  const added = listIn(patch, key, place);
  const order: ListOrder = { mergeKey: mergeKeyOf(place) ?? '', place };
  checkElementOrder(added ?? [], names, order);
  if (!current && !added) return;
  const merged = current
    ? added
      ? mergeList(current, added, place)
      : current
    : (added ?? []).flatMap((item) => withoutDirectives(item) ?? []);
  commonKind([...(current ?? []), ...(added ?? [])], place);
  target[key] = orderedAfterMerge(merged, names, current ?? [], order);
  delete patch[key];
}

function listIn(map: JsonObject, key: string, place: Place): Json[] | undefined {
  const value = Object.hasOwn(map, key) ? map[key] : undefined;
  if (value === undefined || Array.isArray(value)) return value;
  throw new InvalidMergePatch(place, `expected a list, found ${kindOf(value)}`);
}

/** What is no list says nothing about one, and in a list of maps items of a map are merged all the same: so it is in the library. */
function deletePrimitives(target: JsonObject, key: string, items: Json, place: Place): void {
  const list = Object.hasOwn(target, key) ? target[key] : undefined;
  if (items === null) delete target[key];
  if (!Array.isArray(list) || !Array.isArray(items) || list.length + items.length === 0) return;
  const isOfMaps = commonKind([...list, ...items], place) === 'a map';
  target[key] = isOfMaps ? mergeList(list, items, place) : list.filter((item) => !items.includes(item));
}

function retainKeys(target: JsonObject, patch: JsonObject, place: Place): void {
  const keys = patch[RETAIN_KEYS];
  if (keys === undefined) return;
  delete patch[RETAIN_KEYS];
  if (!Array.isArray(keys)) throw new InvalidMergePatch(place, `${RETAIN_KEYS} must be a list of keys`);
  const isField = ([key, value]: [string, Json | undefined]) =>
    value !== null && !key.startsWith(ELEMENT_ORDER) && !key.startsWith(DELETE_PRIMITIVES);
  const [stray] = Object.entries(patch).find((entry) => isField(entry) && !keys.includes(entry[0])) ?? [];
  if (stray !== undefined) {
    throw new InvalidMergePatch(
      place,
      `${RETAIN_KEYS} must list all keys of the patch, and ${stray} is missing`,
    );
  }
  for (const key of Object.keys(target)) if (!keys.includes(key)) delete target[key];
}

/** By the names of the fields that the directives are about. */
function takeDirectives(patch: JsonObject, directive: string, place: Place): Map<string, Json> {
  const taken = new Map<string, Json>();
  for (const [key, value] of Object.entries(patch)) {
    if (!key.startsWith(directive)) continue;
    if (!key.startsWith(`${directive}/`))
      throw new InvalidMergePatch(place, `expected ${directive}/ and the name of a list`);
    taken.set(key.slice(directive.length + 1), value ?? null);
    delete patch[key];
  }
  return taken;
}

/** @throws {InvalidMergePatch} where the items of lists that are merged are of several kinds, or lists, or none at all */
function commonKind(items: Json[], place: Place): string {
  const [first] = items;
  const kind = kindOf(first);
  if (first === undefined) throw new InvalidMergePatch(place, 'there are no items whose order could be set');
  if (kind === 'a list') throw new InvalidMergePatch(place, 'lists of lists are not supported');
  const other = items.find((item) => kindOf(item) !== kind);
  if (kind === 'null' || other !== undefined) {
    throw new InvalidMergePatch(place, `expected items of one kind, found ${kind} and ${kindOf(other)}`);
  }
  return kind;
}

function unknownDirective(directive: Json | undefined, place: Place): InvalidMergePatch {
  return new InvalidMergePatch(
    place,
    `unknown patch type: ${typeof directive === 'string' ? directive : kindOf(directive)}`,
  );
}

/** Nothing is there to be deleted by the nulls of what is new. */
function withoutNulls(value: Json): Json {
  if (Array.isArray(value)) return value.map((item) => (item === null ? item : withoutNulls(item)));
  if (!isMap(value)) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, item]) =>
      item === null || item === undefined ? [] : [[key, withoutNulls(item)]],
    ),
  );
}

/** Nothing is left of a map with a directive. */
function withoutDirectives(value: Json): Json | undefined {
  if (Array.isArray(value)) return value.flatMap((item) => wrapped(withoutDirectives(item)));
  if (!isMap(value)) return value;
  if (Object.hasOwn(value, PATCH)) return undefined;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, item]) =>
      wrapped(item === undefined ? undefined : withoutDirectives(item)).map((kept) => [key, kept]),
    ),
  );
}

/** A list of one, which a list in a list stays. */
function wrapped(value: Json | undefined): Json[] {
  return value === undefined ? [] : [value];
}
