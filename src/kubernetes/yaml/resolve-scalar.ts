import type { ScalarNode } from './parse.ts';
import { YamlFault } from './yaml-fault.ts';

/** What a scalar stands for. Whole numbers are bigint, fractions number. */
export type Scalar = string | bigint | number | boolean | null;

/**
 * The value of a scalar as go-yaml 2 has it: YAML 1.1's words for truth, octal numbers with a leading zero, no sexagesimal numbers; dates
 * stay text.
 * @throws {YamlFault} for a text that is not what its tag says
 */
export function resolveScalar({ value, tag, isImplicit, mark }: ScalarNode): Scalar {
  if (tag === '' && !isImplicit) return value;
  const wanted = tag.startsWith(TAG_PREFIX) ? tag.slice(TAG_PREFIX.length) : tag;
  if (wanted === 'binary') return value;
  if (tag !== '' && !(tag.startsWith(TAG_PREFIX) && RESOLVABLE.includes(wanted))) return value;
  if (wanted === 'str') return value;
  const { type, scalar } = resolvePlain(value, wanted);
  if (wanted === '' || wanted === type) return scalar;
  if (wanted === 'float' && typeof scalar === 'bigint' && scalar < 2n ** 63n) return Number(scalar);
  throw new YamlFault(`cannot decode a !!${type} as a !!${wanted}`, mark);
}

const TAG_PREFIX = 'tag:yaml.org,2002:';
const RESOLVABLE = ['str', 'bool', 'int', 'float', 'null', 'timestamp'];

interface Resolved {
  type: string;
  scalar: Scalar;
}

function resolvePlain(text: string, wanted: string): Resolved {
  const word = Object.hasOwn(WORDS, text) ? WORDS[text] : undefined;
  if (word) return word;
  if (/^[-+0-9]/.test(text)) {
    if (isTimestamp(text) && (wanted === '' || wanted === 'timestamp'))
      return { type: 'timestamp', scalar: text };
    const integer = parseYamlInteger(text);
    if (integer !== undefined) return { type: 'int', scalar: integer };
  }
  const float = parseYamlFraction(text);
  return float === undefined ? { type: 'str', scalar: text } : { type: 'float', scalar: float };
}

const WORDS: Readonly<Record<string, Resolved>> = Object.fromEntries([
  ...['y', 'Y', 'yes', 'Yes', 'YES', 'true', 'True', 'TRUE', 'on', 'On', 'ON'].map((word) => [
    word,
    { type: 'bool', scalar: true },
  ]),
  ...['n', 'N', 'no', 'No', 'NO', 'false', 'False', 'FALSE', 'off', 'Off', 'OFF'].map((word) => [
    word,
    { type: 'bool', scalar: false },
  ]),
  ...['', '~', 'null', 'Null', 'NULL'].map((word) => [word, { type: 'null', scalar: null }]),
  ...['.nan', '.NaN', '.NAN'].map((word) => [word, { type: 'float', scalar: NaN }]),
  ...['.inf', '.Inf', '.INF', '+.inf', '+.Inf', '+.INF'].map((word) => [
    word,
    { type: 'float', scalar: Infinity },
  ]),
  ...['-.inf', '-.Inf', '-.INF'].map((word) => [word, { type: 'float', scalar: -Infinity }]),
]);

/**
 * As Go's `strconv.ParseInt(text, 0, 64)` reads it, or ParseUint, after taking the underscores out: 0x1F, 0b11, 0o17, 017, +5. What is
 * larger is no integer.
 */
export function parseYamlInteger(text: string): bigint | undefined {
  const plain = text.replaceAll('_', '');
  const parts =
    /^([-+]?)(?:(0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO][0-7]+)|0([0-7]+)|(0|[1-9][0-9]*))$/.exec(plain) ??
    // A sign within a binary number is an accident of the library.
    /^(?=0b[-+])0b([-+])(?<binary>[01]+)$/.exec(plain);
  if (!parts) return undefined;
  const [, sign = '', prefixed, octal, decimal] = parts;
  const binary = parts.groups?.['binary'];
  const digits =
    binary === undefined ? (prefixed ?? (octal === undefined ? decimal : `0o${octal}`)) : `0b${binary}`;
  const magnitude = BigInt(digits ?? '0');
  const bound = sign === '' ? 2n ** 64n - 1n : sign === '+' ? 2n ** 63n - 1n : 2n ** 63n;
  if (magnitude > bound) return undefined;
  return sign === '-' ? -magnitude : magnitude;
}

/** Absent for what a float of 64 bits does not hold. Behind a leading point underscores may only stand between digits. */
export function parseYamlFraction(text: string): number | undefined {
  if (!/^[-+.0-9]/.test(text) || (text.startsWith('.') && /(?:^|[^0-9])_|_(?:[^0-9]|$)/.test(text)))
    return undefined;
  const digits = text.replaceAll('_', '');
  if (!/^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/.test(digits)) return undefined;
  const value = Number(digits);
  return Number.isFinite(value) ? value : undefined;
}

/** The forms that go-yaml takes for a date: RFC 3339 with short fields, or without a zone, or the day alone. */
function isTimestamp(text: string): boolean {
  const parts =
    /^(\d{4})-(\d{1,2})-(\d{1,2})(?:[Tt](\d{1,2}):(\d{1,2}):(\d{1,2})(?:[.,]\d+)?(?:Z|[-+]\d\d:\d\d)| (\d{1,2}):(\d{1,2}):(\d{1,2})(?:[.,]\d+)?)?$/.exec(
      text,
    );
  if (!parts) return false;
  const [year = 0, month = 0, day = 0, ...times] = parts.slice(1).map((part) => Number(part ?? 0));
  const [hour = 0, minute = 0, second = 0] = times[0] || times[1] || times[2] ? times : times.slice(3);
  const isDay =
    month >= 1 && month <= 12 && day >= 1 && day <= new Date(Date.UTC(year, month, 0)).getUTCDate();
  return isDay && hour < 24 && minute < 60 && second < 60;
}

/** Whether a text without quotes and tag is read as that text. */
export function isStringToGo(text: string): boolean {
  return resolvePlain(text, '').type === 'str';
}
