import { toBytes } from './go-string.ts';

/** Nanoseconds in each unit of a Go duration. */
const units: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1000n,
  '\u00b5s': 1000n,
  '\u03bcs': 1000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
};

const maximum = 2n ** 63n;

/** A text that is no Go duration; the message is Go's. */
export class InvalidDuration extends Error {
  override name = 'InvalidDuration';
}

/**
 * Go's `time.ParseDuration`: `1h30m`, `-1.5s`, `300ms`.
 * @returns nanoseconds.
 * @throws {InvalidDuration}
 */
export function parseDuration(text: string): bigint {
  const invalid = () => new InvalidDuration(`time: invalid duration ${quoted(text)}`);
  const sign = /^[+-]/.exec(text)?.[0] ?? '';
  let rest = text.slice(sign.length);
  if (rest === '0') return 0n;
  if (rest === '') throw invalid();
  let total = 0n;
  while (rest !== '') {
    const [, whole = '', point = '', fraction = ''] = /^([0-9]*)(\.?)([0-9]*)/.exec(rest) ?? [];
    const count = BigInt(whole || '0');
    if ((whole === '' && fraction === '') || count > maximum) throw invalid();
    rest = rest.slice(whole.length + point.length + fraction.length);
    const name = /^[^.0-9]*/.exec(rest)?.[0] ?? '';
    if (name === '') throw new InvalidDuration(`time: missing unit in duration ${quoted(text)}`);
    const unit = Object.hasOwn(units, name) ? units[name] : undefined;
    if (unit === undefined)
      throw new InvalidDuration(`time: unknown unit ${quoted(name)} in duration ${quoted(text)}`);
    total += count * unit + fractionOf(fraction, unit);
    if (total > maximum) throw invalid();
    rest = rest.slice(name.length);
  }
  if (sign === '-') return -total;
  if (total === maximum) throw invalid();
  return total;
}

/** In floating point, as Go has it: a third of an hour is 20 minutes. Digits beyond what 63 bits hold change nothing. */
function fractionOf(digits: string, unit: bigint): bigint {
  let kept = 0n;
  let scale = 1;
  for (const digit of digits) {
    const longer = kept * 10n + BigInt(digit);
    if (kept > (maximum - 1n) / 10n || longer > maximum) break;
    kept = longer;
    scale *= 10;
  }
  return BigInt(Math.trunc(Number(kept) * (Number(unit) / scale)));
}

/** The package time quotes byte by byte, unlike the rest of Go. */
function quoted(text: string): string {
  const shown = Array.from(toBytes(text), (byte) => {
    const character = String.fromCharCode(byte);
    if (byte >= 0x80 || byte < 0x20) return `\\x${byte.toString(16).padStart(2, '0')}`;
    return character === '"' || character === '\\' ? `\\${character}` : character;
  });
  return `"${shown.join('')}"`;
}

/** Go's `Duration.String`: `1h30m0s`, `1.5s`, `300ms`, `0s`. */
export function formatDuration(nanoseconds: bigint): string {
  if (nanoseconds === 0n) return '0s';
  const sign = nanoseconds < 0n ? '-' : '';
  const magnitude = nanoseconds < 0n ? -nanoseconds : nanoseconds;
  if (magnitude < 1000n) return `${sign}${magnitude}ns`;
  if (magnitude < 1_000_000n) return `${sign}${decimal(magnitude, 1000n)}\u00b5s`;
  if (magnitude < 1_000_000_000n) return `${sign}${decimal(magnitude, 1_000_000n)}ms`;
  const minutes = magnitude / 60_000_000_000n;
  const seconds = `${decimal(magnitude % 60_000_000_000n, 1_000_000_000n)}s`;
  if (minutes === 0n) return sign + seconds;
  const hours = minutes / 60n;
  return sign + (hours === 0n ? `${minutes}m` : `${hours}h${minutes % 60n}m`) + seconds;
}

/** A quotient with as many decimals as it needs; the unit is a power of ten. */
function decimal(value: bigint, unit: bigint): string {
  const fraction = (value % unit)
    .toString()
    .padStart(unit.toString().length - 1, '0')
    .replace(/0+$/, '');
  return `${value / unit}${fraction === '' ? '' : `.${fraction}`}`;
}
