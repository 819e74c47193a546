import { define, defineVariadic, FunctionError } from '../function.ts';
import type { FunctionMap } from '../function.ts';
import { compareStrings } from '../go-string.ts';
import { anyType, bool, list, map, nil, string, strings } from '../value.ts';
import type { MapValue, Value } from '../value.ts';
import { isEmpty, toText } from './conversion.ts';

const dict = 'map[string]interface {}';

/** sprig's functions on maps. `set`, `unset` and the merges change their first argument. */
export const dictFunctions: FunctionMap = {
  dict: defineVariadic([], 'interface {}', makeDict),
  set: define([dict, 'string', 'interface {}'], (target, key, value) => {
    if (target.isNil) throw new FunctionError('assignment to entry in nil map');
    target.entries.set(key, value);
    return target;
  }),
  unset: define([dict, 'string'], (target, key) => {
    target.entries.delete(key);
    return target;
  }),
  hasKey: define([dict, 'string'], (value, key) => bool(value.entries.has(key))),
  pluck: defineVariadic(['string'], dict, (key, dicts) =>
    list(dicts.flatMap(({ entries }) => entries.get(key) ?? [])),
  ),
  // Go's order is random here; sorted is one of its orders, and the same every time.
  keys: defineVariadic([], dict, (dicts) => strings(dicts.flatMap(sortedKeys))),
  values: define([dict], (value) => list(sortedKeys(value).map((key) => value.entries.get(key) ?? nil))),
  pick: defineVariadic([dict], 'string', (value, keys) =>
    map(
      keys.flatMap((key) => {
        const found = value.entries.get(key);
        return found === undefined ? [] : [[key, found] as const];
      }),
    ),
  ),
  omit: defineVariadic([dict], 'string', (value, keys) =>
    map([...value.entries].filter(([key]) => !keys.includes(key))),
  ),
  merge: defineVariadic([dict], dict, (target, sources) => mergeAll(target, sources, false)),
  mergeOverwrite: defineVariadic([dict], dict, (target, sources) => mergeAll(target, sources, true)),
};

function makeDict(values: Value[]): MapValue {
  const entries = new Map<string, Value>();
  for (let i = 0; i < values.length; i += 2)
    entries.set(toText(values[i] ?? nil), values[i + 1] ?? string(''));
  return map(entries);
}

function sortedKeys(value: MapValue): string[] {
  return [...value.entries.keys()].toSorted(compareStrings);
}

function mergeAll(target: MapValue, sources: MapValue[], overwrite: boolean): MapValue {
  const result = target.isNil && sources.some((source) => !source.isNil) ? map({}) : target;
  for (const source of sources) merge(result, source, overwrite);
  return result;
}

/** mergo's rules: an unset entry is filled, maps are merged, and lists are replaced whole. */
function merge(target: MapValue, source: MapValue, overwrite: boolean): void {
  const wasEmpty = target.entries.size === 0;
  const put = (key: string, item: Value) => {
    if (target.element !== anyType && target.element !== source.element) {
      throw new FunctionError(
        `reflect.Value.SetMapIndex: value of type ${source.element} is not assignable to type ${target.element}`,
      );
    }
    target.entries.set(key, item);
  };
  for (const [key, item] of source.entries) {
    const existing = target.entries.get(key);
    if (item.kind === 'nil') {
      if (overwrite) put(key, item);
      continue;
    }
    if (item.kind === 'map' && existing?.kind === 'map' && !existing.isNil) merge(existing, item, overwrite);
    const isList = item.kind === 'list' || item.kind === 'bytes';
    if (isList && (overwrite || wasEmpty)) put(key, item);
    const isSet = existing !== undefined && !isEmpty(existing);
    if (isSet && (isList || (item.kind === 'map' && existing.kind === 'map'))) continue;
    if (!isSet || (overwrite && item.kind !== 'pointer')) put(key, item);
  }
}
