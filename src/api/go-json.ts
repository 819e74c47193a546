import type { Json } from '../kubernetes/objects.ts';

/** JSON that can't be read; its message is the text that Go's encoding/json gives for the same input. */
export class GoJsonError extends Error {
  override name = 'GoJsonError';
}

/**
 * Reads JSON as Go's encoding/json does: lone surrogates become U+FFFD, errors have Go's texts
 * (`unexpected end of JSON input`, `invalid character 'x' after top-level value`).
 * @throws {GoJsonError}
 */
export function parseGoJson(text: string): Json {
  const wellFormed = text.toWellFormed();
  try {
    return JSON.parse(wellFormed, (_, value: unknown) =>
      typeof value === 'string' ? value.toWellFormed() : value,
    ) as Json;
  } catch {
    // JSON.parse names neither the byte nor the state that Go names: the scan finds the same error again.
    throw new GoJsonError(syntaxError(Buffer.from(wellFormed)));
  }
}

/** A string as Go's json.Marshal writes it: also `<`, `>`, `&`, U+2028 and U+2029 are escaped. */
export function marshalGoString(value: string): string {
  return JSON.stringify(value.toWellFormed()).replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** What Go calls a JSON value in its errors. */
export function goJsonKind(value: Json): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return typeof value === 'boolean' ? 'bool' : typeof value;
}

const MAX_DEPTH = 10_000; // of encoding/json

/** The first error in the order and with the words of encoding/json's scanner, which works on bytes. */
function syntaxError(bytes: Buffer): string {
  try {
    const end = skipSpace(bytes, scanValue(bytes, 0, 0));
    return end < bytes.length ? unexpected(bytes, end, 'after top-level value') : 'invalid JSON';
  } catch (error) {
    if (error instanceof GoJsonError) return error.message;
    throw error;
  }
}

/** Returns the position behind the value that begins at `start`. */
function scanValue(bytes: Buffer, start: number, depth: number): number {
  if (depth > MAX_DEPTH) throw new GoJsonError('exceeded max depth');
  const at = skipSpace(bytes, start);
  switch (charAt(bytes, at)) {
    case '{':
      return scanObject(bytes, at + 1, depth + 1);
    case '[':
      return scanArray(bytes, at + 1, depth + 1);
    case '"':
      return scanString(bytes, at + 1);
    case 't':
      return scanLiteral(bytes, at, 'true');
    case 'f':
      return scanLiteral(bytes, at, 'false');
    case 'n':
      return scanLiteral(bytes, at, 'null');
    default:
      return scanNumber(bytes, at);
  }
}

function scanObject(bytes: Buffer, start: number, depth: number): number {
  let at = skipSpace(bytes, start);
  if (charAt(bytes, at) === '}') return at + 1;
  for (;;) {
    expectChar(bytes, at, '"', 'looking for beginning of object key string');
    at = skipSpace(bytes, scanString(bytes, at + 1));
    expectChar(bytes, at, ':', 'after object key');
    at = skipSpace(bytes, scanValue(bytes, at + 1, depth));
    if (charAt(bytes, at) === '}') return at + 1;
    expectChar(bytes, at, ',', 'after object key:value pair');
    at = skipSpace(bytes, at + 1);
  }
}

function scanArray(bytes: Buffer, start: number, depth: number): number {
  let at = skipSpace(bytes, start);
  if (charAt(bytes, at) === ']') return at + 1;
  for (;;) {
    at = skipSpace(bytes, scanValue(bytes, at, depth));
    if (charAt(bytes, at) === ']') return at + 1;
    expectChar(bytes, at, ',', 'after array element');
    at += 1;
  }
}

function scanString(bytes: Buffer, start: number): number {
  for (let at = start; ; at += 1) {
    const character = charAt(bytes, at);
    if (character === '"') return at + 1;
    if (character < ' ') fail(bytes, at, 'in string literal');
    if (character !== '\\') continue;
    at += 1;
    const escaped = charAt(bytes, at);
    if (!'"\\/bfnrtu'.includes(escaped)) fail(bytes, at, 'in string escape code');
    if (escaped !== 'u') continue;
    for (let digit = 0; digit < 4; digit += 1) {
      at += 1;
      if (!/[0-9a-fA-F]/.test(charAt(bytes, at))) fail(bytes, at, 'in \\u hexadecimal character escape');
    }
  }
}

function scanLiteral(bytes: Buffer, start: number, literal: string): number {
  for (let index = 1; index < literal.length; index += 1) {
    const expected = literal.charAt(index);
    expectChar(bytes, start + index, expected, `in literal ${literal} (expecting '${expected}')`);
  }
  return start + literal.length;
}

function scanNumber(bytes: Buffer, start: number): number {
  let at = start;
  if (charAt(bytes, at) === '-') {
    at += 1;
    if (!isDigit(charAt(bytes, at))) fail(bytes, at, 'in numeric literal');
  } else if (!isDigit(charAt(bytes, at))) fail(bytes, at, 'looking for beginning of value');
  at = bytes[at] === 0x30 ? at + 1 : skipDigits(bytes, at);
  if (bytes[at] === 0x2e) {
    at += 1;
    if (!isDigit(charAt(bytes, at))) fail(bytes, at, 'after decimal point in numeric literal');
    at = skipDigits(bytes, at);
  }
  if (bytes[at] === 0x65 || bytes[at] === 0x45) {
    at += 1;
    if (bytes[at] === 0x2b || bytes[at] === 0x2d) at += 1;
    if (!isDigit(charAt(bytes, at))) fail(bytes, at, 'in exponent of numeric literal');
    at = skipDigits(bytes, at);
  }
  return at;
}

function skipSpace(bytes: Buffer, start: number): number {
  let at = start;
  while (bytes[at] === 0x20 || bytes[at] === 0x09 || bytes[at] === 0x0a || bytes[at] === 0x0d) at += 1;
  return at;
}

function skipDigits(bytes: Buffer, start: number): number {
  let at = start;
  while (at < bytes.length && isDigit(charAt(bytes, at))) at += 1;
  return at;
}

function isDigit(character: string): boolean {
  return character >= '0' && character <= '9';
}

/** The byte as a character of its own, as Go's scanner sees it. */
function charAt(bytes: Buffer, at: number): string {
  const byte = bytes[at];
  if (byte === undefined) throw new GoJsonError('unexpected end of JSON input');
  return String.fromCharCode(byte);
}

function expectChar(bytes: Buffer, at: number, expected: string, context: string): void {
  if (charAt(bytes, at) !== expected) fail(bytes, at, context);
}

function fail(bytes: Buffer, at: number, context: string): never {
  throw new GoJsonError(unexpected(bytes, at, context));
}

function unexpected(bytes: Buffer, at: number, context: string): string {
  return `invalid character ${quoteChar(charAt(bytes, at))} ${context}`;
}

/** Go's strconv.Quote of one byte taken as a rune, in single quotes. */
function quoteChar(character: string): string {
  if (character === "'") return String.raw`'\''`;
  if (character === '"') return `'"'`;
  const code = character.charCodeAt(0);
  const named: Record<number, string> = {
    7: 'a',
    8: 'b',
    9: 't',
    10: 'n',
    11: 'v',
    12: 'f',
    13: 'r',
    92: '\\',
  };
  if (named[code] !== undefined) return `'\\${named[code]}'`;
  if (code < 0x20 || code === 0x7f) return `'\\x${code.toString(16).padStart(2, '0')}'`;
  if ((code >= 0x80 && code <= 0xa0) || code === 0xad) return `'\\u${code.toString(16).padStart(4, '0')}'`;
  return `'${character}'`;
}
