/** A size in bytes, where a number is exact enough: below 2^53. */
export type Bytes = number;

/**
 * A Kubernetes quantity: exactly `digits` × 10^`exponent`. Kubernetes keeps nothing finer than 10^-9: what is finer is rounded
 * away from zero when it is read. `format` is how it was written, and how it is written again.
 */
export interface Quantity {
  digits: bigint;
  exponent: number;
  format: 'decimal' | 'binary' | 'exponent';
}

/** `1Gi`, `500m`, `1e3`, `0.5`. @throws {InvalidQuantity} */
export function parseQuantity(text: string): Quantity {
  const parts = /^([+-]?)(\d*)(?:\.(\d*))?(Ki|Mi|Gi|Ti|Pi|Ei|[numkMGTPE]|[eE][+-]?\d+)?$/.exec(text);
  const [, sign = '', whole = '', fraction = '', suffix = ''] = parts ?? [];
  if (!parts || whole + fraction === '') throw new InvalidQuantity(text);
  const scale = scaleOf(suffix);
  const digits = BigInt(whole + fraction) * scale.factor * (sign === '-' ? -1n : 1n);
  return { ...roundToNano(digits, scale.exponent - fraction.length), format: scale.format };
}

/** The canonical text, as the API server stores it: the largest suffix with which the number stays whole. */
export function formatQuantity(quantity: Quantity): string {
  const { digits, exponent } = normalize(quantity);
  if (digits === 0n) return '0';
  if (quantity.format === 'binary') {
    const binary = formatBinary(digits, exponent);
    if (binary !== undefined) return binary;
  }
  const step = Math.floor(exponent / 3) * 3;
  const shown = Math.max(-9, quantity.format === 'exponent' ? step : Math.min(18, step));
  const mantissa = digits * 10n ** BigInt(exponent - shown);
  if (quantity.format === 'exponent') return shown === 0 ? `${mantissa}` : `${mantissa}e${shown}`;
  return `${mantissa}${DECIMAL_SUFFIXES[shown / 3 + 3] ?? ''}`;
}

/** Negative, zero or positive, as for sorting. */
export function compareQuantities(a: Quantity, b: Quantity): number {
  const [x, y] = align(a, b);
  return x < y ? -1 : x > y ? 1 : 0;
}

/** In the format of `a`, or of `b` where `a` is zero. */
export function addQuantities(a: Quantity, b: Quantity): Quantity {
  const [x, y, exponent] = align(a, b);
  return { digits: x + y, exponent, format: a.digits === 0n ? b.format : a.format };
}

export function subtractQuantities(a: Quantity, b: Quantity): Quantity {
  return addQuantities(a, { ...b, digits: -b.digits });
}

/** The whole number that is at least as large: for bytes and counts. */
export function quantityToInteger({ digits, exponent }: Quantity): bigint {
  return exponent >= 0
    ? digits * 10n ** BigInt(exponent)
    : divideAwayFromZero(digits, 10n ** BigInt(-exponent));
}

export function quantityToNumber({ digits, exponent }: Quantity): number {
  return Number(`${digits}e${exponent}`);
}

/** A whole number of bytes (or of anything) as a quantity. */
export function quantityOf(value: bigint | number, format: Quantity['format'] = 'decimal'): Quantity {
  return { digits: BigInt(value), exponent: 0, format };
}

export class InvalidQuantity extends Error {
  constructor(text: string) {
    super(
      `${JSON.stringify(text)} is not a Kubernetes quantity: expected a number and a unit, such as 500m, 1.5, 10G or 2Gi`,
    );
    this.name = 'InvalidQuantity';
  }
}

const DECIMAL_SUFFIXES = ['n', 'u', 'm', '', 'k', 'M', 'G', 'T', 'P', 'E'];
const BINARY_SUFFIXES = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];

function scaleOf(suffix: string): { factor: bigint; exponent: number; format: Quantity['format'] } {
  const binary = BINARY_SUFFIXES.indexOf(suffix, 1);
  if (binary > 0) return { factor: 1024n ** BigInt(binary), exponent: 0, format: 'binary' };
  const decimal = DECIMAL_SUFFIXES.indexOf(suffix);
  if (decimal >= 0) return { factor: 1n, exponent: (decimal - 3) * 3, format: 'decimal' };
  const exponent = Number(suffix.slice(1));
  if (Math.abs(exponent) > MAX_EXPONENT) throw new InvalidQuantity(suffix);
  return { factor: 1n, exponent, format: 'exponent' };
}

/** Far beyond what Kubernetes stores (2^63-1), and small enough to compute with. */
const MAX_EXPONENT = 1000;

function roundToNano(digits: bigint, exponent: number): { digits: bigint; exponent: number } {
  if (exponent >= -9) return { digits, exponent };
  return { digits: divideAwayFromZero(digits, 10n ** BigInt(-9 - exponent)), exponent: -9 };
}

function divideAwayFromZero(dividend: bigint, divisor: bigint): bigint {
  const quotient = dividend / divisor;
  if (dividend % divisor === 0n) return quotient;
  return quotient + (dividend < 0n ? -1n : 1n);
}

/** Without zeros at the end of the digits. */
function normalize({ digits, exponent }: Quantity): { digits: bigint; exponent: number } {
  if (digits === 0n) return { digits, exponent: 0 };
  const text = digits.toString();
  const zeros = text.length - text.replace(/0+$/, '').length;
  return { digits: digits / 10n ** BigInt(zeros), exponent: exponent + zeros };
}

/** Nothing for a number below 1024 or with a fraction: Kubernetes writes those in the decimal form. */
function formatBinary(digits: bigint, exponent: number): string | undefined {
  if (exponent < 0) return undefined;
  const value = digits * 10n ** BigInt(exponent);
  if (value < 1024n && value > -1024n) return undefined;
  let mantissa = value;
  let power = 0;
  while (mantissa % 1024n === 0n && power < BINARY_SUFFIXES.length - 1) {
    mantissa /= 1024n;
    power += 1;
  }
  return `${mantissa}${BINARY_SUFFIXES[power] ?? ''}`;
}

function align(a: Quantity, b: Quantity): [bigint, bigint, number] {
  const exponent = Math.min(a.exponent, b.exponent);
  return [
    a.digits * 10n ** BigInt(a.exponent - exponent),
    b.digits * 10n ** BigInt(b.exponent - exponent),
    exponent,
  ];
}
