import { format } from '../format.ts';
import { fromBytes } from '../go-string.ts';
import { parseFloatLiteral } from '../number-constant.ts';
import type { Value } from '../value.ts';

const maximumInt64 = 2n ** 63n - 1n;
const minimumInt64 = -(2n ** 63n);

/** sprig's text of anything: bytes as text, the String method where there is one, else what `%v` prints. */
export function toText(value: Value): string {
  if (value.kind === 'string' && value.type === undefined) return value.value;
  return value.kind === 'bytes' ? fromBytes(value.value) : format(value);
}

/** sprig's texts of a list's elements, without nils; of one value, its text alone. */
export function toTexts(value: Value): string[] {
  switch (value.kind) {
    case 'nil':
      return [];
    case 'list':
      return value.items.filter((item) => item.kind !== 'nil').map(toText);
    case 'bytes':
      return [...value.value].map(String);
    default:
      return [toText(value)];
  }
}

/** sprig's conversion to int64: 0 for what is no whole number, truncating floats. */
export function toInt64(value: Value): bigint {
  switch (value.kind) {
    case 'string': {
      const parsed = value.type === undefined ? parseDecimal(value.value, 10) : undefined;
      return parsed !== undefined && parsed === clamp(parsed) ? parsed : 0n;
    }
    case 'integer':
      return value.value > maximumInt64 ? maximumInt64 : value.value;
    case 'float':
      return truncate(value.value);
    case 'bool':
      return value.value ? 1n : 0n;
    case 'pointer':
      return value.target === undefined ? 0n : toInt64(value.target);
    default:
      return 0n;
  }
}

/** sprig's conversion to float64: 0 for what is no number. */
export function toFloat64(value: Value): number {
  switch (value.kind) {
    case 'string':
      return value.type === undefined ? parseFloat64(value.value) : 0;
    case 'integer':
      return Number(value.value);
    case 'float':
      return value.value;
    case 'bool':
      return value.value ? 1 : 0;
    case 'pointer':
      return value.target === undefined ? 0 : toFloat64(value.target);
    default:
      return 0;
  }
}

/** Go's `strconv.ParseInt` in base 10 or 8, before the range is checked; undefined when malformed. */
export function parseDecimal(text: string, base: 8 | 10): bigint | undefined {
  if (!(base === 10 ? /^[+-]?[0-9]+$/ : /^[+-]?[0-7]+$/).test(text)) return undefined;
  const digits = text.replace(/^[+-]/, '');
  const magnitude = BigInt(base === 8 ? `0o${digits}` : digits);
  return text.startsWith('-') ? -magnitude : magnitude;
}

/** The nearest int64. */
export function clamp(value: bigint): bigint {
  return value > maximumInt64 ? maximumInt64 : value < minimumInt64 ? minimumInt64 : value;
}

/** Whether sprig takes a value for unset. */
export function isEmpty(value: Value): boolean {
  switch (value.kind) {
    case 'nil':
      return true;
    case 'bool':
      return !value.value;
    case 'integer':
      return value.value === 0n;
    case 'float':
      return value.value === 0;
    case 'complex':
      return value.real === 0 && value.imaginary === 0;
    case 'string':
    case 'bytes':
      return value.value.length === 0;
    case 'list':
      return value.items.length === 0;
    case 'map':
      return value.entries.size === 0;
    case 'pointer':
      return value.target === undefined;
    case 'struct':
    case 'time':
    case 'opaque':
      return false;
  }
}

/** On amd64 a float that no int64 holds becomes the smallest one. */
function truncate(value: number): bigint {
  const whole = Math.trunc(value);
  if (!Number.isFinite(whole)) return minimumInt64;
  const exact = BigInt(whole);
  return exact === clamp(exact) ? exact : minimumInt64;
}

function parseFloat64(text: string): number {
  if (/^[+-]?inf(?:inity)?$/i.test(text)) return text.startsWith('-') ? -Infinity : Infinity;
  if (/^nan$/i.test(text)) return NaN;
  return parseFloatLiteral(text) ?? 0;
}
