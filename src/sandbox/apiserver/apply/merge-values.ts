import { isFields } from '../json-value.ts';
import type { Fields } from '../json-value.ts';
import { TypeMismatch } from './check-type.ts';
import { itemElement } from './list-item.ts';
import { typeFor, typeOfKey } from './merge-type.ts';
import type { ListType, MapType, MergeType } from './merge-type.ts';
import { printElement } from './path-element.ts';

/**
 * What an object is once a configuration is laid over it: leaves of the configuration win, maps and lists with
 * keys are merged. Where both name an item, the configuration's order counts. Neither argument is changed.
 */
export function mergeValues(live: unknown, configuration: unknown, type: MergeType): unknown {
  // Where the two have different forms, the configuration's wins.
  return mergeAs(live, configuration, typeFor(type, configuration === undefined ? live : configuration));
}

function mergeAs(live: unknown, configuration: unknown, { map, scalar, list }: MergeType): unknown {
  if (map) return mergeMaps(live, configuration, map);
  if (scalar) return winner(live, configuration);
  return list ? mergeLists(live, configuration, list) : undefined;
}

const winner = (live: unknown, configuration: unknown): unknown =>
  configuration === undefined ? live : configuration;

function mergeMaps(live: unknown, configuration: unknown, map: MapType): unknown {
  const old: Fields = isFields(live) ? live : {};
  const now: Fields = isFields(configuration) ? configuration : {};
  const keys = new Set([...Object.keys(old), ...Object.keys(now)]);
  if (map.atomic || keys.size === 0) return winner(live, configuration);
  const merged: Fields = {};
  for (const key of keys) {
    const value = mergeValues(
      Object.hasOwn(old, key) ? old[key] : undefined,
      Object.hasOwn(now, key) ? now[key] : undefined,
      typeOfKey(map, key) ?? {},
    );
    if (value !== undefined) merged[key] = value;
  }
  return Object.keys(merged).length > 0 ? merged : undefined;
}

function mergeLists(live: unknown, configuration: unknown, list: ListType): unknown {
  const old = Array.isArray(live) ? live : [];
  const now = Array.isArray(configuration) ? configuration : [];
  if (list.atomic || (old.length === 0 && now.length === 0)) return winner(live, configuration);
  const merged = inMergedOrder(indexed(old, list, true), indexed(now, list, false)).map(([before, after]) =>
    mergeValues(before, after, list.element()),
  );
  const kept = merged.filter((item) => item !== undefined);
  return kept.length > 0 ? kept : undefined;
}

interface Item {
  element: string;
  value: unknown;
}

/** @throws {TypeMismatch} for an item that is there twice, unless that is allowed */
function indexed(items: unknown[], list: ListType, duplicates: boolean): Item[] {
  const seen = new Set<string>();
  return items.map((value) => {
    const element = itemElement(value, list);
    if (seen.has(element) && !duplicates) {
      throw new TypeMismatch([`duplicate entries for key ${printElement(element)}`]);
    }
    seen.add(element);
    return { element, value };
  });
}

/**
 * The pairs to merge. Both orders are kept where they agree; where they do not, shared items stand as the
 * configuration has them, and items of the live list alone stay behind the one they followed.
 */
function inMergedOrder(live: Item[], configuration: Item[]): [before: unknown, after: unknown][] {
  const before = new Map<string, unknown>();
  // What is there twice has no counterpart to merge with.
  for (const { element, value } of live) before.set(element, before.has(element) ? undefined : value);
  const after = new Map(configuration.map(({ element, value }) => [element, value]));
  const shared = configuration.map(({ element }) => element).filter((element) => before.has(element));

  const pairs: [unknown, unknown][] = [];
  const taken = new Set<string>();
  let nextShared = shared.shift();
  let l = 0;
  let c = 0;
  const take = (element: string): void => {
    taken.add(element);
    pairs.push([before.get(element), after.get(element)]);
    c += 1;
  };
  while (l < live.length || c < configuration.length) {
    const old = live[l];
    const now = configuration[c];
    if (old && now) {
      if (old.element === now.element) {
        take(old.element);
        l += 1;
        nextShared = shared.shift();
        continue;
      }
      if (after.has(old.element) && nextShared !== undefined && nextShared !== old.element) {
        l += 1;
        continue;
      }
    }
    if (old) {
      if (!after.has(old.element)) {
        pairs.push([old.value, undefined]);
        l += 1;
        continue;
      }
      if (taken.has(old.element)) l += 1;
    }
    if (now) {
      take(now.element);
      if (nextShared === now.element) nextShared = shared.shift();
    }
  }
  return pairs;
}
