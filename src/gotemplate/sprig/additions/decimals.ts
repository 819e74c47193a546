import { define, defineVariadic } from '../../function.ts';
import type { FunctionMap } from '../../function.ts';
import { float } from '../../value.ts';
import type { Value } from '../../value.ts';
import { toFloat64 } from '../conversion.ts';
import {
  addDecimals,
  decimalOf,
  divideDecimals,
  floatOf,
  multiplyDecimals,
  subtractDecimals,
} from './decimal.ts';
import type { Decimal } from './decimal.ts';

const any = 'interface {}';
const one: Decimal = { digits: 1n, exponent: 0 };

/** Arithmetic with fractions, by decimal numbers: `addf 0.1 0.2` is 0.3. */
export const decimalAdditions: FunctionMap = {
  add1f: define([any], (value) => float(floatOf(addDecimals(decimal(value), one)))),
  addf: defineVariadic([], any, (values) => float(folded({ digits: 0n, exponent: 0 }, values, addDecimals))),
  subf: operation(subtractDecimals),
  mulf: operation(multiplyDecimals),
  divf: operation(divideDecimals),
  maxf: extreme(Math.max),
  minf: extreme(Math.min),
};

type Operation = (a: Decimal, b: Decimal) => Decimal;

function operation(apply: Operation) {
  return defineVariadic([any], any, (first, others) => float(folded(decimal(first), others, apply)));
}

function extreme(choose: (...values: number[]) => number) {
  return defineVariadic([any], any, (first, others) => float(choose(...[first, ...others].map(toFloat64))));
}

function folded(start: Decimal, values: readonly Value[], apply: Operation): number {
  return floatOf(values.reduce((result, value) => apply(result, decimal(value)), start));
}

function decimal(value: Value): Decimal {
  // Version 3 does not look behind named types.
  const isNamed = (value.kind === 'integer' || value.kind === 'string') && value.type !== undefined;
  return decimalOf(isNamed ? 0 : toFloat64(value));
}
