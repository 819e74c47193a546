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
  /** The text that was read, where Kubernetes keeps it rather than making its own: `+5`, `007`. Lost by computing. */
  written?: string;
}

/** `1Gi`, `500m`, `1e3`, `0.5`; a number without digits (`.`, `Gi`) is mostly zero to Kubernetes. @throws {InvalidQuantity} */
export function parseQuantity(text: string): Quantity {
  const parts = /^([+-]?)0*(\d*)(?:\.(\d*))?(Ki|Mi|Gi|Ti|Pi|Ei|[numkMGTPE]|[eE][+-]?\d+)?$/.exec(text);
  if (!parts || text === '') throw new InvalidQuantity(text);
  const [, sign = '', whole = '', fraction = '', suffix = ''] = parts;
  const scale = scaleOf(suffix, text);
  if (!/\d/.test(text.slice(0, text.length - suffix.length)) && !fitsInt64(whole, fraction, scale))
    throw new InvalidQuantity(text);
  const digits = BigInt(whole + fraction || '0') * scale.factor;
  const exact = roundToNano({ digits, exponent: scale.exponent - fraction.length });
  const bounded = scale.format === 'binary' ? boundedBinary(exact) : { ...exact, format: scale.format };
  const quantity: Quantity = { ...bounded, digits: sign === '-' ? -bounded.digits : bounded.digits };
  return isKeptAsWritten(whole, fraction, scale) ? { ...quantity, written: text } : quantity;
}

/** The canonical text, as the API server stores it: the largest suffix with which the number stays whole. */
export function formatQuantity(quantity: Quantity): string {
  if (quantity.written !== undefined) return quantity.written;
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
  return addQuantities(a, { digits: -b.digits, exponent: b.exponent, format: b.format });
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

interface Scale {
  factor: bigint;
  exponent: number;
  format: Quantity['format'];
}

function scaleOf(suffix: string, text: string): Scale {
  const binary = BINARY_SUFFIXES.indexOf(suffix, 1);
  if (binary > 0) return { factor: 1024n ** BigInt(binary), exponent: 0, format: 'binary' };
  const decimal = DECIMAL_SUFFIXES.indexOf(suffix);
  if (decimal >= 0) return { factor: 1n, exponent: (decimal - 3) * 3, format: 'decimal' };
  const exponent = Number(suffix.slice(1));
  if (Math.abs(exponent) > MAX_EXPONENT) throw new InvalidQuantity(text);
  return { factor: 1n, exponent, format: 'exponent' };
}

/** Far beyond what Kubernetes stores (2^63-1), and small enough to compute with. */
const MAX_EXPONENT = 1000;

function roundToNano({ digits, exponent }: Amount): Amount {
  if (exponent >= -9) return { digits, exponent };
  return { digits: divideAwayFromZero(digits, 10n ** BigInt(-9 - exponent)), exponent: -9 };
}

interface Amount {
  digits: bigint;
  exponent: number;
}

/** Kubernetes caps binary quantities, and calls those below one decimal. */
function boundedBinary({ digits, exponent }: Amount): Omit<Quantity, 'written'> {
  const scale = 10n ** BigInt(-exponent);
  if (digits > MAX_BINARY * scale) return { digits: MAX_BINARY, exponent: 0, format: 'binary' };
  return { digits, exponent, format: digits > 0n && digits < scale ? 'decimal' : 'binary' };
}

const MAX_BINARY = 2n ** 63n - 1n;

/** Kubernetes computes with 64 bits where that is surely enough. */
function fitsInt64(whole: string, fraction: string, { factor, exponent, format }: Scale): boolean {
  const count = (whole || '0').length;
  if (format !== 'binary') return count + fraction.length <= 18 && exponent - fraction.length >= -9;
  const power = factor.toString(2).length - 1;
  const isShort = 14 - count - Math.trunc((power * 3) / 10) >= 0;
  return fraction === '' && isShort && BigInt(whole || '0') * factor <= MAX_BINARY;
}

/** Then it keeps the text of what looks canonical to it, signs and zeros in front included. `whole` is without those zeros. */
function isKeptAsWritten(whole: string, fraction: string, scale: Scale): boolean {
  if (!fitsInt64(whole, fraction, scale)) return false;
  const digits = (whole || '0') + fraction;
  if (scale.format === 'binary') return BigInt(digits) % 8n !== 0n;
  return (scale.exponent - fraction.length) % 3 === 0 && !digits.endsWith('000') && !digits.startsWith('0');
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
