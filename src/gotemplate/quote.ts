import { fromBytes, runesOf, toBytes } from './go-string.ts';
import { isPrint } from './unicode.ts';

export interface QuoteOptions {
  /** Escape everything outside ASCII (`%+q`). */
  ascii?: boolean;
}

/** Go's `strconv.Quote`: a double-quoted Go literal. */
export function quote(text: string, options: QuoteOptions = {}): string {
  return quoteWith(text, '"', options);
}

/** Go's `strconv.QuoteRune`: a single-quoted Go literal; what is no code point becomes U+FFFD. */
export function quoteRune(code: number, options: QuoteOptions = {}): string {
  const valid = code >= 0 && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff);
  return quoteWith(String.fromCodePoint(valid ? code : 0xfffd), "'", options);
}

/** Go's `strconv.CanBackquote`. */
export function canBackquote(text: string): boolean {
  for (const { code, valid } of runesOf(toBytes(text))) {
    if (!valid || code === 0xfeff || (code < 0x20 && code !== 0x09) || code === 0x60 || code === 0x7f)
      return false;
  }
  return true;
}

/** Why a literal could not be read; Go says only "invalid syntax". */
export class InvalidSyntax extends Error {
  override name = 'InvalidSyntax';
  constructor() {
    super('invalid syntax');
  }
}

/**
 * Go's `strconv.Unquote` for the two forms of string literal that a template has.
 * @throws {InvalidSyntax}
 */
export function unquote(literal: string): string {
  if (literal.length < 2 || !literal.endsWith(literal.charAt(0))) throw new InvalidSyntax();
  const inner = literal.slice(1, -1);
  if (literal.startsWith('`')) {
    if (inner.includes('`')) throw new InvalidSyntax();
    return inner.replaceAll('\r', '');
  }
  return fromBytes(Buffer.concat(literalBytes(inner, '"')));
}

function literalBytes(inner: string, delimiter: string): Uint8Array[] {
  const parts: Uint8Array[] = [];
  for (let rest = inner; rest !== '';) {
    const piece = unquoteChar(rest, delimiter);
    parts.push(piece.byte === undefined ? toBytes(piece.text) : Uint8Array.of(piece.byte));
    rest = piece.rest;
  }
  return parts;
}

/** One character of a literal. `byte` is set for \x and octal escapes, which name bytes rather than characters. */
export interface UnquotedChar {
  code: number;
  text: string;
  byte?: number;
  rest: string;
}

/**
 * Go's `strconv.UnquoteChar`.
 * @throws {InvalidSyntax}
 */
export function unquoteChar(text: string, delimiter: string): UnquotedChar {
  const code = text.codePointAt(0);
  if (code === undefined) throw new InvalidSyntax();
  const char = String.fromCodePoint(code);
  if (char === delimiter || char === '\n') throw new InvalidSyntax();
  if (char !== '\\') return { code, text: char, rest: text.slice(char.length) };
  const kind = text.charAt(1);
  const simple = escapes[kind];
  if (simple !== undefined) return { code: simple.charCodeAt(0), text: simple, rest: text.slice(2) };
  if (kind === delimiter && (kind === '"' || kind === "'")) {
    return { code: kind.charCodeAt(0), text: kind, rest: text.slice(2) };
  }
  const numeric = /^(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{3}))/.exec(text.slice(1));
  if (numeric === null) throw new InvalidSyntax();
  const [all, byteDigits, short, long, octal] = numeric;
  const rest = text.slice(1 + all.length);
  if (byteDigits !== undefined || octal !== undefined) {
    const byte = octal === undefined ? parseInt(byteDigits ?? '', 16) : parseInt(octal, 8);
    if (byte > 255) throw new InvalidSyntax();
    return { code: byte, text: '', byte, rest };
  }
  const value = parseInt(short ?? long ?? '', 16);
  if (value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff)) throw new InvalidSyntax();
  return { code: value, text: String.fromCodePoint(value), rest };
}

const escapes: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
};

function quoteWith(text: string, delimiter: string, options: QuoteOptions): string {
  let result = delimiter;
  for (const rune of runesOf(toBytes(text))) {
    result += rune.valid
      ? quotedRune(rune.code, delimiter, options)
      : `\\x${hex(rune.text.charCodeAt(0) & 0xff, 2)}`;
  }
  return result + delimiter;
}

function quotedRune(code: number, delimiter: string, options: QuoteOptions): string {
  const char = String.fromCodePoint(code);
  if (char === delimiter || char === '\\') return `\\${char}`;
  if (options.ascii === true ? code < 0x7f && isPrint(code) : isPrint(code)) return char;
  const named = controlNames[char];
  if (named !== undefined) return named;
  if (code < 0x20 || code === 0x7f) return `\\x${hex(code, 2)}`;
  return code < 0x10000 ? `\\u${hex(code, 4)}` : `\\U${hex(code, 8)}`;
}

const controlNames: Readonly<Record<string, string>> = {
  '\x07': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
};

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0');
}
