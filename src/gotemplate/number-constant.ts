import { quote, unquoteChar } from './quote.ts';

/**
 * A number in a template, under every Go type that can hold it exactly: like Go's untyped constants it takes the type that
 * the place where it stands asks for.
 */
export interface NumberConstant {
  int?: bigint;
  uint?: bigint;
  float?: number;
  complex?: { real: number; imaginary: number };
}

/** A literal that is no number; the message is Go's. */
export class BadNumber extends Error {
  override name = 'BadNumber';
}

/**
 * Reads a literal that the lexer took for a number, a complex number, or a character.
 * @throws {BadNumber}
 * @throws {InvalidSyntax} for a bad escape in a character constant.
 */
export function parseNumberConstant(
  text: string,
  kind: 'number' | 'complex' | 'charConstant',
): NumberConstant {
  if (kind === 'charConstant') return parseCharacter(text);
  if (kind === 'complex') return parseComplex(text);
  if (text.endsWith('i')) {
    const imaginary = parseFloatLiteral(text.slice(0, -1));
    if (imaginary !== undefined) return simplified(0, imaginary);
  }
  const integer = parseIntegerLiteral(text);
  if (integer !== undefined && isInt64(integer)) {
    return { int: integer, float: Number(integer), ...(integer >= 0n ? { uint: integer } : {}) };
  }
  if (integer !== undefined && isUint64(integer) && !/^[+-]/.test(text))
    return { uint: integer, float: Number(integer) };
  const float = parseFloatLiteral(text);
  if (float === undefined) throw new BadNumber(`illegal number syntax: ${quote(text)}`);
  if (!/[.eEpP]/.test(text)) throw new BadNumber(`integer overflow: ${quote(text)}`);
  return { float, ...integersOf(float) };
}

function parseCharacter(text: string): NumberConstant {
  const { code, rest } = unquoteChar(text.slice(1), "'");
  if (rest !== "'") throw new BadNumber(`malformed character constant: ${text}`);
  return { int: BigInt(code), uint: BigInt(code), float: code };
}

function parseComplex(text: string): NumberConstant {
  const parts = /^(.+?[^eEpP])([+-].*)i$/.exec(text) ?? /^(.)([+-].*)i$/.exec(text);
  const real = parseFloatLiteral(parts?.[1] ?? '');
  const imaginary = parseFloatLiteral(parts?.[2] ?? '');
  if (real === undefined || imaginary === undefined)
    throw new BadNumber('syntax error scanning complex number');
  return simplified(real, imaginary);
}

function simplified(real: number, imaginary: number): NumberConstant {
  const complex = { real, imaginary };
  return imaginary === 0 ? { complex, float: real, ...integersOf(real) } : { complex };
}

function integersOf(float: number): NumberConstant {
  if (!Number.isInteger(float)) return {};
  const exact = BigInt(float);
  return { ...(isInt64(exact) ? { int: exact } : {}), ...(isUint64(exact) ? { uint: exact } : {}) };
}

/** Go's integer literals: decimal, 0x, 0o, 0b, or a leading zero for octal; underscores between digits. */
export function parseIntegerLiteral(text: string): bigint | undefined {
  const literal =
    /^([+-]?)(?:0[xX]((?:_?[0-9a-fA-F])+)|0[oO]?((?:_?[0-7])+)|0[bB]((?:_?[01])+)|(0|[1-9](?:_?[0-9])*))$/.exec(
      text,
    );
  if (literal === null) return undefined;
  const [, sign, hex, octal, binary, decimal] = literal;
  const all = (hex ?? octal ?? binary ?? decimal ?? '').replaceAll('_', '').replace(/^0+(?=.)/, '');
  // No integer type holds that many; reading them all would take long.
  const digits = all.slice(0, 100);
  const prefix = hex !== undefined ? '0x' : octal !== undefined ? '0o' : binary !== undefined ? '0b' : '';
  const magnitude = BigInt(prefix + digits);
  return sign === '-' ? -magnitude : magnitude;
}

/** Go's floating-point literals, hexadecimal ones included; undefined when malformed or out of range. */
export function parseFloatLiteral(text: string): number | undefined {
  const bare = withoutUnderscores(text);
  if (bare === undefined) return undefined;
  if (/^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(bare)) {
    const value = Number(bare);
    return Number.isFinite(value) ? value : undefined;
  }
  const hex = /^([+-]?)0[xX]([0-9a-fA-F]*)\.?([0-9a-fA-F]*)[pP]([+-]?\d+)$/.exec(bare);
  if (hex === null) return undefined;
  const [, sign, whole = '', fraction = '', exponent = ''] = hex;
  if (whole + fraction === '') return undefined;
  // Number() rounds the integer to 53 bits once; the power of two is exact unless the result is subnormal.
  const magnitude = Number(BigInt(`0x${whole}${fraction}`)) * 2 ** (Number(exponent) - 4 * fraction.length);
  if (!Number.isFinite(magnitude)) return undefined;
  return sign === '-' ? -magnitude : magnitude;
}

/** Underscores stand between digits, or between the prefix of a base and a digit. */
function withoutUnderscores(text: string): string | undefined {
  if (!text.includes('_')) return text;
  const prefix = /^[+-]?0[bBoOxX]/.exec(text)?.[0];
  const isDigit = prefix !== undefined && /[xX]/.test(prefix) ? /[0-9a-fA-F]/ : /[0-9]/;
  const start = prefix?.length ?? 0;
  for (let at = text.indexOf('_', start); at >= 0; at = text.indexOf('_', at + 1)) {
    const follows = at === start ? prefix !== undefined : isDigit.test(text.charAt(at - 1));
    if (!follows || !isDigit.test(text.charAt(at + 1))) return undefined;
  }
  return text.replaceAll('_', '');
}

function isInt64(value: bigint): boolean {
  return BigInt.asIntN(64, value) === value;
}

function isUint64(value: bigint): boolean {
  return BigInt.asUintN(64, value) === value;
}
