import type { Json } from './objects.ts';
import { InvalidMergePatch, isMap, kindOf, PATCH, requireMap } from './strategic-merge-place.ts';
import type { Place } from './strategic-merge-place.ts';

/** Lists whose items are told apart by a field, or as a whole where the field is ''. */
export interface ListOrder {
  mergeKey: string;
  place: Place;
}

/**
 * The order of a merged list: what `patchOrder` names in its order, all else in the order of the original; between the two, neighbours
 * of the original stay in their order, and what the patch brings comes first.
 * @throws {InvalidMergePatch} for an item without the merge key
 */
export function orderedAfterMerge(
  merged: Json[],
  patchOrder: Json[],
  originalOrder: Json[],
  order: ListOrder,
): Json[] {
  const named = merged.filter((item) => positionIn(patchOrder, item, order) >= 0);
  const rest = merged.filter((item) => positionIn(patchOrder, item, order) < 0);
  const right = sortedBy(patchOrder, named, order);
  const left = sortedBy(originalOrder, rest, order);
  const result: Json[] = [];
  let [l, r] = [0, 0];
  while (l < left.length || r < right.length) {
    const [leftItem, rightItem] = [left[l], right[r]];
    const takesLeft =
      rightItem === undefined ||
      (leftItem !== undefined && precedes(originalOrder, leftItem, rightItem, order));
    const next = takesLeft ? leftItem : rightItem;
    if (takesLeft) l += 1;
    else r += 1;
    if (next !== undefined) result.push(next);
  }
  return result;
}

/**
 * `$setElementOrder` must name all items of the patch's list, in the order that they have there.
 * @throws {InvalidMergePatch}
 */
export function checkElementOrder(patch: Json[], names: Json[], order: ListOrder): void {
  if (names.length === 0 || patch.length === 0) return;
  const hasDirective = (item: Json) => isMap(item) && Object.hasOwn(item, PATCH);
  const kept =
    order.mergeKey === '' ? patch : patch.filter((item) => requireMap(item, order.place)[PATCH] !== 'delete');
  let position = 0;
  for (const item of kept) {
    // Once the names are at their end, whatever is left has no place.
    if (hasDirective(item) && position < names.length) continue;
    while (position < names.length && identityOf(names[position], order) !== identityOf(item, order))
      position += 1;
    if (position >= names.length)
      throw new InvalidMergePatch(
        order.place,
        "the order in the patch list doesn't match its $setElementOrder list",
      );
    position += 1;
  }
}

/**
 * What tells an item apart.
 * @throws {InvalidMergePatch} when there is nothing that does
 */
export function identityOf(item: Json | undefined, { mergeKey, place }: ListOrder): Json {
  if (mergeKey === '') {
    if (typeof item === 'object' && item !== null)
      throw new InvalidMergePatch(place, `${kindOf(item)} can't be told apart from others`);
    return item ?? null;
  }
  const map = requireMap(item, place);
  const key = Object.hasOwn(map, mergeKey) ? map[mergeKey] : undefined;
  if (key === undefined)
    throw new InvalidMergePatch(place, `an item does not contain declared merge key: ${mergeKey}`);
  if (typeof key === 'object' && key !== null)
    throw new InvalidMergePatch(place, `${mergeKey} is ${kindOf(key)}, which tells no items apart`);
  return key;
}

/** -1 when it is not there. */
export function positionIn(list: Json[], item: Json, order: ListOrder): number {
  const identity = identityOf(item, order);
  return list.findIndex((candidate) => identityOf(candidate, order) === identity);
}

function precedes(list: Json[], left: Json, right: Json, order: ListOrder): boolean {
  const [l, r] = [positionIn(list, left, order), positionIn(list, right, order)];
  return l >= 0 && r >= 0 && l < r;
}

/** What the list does not name goes to the front: the library's comparison says so of any pair with one of them. */
function sortedBy(list: Json[], items: Json[], order: ListOrder): Json[] {
  const sorted: Json[] = [];
  for (const item of items) {
    const position = positionIn(list, item, order);
    let place = sorted.length;
    for (; place > 0; place -= 1) {
      const before = sorted[place - 1];
      const other = before === undefined ? -1 : positionIn(list, before, order);
      if (position >= 0 && other >= 0 && position >= other) break;
    }
    sorted.splice(place, 0, item);
  }
  return sorted;
}
