import { define, defineVariadic, FunctionError } from '../function.ts';
import type { FunctionMap } from '../function.ts';
import { format } from '../format.ts';
import { byteLength, compareStrings, normalise, sliceBytes, toBytes } from '../go-string.ts';
import { quote } from '../quote.ts';
import { isDigit, isLetter, isSpace, toLower, toTitle, toUpper } from '../unicode.ts';
import { bool, list, map, string, strings } from '../value.ts';
import type { Value } from '../value.ts';
import { abbreviate, initials, wrap } from './abbreviate.ts';
import { bytewise, restored } from './bytewise.ts';
import { toText, toTexts } from './conversion.ts';
import { camelCase, joinWords, swapCase, untitle } from './letter-case.ts';

/** What one function may produce; Go would go on until memory ends. */
const maximumLength = 64 * 1024 * 1024;

/** sprig's functions on text. Lengths and positions count bytes. */
export const stringFunctions: FunctionMap = {
  abbrev: define(['int', 'string'], (width, text) =>
    string(width < 4n ? text : abbreviate(text, 0, Number(width))),
  ),
  abbrevboth: define(['int', 'int', 'string'], (left, right, text) =>
    string(right < 4n || (left > 0n && right < 7n) ? text : abbreviate(text, Number(left), Number(right))),
  ),
  trunc: define(['int', 'string'], (length, text) =>
    string(BigInt(byteLength(text)) <= length ? text : cut(text, 0n, length)),
  ),
  substr: define(['int', 'int', 'string'], (start, end, text) => string(substring(text, start, end))),
  trim: define(['string'], (text) => string(trimWhere(text, isSpace))),
  trimAll: define(['string', 'string'], (characters, text) => string(trimAll(text, characters))),
  trimall: define(['string', 'string'], (characters, text) => string(trimAll(text, characters))),
  trimPrefix: define(['string', 'string'], (prefix, text) =>
    string(hasPrefix(text, prefix) ? sliceBytes(text, byteLength(prefix), byteLength(text)) : text),
  ),
  trimSuffix: define(['string', 'string'], (suffix, text) =>
    string(hasSuffix(text, suffix) ? sliceBytes(text, 0, byteLength(text) - byteLength(suffix)) : text),
  ),
  upper: define(['string'], (text) => string(charsOf(text).map(toUpper).join(''))),
  lower: define(['string'], (text) => string(charsOf(text).map(toLower).join(''))),
  title: define(['string'], (text) => string(title(text))),
  untitle: define(['string'], (text) => string(untitle(text))),
  swapcase: define(['string'], (text) => string(swapCase(text))),
  camelcase: define(['string'], (text) => string(camelCase(text))),
  snakecase: define(['string'], (text) => string(joinWords(text, '_'))),
  kebabcase: define(['string'], (text) => string(joinWords(text, '-'))),
  repeat: define(['int', 'string'], (count, text) => string(repeat(text, count))),
  nospace: define(['string'], (text) => string(withoutSpace(text))),
  initials: define(['string'], (text) => string(initials(text))),
  wrap: define(['int', 'string'], (width, text) => string(wrap(text, width, '\n', false))),
  wrapWith: define(['int', 'string', 'string'], (width, separator, text) =>
    string(wrap(text, width, separator === '' ? '\n' : separator, true)),
  ),
  contains: define(['string', 'string'], (part, text) => bool(contains(text, part))),
  hasPrefix: define(['string', 'string'], (prefix, text) => bool(hasPrefix(text, prefix))),
  hasSuffix: define(['string', 'string'], (suffix, text) => bool(hasSuffix(text, suffix))),
  quote: defineVariadic([], 'interface {}', (values) =>
    string(
      present(values)
        .map((value) => quote(toText(value)))
        .join(' '),
    ),
  ),
  squote: defineVariadic([], 'interface {}', (values) =>
    string(
      present(values)
        .map((value) => `'${format(value)}'`)
        .join(' '),
    ),
  ),
  cat: defineVariadic([], 'interface {}', (values) =>
    string(normalise(present(values).map(format).join(' '))),
  ),
  indent: define(['int', 'string'], (spaces, text) => string(indent(text, spaces))),
  nindent: define(['int', 'string'], (spaces, text) => string(`\n${indent(text, spaces)}`)),
  replace: define(['string', 'string', 'string'], (old, replacement, text) =>
    string(replace(text, old, replacement)),
  ),
  plural: define(['string', 'string', 'int'], (one, many, count) => string(count === 1n ? one : many)),
  toString: define(['interface {}'], (value) => string(toText(value))),
  toStrings: define(['interface {}'], (value) => strings(toTexts(value))),
  join: define(['string', 'interface {}'], (separator, value) =>
    string(normalise(toTexts(value).join(separator))),
  ),
  sortAlpha: define(['interface {}'], sortAlpha),
  split: define(['string', 'string'], (separator, text) => numbered(splitText(text, separator, -1))),
  splitn: define(['string', 'int', 'string'], (separator, limit, text) =>
    numbered(splitText(text, separator, Number(limit))),
  ),
  splitList: define(['string', 'string'], (separator, text) => strings(splitText(text, separator, -1))),
  fail: define(['string'], (message) => {
    throw new FunctionError(message);
  }),
  hello: define([], () => string('Hello!')),
};

