/** One way to read a text: what stands in it when quoting, encoding and line breaks are taken away. */
export interface TextReading {
  text: string;
  /** Where in the text that was read a part of the reading stands. */
  locate(from: number, to: number): { from: number; to: number };
}

/**
 * The readings of a text beside the text itself. Without quotes: without blanks, control characters and backslashes, and with what
 * `\u0041`, `\x41` and `\n` stand for, of which blanks go again. So a value is found however often it was quoted as JSON, Go or C do,
 * and over however many lines it was broken. Decoded: the same of what a URL or a form holds.
 */
export function readingsOf(text: string): TextReading[] {
  const readings: TextReading[] = [];
  if (text.includes('\\') || isOfLines(text)) readings.push(read(text, [withoutQuotes]));
  if (!text.includes('%') && !text.includes('+')) return readings;
  const once = read(text, [percentDecoded, withoutQuotesAndPlus]);
  readings.push(once);
  if (once.text.includes('%')) {
    readings.push(read(text, [percentDecoded, percentDecoded, withoutQuotesAndPlus]));
  }
  return readings;
}

/** How a value looks in these readings. */
export function unquotedForms(value: string): string[] {
  const text = rewritten(value, withoutQuotes);
  return text.includes('+') ? [text, text.replaceAll('+', '')] : [text];
}

const BACKSLASH = 0x5c;
/** Blanks, as forms encode them. */
const PLUS = 0x2b;

/** A text that is made from another one, never longer than that. */
interface Rewriting {
  units: Uint16Array;
  length: number;
  /** Where each unit begins and ends in the other text; absent where nobody asks. */
  starts?: Uint32Array;
  ends?: Uint32Array;
}

type Rewrite = (text: string, into: Rewriting) => void;

/** Places are asked for where a secret was found, which is rare: they are counted then. */
function read(text: string, rewrites: Rewrite[]): TextReading {
  let located: Rewriting[] | undefined;
  return {
    text: rewrites.reduce(rewritten, text),
    locate(from, to) {
      located ??= rewrittenWithPlaces(text, rewrites);
      const range = { from, to };
      for (const { starts, ends } of located.toReversed()) {
        range.from = starts?.[range.from] ?? 0;
        range.to = ends?.[range.to - 1] ?? text.length;
      }
      return range;
    },
  };
}

function rewritten(text: string, rewrite: Rewrite): string {
  const into = { units: new Uint16Array(text.length), length: 0 };
  rewrite(text, into);
  return textOf(into);
}

function rewrittenWithPlaces(text: string, rewrites: Rewrite[]): Rewriting[] {
  let source = text;
  return rewrites.map((rewrite) => {
    const { length } = source;
    const units = new Uint16Array(length);
    const into = { units, length: 0, starts: new Uint32Array(length), ends: new Uint32Array(length) };
    rewrite(source, into);
    source = textOf(into);
    return into;
  });
}

function textOf({ units, length }: Rewriting): string {
  return Buffer.from(units.buffer, 0, length * 2).toString('utf16le');
}

function add(into: Rewriting, unit: number, start: number, end: number): void {
  const { length, starts, ends } = into;
  into.units[length] = unit;
  if (starts && ends) {
    starts[length] = start;
    ends[length] = end;
  }
  into.length = length + 1;
}

function withoutQuotes(text: string, into: Rewriting): void {
  unquote(text, into, BACKSLASH);
}

function withoutQuotesAndPlus(text: string, into: Rewriting): void {
  unquote(text, into, PLUS);
}

function unquote(text: string, into: Rewriting, alsoDropped: number): void {
  for (let at = 0; at < text.length;) {
    const code = text.charCodeAt(at);
    if (code !== BACKSLASH) {
      if (!isBlank(code) && code !== alsoDropped) add(into, code, at, at + 1);
      at += 1;
      continue;
    }
    let after = at + 1;
    while (text.charCodeAt(after) === BACKSLASH) after += 1;
    const { character, length } = escapeAt(text, after);
    for (let index = 0; index < character.length; index++) {
      const unit = character.charCodeAt(index);
      if (!isBlank(unit) && unit !== BACKSLASH && unit !== alsoDropped) add(into, unit, at, after + length);
    }
    at = after + length;
  }
}

const NO_ESCAPE = { character: '', length: 0 };
const BLANK = { character: '', length: 1 };

/** What the escape sequence means whose letter stands at `at`, blanks left out, and how long it is without its backslash. */
function escapeAt(text: string, at: number): { character: string; length: number } {
  const letter = text[at] ?? '';
  const digits = letter === 'u' ? 4 : letter === 'x' ? 2 : letter === 'U' ? 8 : 0;
  if (digits === 0) return letter !== '' && 'abfnrtv'.includes(letter) ? BLANK : NO_ESCAPE;
  const hex = text.slice(at + 1, at + 1 + digits);
  const point = hex.length === digits && /^[0-9a-fA-F]+$/.test(hex) ? Number.parseInt(hex, 16) : Infinity;
  return point > 0x10ffff ? NO_ESCAPE : { character: String.fromCodePoint(point), length: 1 + digits };
}

/** What is not encoded UTF-8 stays as it is. */
function percentDecoded(text: string, into: Rewriting): void {
  let from = 0;
  if (text.includes('%')) {
    for (const match of text.matchAll(/(?:%[0-9a-fA-F]{2})+/g)) {
      const [encoded] = match;
      copy(text, into, from, match.index);
      from = match.index + encoded.length;
      decodeBytes(text, into, Buffer.from(encoded.replaceAll('%', ''), 'hex'), match.index);
    }
  }
  copy(text, into, from, text.length);
}

/** @param index where the encoded bytes begin, three characters each */
function decodeBytes(text: string, into: Rewriting, bytes: Buffer, index: number): void {
  for (let at = 0; at < bytes.length;) {
    const byte = bytes[at] ?? 0;
    const width = byte < 0x80 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
    const character = bytes.toString('utf8', at, at + width);
    const start = index + at * 3;
    if (character === '\uFFFD' || character.length !== (width === 4 ? 2 : 1)) {
      copy(text, into, start, start + 3);
      at += 1;
      continue;
    }
    for (let unit = 0; unit < character.length; unit++)
      add(into, character.charCodeAt(unit), start, start + width * 3);
    at += width;
  }
}

function copy(text: string, into: Rewriting, from: number, to: number): void {
  for (let at = from; at < to; at++) add(into, text.charCodeAt(at), at, at + 1);
}

/** Go and JSON escape blanks beyond ASCII by number, which is no reason to keep them. */
function isBlank(code: number): boolean {
  return code <= 0x20 || (code >= 0x7f && code <= 0xa0) || code === 0x2028 || code === 0x2029;
}

/** A line's end at the end makes no second line. */
function isOfLines(text: string): boolean {
  const end = text.search(/[\r\n]/);
  return end >= 0 && end < text.trimEnd().length;
}
