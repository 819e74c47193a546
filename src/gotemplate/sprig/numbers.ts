import { format } from '../format.ts';
import { define, defineVariadic, FunctionError } from '../function.ts';
import type { FunctionMap } from '../function.ts';
import { float, int, int64, list } from '../value.ts';
import type { Value } from '../value.ts';
import { clamp, parseDecimal, toFloat64, toInt64 } from './conversion.ts';

const any = 'interface {}';
const maximum = defineVariadic([any], any, (first, others) =>
  int64(others.map(toInt64).reduce((a, b) => (b > a ? b : a), toInt64(first))),
);

/** A list longer than this would be a mistake; Go would fill its memory. */
const maximumItems = 1_000_000n;

/** sprig's arithmetic: 64-bit integers that wrap around. */
export const numberFunctions: FunctionMap = {
  atoi: define(['string'], (text) => int(clamp(parseDecimal(text, 10) ?? 0n))),
  int: define([any], (value) => int(toInt64(value))),
  int64: define([any], (value) => int64(toInt64(value))),
  float64: define([any], (value) => float(toFloat64(value))),
  toDecimal: define([any], (value) => int64(inRange(parseDecimal(format(value), 8)))),
  add1: define([any], (value) => int64(toInt64(value) + 1n)),
  add: defineVariadic([], any, (values) => int64(values.reduce((sum, value) => sum + toInt64(value), 0n))),
  sub: define([any, any], (a, b) => int64(toInt64(a) - toInt64(b))),
  mul: defineVariadic([any], any, (first, others) =>
    int64(others.reduce((product, value) => BigInt.asIntN(64, product * toInt64(value)), toInt64(first))),
  ),
  div: define([any, any], (a, b) => int64(toInt64(a) / divisor(b))),
  mod: define([any, any], (a, b) => int64(toInt64(a) % divisor(b))),
  max: maximum,
  biggest: maximum,
  min: defineVariadic([any], any, (first, others) =>
    int64(others.map(toInt64).reduce((a, b) => (b < a ? b : a), toInt64(first))),
  ),
  floor: define([any], (value) => float(Math.floor(toFloat64(value)))),
  ceil: define([any], (value) => float(Math.ceil(toFloat64(value)))),
  round: defineVariadic([any, 'int'], 'float64', (value, places, [roundOn = 0.5]) =>
    float(round(toFloat64(value), Number(places), roundOn)),
  ),
  until: define(['int'], (count) => steps(0n, count, count < 0n ? -1n : 1n)),
  untilStep: define(['int', 'int', 'int'], steps),
};

function inRange(value: bigint | undefined): bigint {
  return value !== undefined && clamp(value) === value ? value : 0n;
}

function divisor(value: Value): bigint {
  const result = toInt64(value);
  if (result === 0n) throw new FunctionError('runtime error: integer divide by zero');
  return result;
}

function round(value: number, places: number, roundOn: number): number {
  const power = 10 ** places;
  const shifted = power * value;
  const fraction = shifted - Math.trunc(shifted);
  return (fraction >= roundOn ? Math.ceil(shifted) : Math.floor(shifted)) / power;
}

function steps(start: bigint, stop: bigint, step: bigint): Value {
  return list(
    integerSteps(start, stop, step).map((value) => int(value)),
    'int',
  );
}

/** From `start` to before `stop`; nothing when the step leads elsewhere. */
export function integerSteps(start: bigint, stop: bigint, step: bigint): bigint[] {
  const items: bigint[] = [];
  const isDescending = stop < start;
  if (isDescending ? step >= 0n : step <= 0n) return items;
  if ((stop - start) / step > maximumItems)
    throw new FunctionError(`list has more than ${maximumItems} items`);
  for (let i = start; isDescending ? i > stop : i < stop; i += step) items.push(i);
  return items;
}
