import { define, defineVariadic, FunctionError } from '../../function.ts';
import type { FunctionMap } from '../../function.ts';
import { list, nil, string, typeName } from '../../value.ts';
import type { Value } from '../../value.ts';
import { itemsOf } from '../lists.ts';

const any = 'interface {}';
const chunks = define(['int', any], (size, value) => list(chunk(size, value), `[]${any}`));

export const collectionAdditions: FunctionMap = {
  get: define(['map[string]interface {}', 'string'], ({ entries }, key) => entries.get(key) ?? string('')),
  dig: defineVariadic([], any, dig),
  chunk: chunks,
  mustChunk: chunks,
};

/** Follows keys into nested dictionaries: `dig "a" "b" default dict`. */
function dig(values: readonly Value[]): Value {
  if (values.length < 3) throw new FunctionError('dig needs at least three arguments');
  const fallback = values.at(-2) ?? nil;
  let container = dictionary(values.at(-1) ?? nil);
  const keys = values.slice(0, -2).map(keyText);
  for (const [i, key] of keys.entries()) {
    const found = container.entries.get(key);
    if (found === undefined) return fallback;
    if (i === keys.length - 1) return found;
    container = dictionary(found);
  }
  return fallback;
}

function keyText(value: Value): string {
  if (value.kind === 'string' && value.type === undefined) return value.value;
  throw conversionError(value, 'string');
}

function dictionary(value: Value) {
  if (value.kind === 'map' && value.element === any) return value;
  throw conversionError(value, 'map[string]interface {}');
}

function conversionError(value: Value, wanted: string): FunctionError {
  const found = value.kind === 'nil' ? 'nil' : typeName(value);
  return new FunctionError(`interface conversion: interface {} is ${found}, not ${wanted}`);
}

function chunk(size: bigint, value: Value): Value[] {
  const items = itemsOf(value, 'Cannot chunk type');
  if (size <= 0n) throw new FunctionError('runtime error: makeslice: len out of range');
  const length = size > BigInt(items.length) ? Math.max(items.length, 1) : Number(size);
  return Array.from({ length: Math.ceil(items.length / length) }, (_, i) =>
    list(items.slice(i * length, (i + 1) * length)),
  );
}
