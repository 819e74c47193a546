import { FunctionError } from '../../function.ts';

/** A decimal number: `digits` times ten to the power of `exponent`. */
export interface Decimal {
  digits: bigint;
  exponent: number;
}

const QUOTIENT_DIGITS = 16;

/**
 * The shortest decimal number that stands for a float.
 * @throws {FunctionError} for what is no number.
 */
export function decimalOf(value: number): Decimal {
  if (!Number.isFinite(value)) {
    const shown = Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
    throw new FunctionError(`Cannot create a Decimal from ${shown}`);
  }
  const [mantissa = '0', exponent = '0'] = value.toExponential().split('e');
  const [whole = '', fraction = ''] = mantissa.split('.');
  return { digits: BigInt(whole + fraction), exponent: Number(exponent) - fraction.length };
}

/** The nearest float. */
export function floatOf({ digits, exponent }: Decimal): number {
  return Number(`${digits}e${exponent}`);
}

export function addDecimals(a: Decimal, b: Decimal): Decimal {
  const exponent = Math.min(a.exponent, b.exponent);
  return { digits: digitsAt(a, exponent) + digitsAt(b, exponent), exponent };
}

export function subtractDecimals(a: Decimal, b: Decimal): Decimal {
  return addDecimals(a, { ...b, digits: -b.digits });
}

export function multiplyDecimals(a: Decimal, b: Decimal): Decimal {
  return { digits: a.digits * b.digits, exponent: a.exponent + b.exponent };
}

/** Rounds to sixteen places, half away from zero. */
export function divideDecimals(a: Decimal, b: Decimal): Decimal {
  if (b.digits === 0n) throw new FunctionError('decimal division by 0');
  const shift = a.exponent - b.exponent + QUOTIENT_DIGITS;
  const dividend = shift > 0 ? a.digits * 10n ** BigInt(shift) : a.digits;
  const divisor = shift < 0 ? b.digits * 10n ** BigInt(-shift) : b.digits;
  const quotient = dividend / divisor;
  const isRoundedUp = magnitude(dividend % divisor) * 2n >= magnitude(divisor);
  const step = dividend < 0n === divisor < 0n ? 1n : -1n;
  return { digits: isRoundedUp ? quotient + step : quotient, exponent: -QUOTIENT_DIGITS };
}

function digitsAt({ digits, exponent }: Decimal, wanted: number): bigint {
  return digits * 10n ** BigInt(exponent - wanted);
}

function magnitude(value: bigint): bigint {
  return value < 0n ? -value : value;
}