function present(values: readonly Value[]): Value[] {
  return values.filter((value) => value.kind !== 'nil');
}

/** Where Go maps characters, a byte that is none becomes U+FFFD. */
function charsOf(text: string): string[] {
  return Array.from(text.toWellFormed());
}

function contains(text: string, part: string): boolean {
  const [t, p] = bytewise(text, part);
  return t.includes(p);
}

function hasPrefix(text: string, prefix: string): boolean {
  const [t, p] = bytewise(text, prefix);
  return t.startsWith(p);
}

function hasSuffix(text: string, suffix: string): boolean {
  const [t, s] = bytewise(text, suffix);
  return t.endsWith(s);
}

function sortAlpha(value: Value): Value {
  if (value.kind !== 'list' && value.kind !== 'bytes') return strings([toText(value)]);
  const sorted = strings(toTexts(value).toSorted(compareStrings));
  // Quirk: a list of the type []string is sorted in place.
  if (value.kind === 'list' && value.element === 'string')
    value.items.splice(0, sorted.items.length, ...sorted.items);
  return sorted;
}

/** Go's `text[start:end]`, with the panics of bounds that are not in order. */
function cut(text: string, start: bigint, end: bigint): string {
  const size = BigInt(byteLength(text));
  if (end < 0n || end > size) {
    throw new FunctionError(
      `runtime error: slice bounds out of range [:${end}]${end < 0n ? '' : ` with length ${size}`}`,
    );
  }
  if (start > end) throw new FunctionError(`runtime error: slice bounds out of range [${start}:${end}]`);
  return sliceBytes(text, Number(start), Number(end));
}

function substring(text: string, start: bigint, end: bigint): string {
  if (start < 0n) return cut(text, 0n, end);
  const size = BigInt(byteLength(text));
  if (end >= 0n && end <= size) return cut(text, start, end);
  if (start > size) throw new FunctionError(`runtime error: slice bounds out of range [${start}:${size}]`);
  return cut(text, start, size);
}

function trimWhere(text: string, matches: (char: string) => boolean): string {
  const chars = Array.from(text);
  const start = chars.findIndex((char) => !matches(char));
  return start < 0 ? '' : chars.slice(start, chars.findLastIndex((char) => !matches(char)) + 1).join('');
}

function trimAll(text: string, characters: string): string {
  const set = new Set(characters);
  return trimWhere(text, (char) => set.has(char));
}

/** Go's `strings.Title`: the first letter of every word, where words are bounded by what is no letter, digit or underscore. */
function title(text: string): string {
  let previous = ' ';
  return charsOf(text)
    .map((char) => {
      const starts = separates(previous);
      previous = char;
      return starts ? toTitle(char) : char;
    })
    .join('');
}

function separates(char: string): boolean {
  if (char <= '\x7f') return !/[A-Za-z0-9_]/.test(char);
  return !isLetter(char) && !isDigit(char) && isSpace(char);
}

function repeat(text: string, count: bigint): string {
  if (count < 0n) throw new FunctionError('strings: negative Repeat count');
  const size = BigInt(byteLength(text)) * count;
  if (size >= 2n ** 63n) throw new FunctionError('strings: Repeat output length overflow');
  if (size > BigInt(maximumLength))
    throw new FunctionError(`result is longer than ${maximumLength} characters`);
  return text.repeat(Number(count));
}

/** Takes bytes for characters, as sprig does: text outside ASCII that also has a space comes out garbled. */
function withoutSpace(text: string): string {
  const chars = [...toBytes(text)].map((byte) => String.fromCharCode(byte));
  return chars.some(isSpace) ? chars.filter((char) => !isSpace(char)).join('') : text;
}

function indent(text: string, spaces: bigint): string {
  const padding = repeat(' ', spaces);
  const lines = text.split('\n');
  if (lines.length * padding.length + text.length > maximumLength) {
    throw new FunctionError(`result is longer than ${maximumLength} characters`);
  }
  return padding + lines.join(`\n${padding}`);
}

function replace(text: string, old: string, replacement: string): string {
  if (old !== '') return splitText(text, old, -1).join(replacement);
  return Array.from(text).reduce((result, char) => result + char + replacement, replacement);
}

/** Go's `strings.SplitN`: an empty separator splits into characters; the last part keeps the rest. */
function splitText(text: string, separator: string, limit: number): string[] {
  if (limit === 0) return [];
  const [t, s] = bytewise(text, separator);
  const parts = separator === '' ? Array.from(text) : t.split(s).map((part) => restored(part, text !== t));
  if (limit < 0 || parts.length <= limit) return parts;
  return [...parts.slice(0, limit - 1), parts.slice(limit - 1).join(separator)];
}

function numbered(parts: string[]) {
  return map(
    parts.map((part, i) => [`_${i}`, string(part)] as const),
    { element: 'string' },
  );
}

/** An empty list of strings is what a nil slice prints as, too. */
export function stringsOrNil(parts: string[]) {
  return parts.length === 0 ? list(null, 'string') : strings(parts);
}
