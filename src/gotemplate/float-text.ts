/**
 * Go's `strconv.FormatFloat` for a float64. A precision of -1 asks for the fewest digits that read back as the same number.
 * Rounding is exact and to even, where JavaScript's toFixed rounds a tie up.
 */
export function formatFloat(
  value: number,
  verb: 'e' | 'E' | 'f' | 'g' | 'G' | 'b' | 'x' | 'X',
  precision: number,
): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  const magnitude = Math.abs(value);
  switch (verb) {
    case 'b':
      return sign + binaryExponent(magnitude);
    case 'x':
      return sign + hexadecimal(magnitude, precision);
    case 'X':
      return sign + hexadecimal(magnitude, precision).toUpperCase();
    case 'e':
      return sign + exponential(digitsFor(magnitude, precision < 0 ? undefined : precision + 1), precision);
    case 'E':
      return (
        sign +
        exponential(digitsFor(magnitude, precision < 0 ? undefined : precision + 1), precision).toUpperCase()
      );
    case 'f':
      return sign + fixed(magnitude, precision);
    case 'g':
      return sign + general(magnitude, precision);
    case 'G':
      return sign + general(magnitude, precision).toUpperCase();
  }
}

/** A magnitude as 0.d1d2d3… × 10^point. */
interface Decimal {
  digits: string;
  point: number;
}

function digitsFor(magnitude: number, count: number | undefined): Decimal {
  if (magnitude === 0) return { digits: '', point: 0 };
  if (count !== undefined) return rounded(exactDecimal(magnitude), count);
  const [mantissa = '', exponent = '0'] = magnitude.toExponential().split('e');
  return { digits: mantissa.replace('.', ''), point: Number(exponent) + 1 };
}

/** The exact decimal expansion, which every binary fraction has. */
function exactDecimal(magnitude: number): Decimal {
  const { mantissa, exponent } = decompose(magnitude);
  if (exponent >= 0) {
    const digits = (mantissa << BigInt(exponent)).toString();
    return { digits, point: digits.length };
  }
  const digits = (mantissa * 5n ** BigInt(-exponent)).toString();
  return { digits, point: digits.length + exponent };
}

function decompose(magnitude: number): { mantissa: bigint; exponent: number } {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, magnitude);
  const bits = view.getBigUint64(0);
  const biased = Number((bits >> 52n) & 0x7ffn);
  const fraction = bits & 0xfffffffffffffn;
  return biased === 0
    ? { mantissa: fraction, exponent: -1074 }
    : { mantissa: fraction | (1n << 52n), exponent: biased - 1075 };
}

function rounded({ digits, point }: Decimal, count: number): Decimal {
  if (count < 0) return { digits: '', point };
  if (digits.length <= count) return { digits, point };
  const kept = digits.slice(0, count);
  const next = digits.charCodeAt(count) - 48;
  const isTie = next === 5 && /^0*$/.test(digits.slice(count + 1));
  const lastIsOdd = count > 0 && (digits.charCodeAt(count - 1) - 48) % 2 === 1;
  if (next < 5 || (isTie && !lastIsOdd)) return { digits: kept, point };
  const up = (BigInt(kept === '' ? '0' : kept) + 1n).toString().padStart(count, '0');
  return up.length > count ? { digits: up, point: point + 1 } : { digits: up, point };
}

function exponential({ digits, point }: Decimal, precision: number): string {
  const first = digits.charAt(0) || '0';
  const rest = precision < 0 ? digits.slice(1) : digits.slice(1, precision + 1).padEnd(precision, '0');
  const exponent = digits === '' ? 0 : point - 1;
  const sign = exponent < 0 ? '-' : '+';
  return `${first}${rest === '' ? '' : `.${rest}`}e${sign}${String(Math.abs(exponent)).padStart(2, '0')}`;
}

function fixed(magnitude: number, precision: number): string {
  const exact = precision < 0 ? digitsFor(magnitude, undefined) : exactDecimal(magnitude);
  const decimal = precision < 0 ? exact : rounded(exact, exact.point + precision);
  return positional(decimal, precision < 0 ? Math.max(decimal.digits.length - decimal.point, 0) : precision);
}

function positional({ digits, point }: Decimal, decimals: number): string {
  const whole = point > 0 ? digits.slice(0, point).padEnd(point, '0') : '0';
  const fraction = (point > 0 ? digits.slice(point) : '0'.repeat(digits === '' ? 0 : -point) + digits)
    .slice(0, decimals)
    .padEnd(decimals, '0');
  return decimals > 0 ? `${whole}.${fraction}` : whole;
}

function general(magnitude: number, precision: number): string {
  const shortest = precision < 0;
  const decimal = digitsFor(magnitude, shortest ? undefined : Math.max(precision, 1));
  const trimmed = { digits: decimal.digits.replace(/0+$/, ''), point: decimal.point };
  const { length } = trimmed.digits;
  let threshold = shortest ? 6 : Math.max(precision, 1);
  if (!shortest && threshold > length && length >= trimmed.point) threshold = length;
  const exponent = trimmed.digits === '' ? -1 : trimmed.point - 1;
  if (exponent < -4 || exponent >= threshold) return exponential(trimmed, -1);
  return positional(trimmed, Math.max(length - trimmed.point, 0));
}

function binaryExponent(magnitude: number): string {
  const { mantissa, exponent } = decompose(magnitude);
  return `${mantissa}p${exponent < 0 ? '' : '+'}${exponent}`;
}

function hexadecimal(magnitude: number, precision: number): string {
  if (magnitude === 0) return `0x0${precision > 0 ? `.${'0'.repeat(precision)}` : ''}p+00`;
  const { mantissa, exponent } = decompose(magnitude);
  let shift = 53 - mantissa.toString(2).length;
  let bits = mantissa << BigInt(shift);
  if (precision >= 0 && precision < 13) {
    const dropped = BigInt(52 - 4 * precision);
    const half = 1n << (dropped - 1n);
    const remainder = bits & ((1n << dropped) - 1n);
    bits >>= dropped;
    if (remainder > half || (remainder === half && (bits & 1n) === 1n)) bits += 1n;
    bits <<= dropped;
    if (bits >> 53n !== 0n) {
      bits >>= 1n;
      shift -= 1;
    }
  }
  const fraction = (bits & 0xfffffffffffffn).toString(16).padStart(13, '0');
  const shown =
    precision < 0 ? fraction.replace(/0+$/, '') : fraction.padEnd(precision, '0').slice(0, precision);
  const power = exponent + 52 - shift;
  return `0x1${shown === '' ? '' : `.${shown}`}p${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`;
}
