import { define, defineVariadic, FunctionError } from '../function.ts';
import type { FunctionMap, Spend } from '../function.ts';
import { bool, int, kindName, list, nil } from '../value.ts';
import type { ListValue, Value } from '../value.ts';
import { isEmpty, toInt64 } from './conversion.ts';
import { deepEqual } from './deep.ts';

const any = 'interface {}';
const push = define([any, any], (value, item) => list([...itemsOf(value, 'Cannot push on type'), item]));
const makeList = defineVariadic([], any, (values) => list(values));

/** sprig's functions on lists. They never change the list that they are given. */
export const listFunctions: FunctionMap = {
  list: makeList,
  tuple: makeList,
  append: push,
  push,
  prepend: define([any, any], (value, item) => list([item, ...itemsOf(value, 'Cannot prepend on type')])),
  first: define([any], (value) => itemsOf(value, 'Cannot find first on type')[0] ?? nil),
  last: define([any], (value) => itemsOf(value, 'Cannot find last on type').at(-1) ?? nil),
  rest: define([any], (value) => tail(itemsOf(value, 'Cannot find rest on type'), (items) => items.slice(1))),
  initial: define([any], (value) =>
    tail(itemsOf(value, 'Cannot find initial on type'), (items) => items.slice(0, -1)),
  ),
  reverse: define([any], (value) => list(itemsOf(value, 'Cannot find reverse on type').toReversed())),
  compact: define([any], (value) =>
    list(itemsOf(value, 'Cannot compact on type').filter((item) => !isEmpty(item))),
  ),
  uniq: define([any], (value, spend) => list(unique(itemsOf(value, 'Cannot find uniq on type'), spend))),
  without: defineVariadic([any], any, (value, omitted, spend) =>
    list(itemsOf(value, 'Cannot find without on type').filter((item) => !includes(omitted, item, spend))),
  ),
  has: define([any, any], (needle, haystack, spend) =>
    bool(haystack.kind !== 'nil' && includes(itemsOf(haystack, 'Cannot find has on type'), needle, spend)),
  ),
  slice: defineVariadic([any], any, slice),
  concat: defineVariadic([], any, concat),
};

/**
 * The elements of a list or of bytes.
 * @throws {FunctionError} that begins with `refusal` for anything else.
 */
export function itemsOf(value: Value, refusal: string, suffix = ''): Value[] {
  switch (value.kind) {
    case 'list':
      return value.items;
    case 'bytes':
      return [...value.value].map((byte) => int(byte, 'uint8'));
    case 'nil':
      throw new FunctionError('runtime error: invalid memory address or nil pointer dereference');
    default:
      throw new FunctionError(`${refusal} ${kindName(value)}${suffix}`);
  }
}

function tail(items: Value[], cut: (items: Value[]) => Value[]): ListValue {
  return list(items.length === 0 ? null : cut(items));
}

function unique(items: Value[], spend: Spend): Value[] {
  const result: Value[] = [];
  for (const item of items) if (!includes(result, item, spend)) result.push(item);
  return result;
}

function includes(items: readonly Value[], wanted: Value, spend: Spend): boolean {
  return items.some((item) => deepEqual(wanted, item, spend));
}

function slice(value: Value, indexes: Value[]): Value {
  const items = itemsOf(value, 'list should be type of slice or array but');
  if (items.length === 0) return nil;
  const [from = int(0), to] = indexes;
  const start = toInt64(from);
  const end = to === undefined ? BigInt(items.length) : toInt64(to);
  if (start < 0n || end < start || end > BigInt(items.length)) {
    throw new FunctionError('reflect.Value.Slice: slice index out of bounds');
  }
  if (value.kind === 'bytes') return { ...value, value: value.value.slice(Number(start), Number(end)) };
  return {
    kind: 'list',
    element: value.kind === 'list' ? value.element : any,
    items: items.slice(Number(start), Number(end)),
    isNil: false,
  };
}

function concat(values: Value[]): Value {
  const items = values.flatMap((value) => itemsOf(value, 'Cannot concat type', ' as list'));
  return list(items.length === 0 ? null : items);
}
