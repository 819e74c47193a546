import { isStringToGo } from './resolve-scalar.ts';
import { isBlank, isBlankOrEnd, isBreak } from './source.ts';
import type { Writer } from './writer.ts';

const WIDTH = 80;

/** A number, a truth or null. */
export function writeScalar(writer: Writer, text: string): void {
  writeLines(writer, text, '', 0, false);
}

/** A string in the plainest style that any reader reads as this string; `indent` is that of its further lines. */
export function writeText(writer: Writer, text: string, indent: number): void {
  write(writer, text.toWellFormed(), indent, false);
}

/** The same before a colon, where it has one line. */
export function writeKey(writer: Writer, text: string): void {
  write(writer, text.toWellFormed(), 0, true);
}

function write(writer: Writer, text: string, indent: number, isKey: boolean): void {
  const traits = traitsOf(text);
  const isPlain = isStringToGo(text) && !BASE_60.test(text);
  if (text.includes('\n') && !isKey && traits.fitsBlock) writeLiteral(writer, text, indent);
  else if (text.includes('\n') || !isPlain || !(traits.fitsPlain || traits.fitsSingle))
    writeDouble(writer, text, indent, isKey);
  else if (traits.fitsPlain) writeLines(writer, text, '', indent, !isKey);
  else if (isKey && /[\r\u0085\u2028\u2029]/.test(text)) writeDouble(writer, text, indent, isKey);
  else writeLines(writer, text, "'", indent, !isKey);
}

/** YAML 1.1 takes 12:30 for a number to the base of 60. */
const BASE_60 = /^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$/;

interface Traits {
  fitsPlain: boolean;
  fitsSingle: boolean;
  fitsBlock: boolean;
}

function traitsOf(text: string): Traits {
  const characters = Array.from(text);
  const has = (test: (character: string, i: number) => boolean) => characters.some(test);
  const isSpecial = !characters.every(isPrintable);
  const breakSpace = has((character, i) => character === ' ' && isBreak(characters[i - 1] ?? ''));
  const spaceBreak = has((character, i) => isBreak(character) && characters[i - 1] === ' ');
  const [first = '', last = ''] = [characters[0], characters.at(-1)];
  const hasEdges = [first, last].some((character) => character === ' ' || isBreak(character));
  const indicates =
    /^(?:---|\.\.\.)/.test(text) || has((character, i) => isIndicator(character, i, characters));
  return {
    fitsPlain: !isSpecial && !breakSpace && !spaceBreak && !hasEdges && !indicates && !has(isBreak),
    fitsSingle: !isSpecial && !breakSpace && !spaceBreak,
    fitsBlock: text !== '' && !isSpecial && !spaceBreak && last !== ' ',
  };
}

function isIndicator(character: string, i: number, characters: string[]): boolean {
  const isBeforeBlank = i + 1 >= characters.length || isBlank(characters[i + 1] ?? '');
  if (i === 0) {
    if ('#,[]{}&*!|>\'"%@`'.includes(character)) return true;
    return '?:-'.includes(character) && isBeforeBlank;
  }
  if (character === ':') return isBeforeBlank;
  return character === '#' && isBlankOrEnd(characters[i - 1] ?? '');
}

/** What libyaml leaves unescaped: nothing beyond the first plane, and no tab. */
function isPrintable(character: string): boolean {
  return /^[\n -~\u00a0-\ud7ff\ue000-\ufefe\uff00-\ufffd]$/.test(character);
}

/** Plain, or in single quotes. */
function writeLines(writer: Writer, text: string, quote: string, indent: number, breaks: boolean): void {
  if (quote !== '') writer.indicator(quote, { needsBlank: true });
  else if (!writer.isBehindBlank()) writer.write(' ');
  const characters = Array.from(text);
  let wasSpace = false;
  let wasBreak = false;
  for (const [i, character] of characters.entries()) {
    if (character === ' ') {
      const isInner = quote === '' || (i > 0 && i < characters.length - 1);
      if (breaks && !wasSpace && isInner && writer.column() > WIDTH && characters[i + 1] !== ' ')
        writer.indent(indent);
      else writer.write(character);
      wasSpace = true;
    } else if (isBreak(character)) {
      writer.writeBreak(character);
      writer.setState({ isIndention: true });
      wasBreak = true;
    } else {
      if (wasBreak) writer.indent(indent);
      if (character === quote) writer.write(character);
      writer.write(character);
      writer.setState({ isIndention: false });
      wasSpace = wasBreak = false;
    }
  }
  if (quote !== '') writer.indicator(quote, {});
  writer.setState({ isBehindBlank: false, isIndention: false });
}

const ESCAPES: Readonly<Record<string, string>> = {
  '\0': '0',
  '\x07': 'a',
  '\b': 'b',
  '\t': 't',
  '\n': 'n',
  '\v': 'v',
  '\f': 'f',
  '\r': 'r',
  '\x1b': 'e',
  '"': '"',
  '\\': '\\',
  '\u0085': 'N',
  '\u00a0': '_',
  '\u2028': 'L',
  '\u2029': 'P',
};

function writeDouble(writer: Writer, text: string, indent: number, isKey: boolean): void {
  writer.indicator('"', { needsBlank: true });
  const characters = Array.from(text);
  // The library escapes all of a text that begins with a byte order mark.
  const escapesAll = text.startsWith('\ufeff');
  let wasSpace = false;
  for (const [i, character] of characters.entries()) {
    if (character === ' ' && !escapesAll) {
      const isInner = i > 0 && i < characters.length - 1;
      if (!isKey && !wasSpace && isInner && writer.column() > WIDTH) {
        writer.indent(indent);
        if (characters[i + 1] === ' ') writer.write('\\');
      } else writer.write(character);
      wasSpace = true;
      continue;
    }
    const isEscaped = !isPrintable(character) || isBreak(character) || '"\\'.includes(character);
    for (const written of isEscaped || escapesAll ? escaped(character) : character) writer.write(written);
    wasSpace = false;
  }
  writer.indicator('"', {});
}

function escaped(character: string): string {
  const short = Object.hasOwn(ESCAPES, character) ? ESCAPES[character] : undefined;
  if (short !== undefined) return `\\${short}`;
  const digits = (character.codePointAt(0) ?? 0).toString(16).toUpperCase();
  if (digits.length <= 2) return `\\x${digits.padStart(2, '0')}`;
  return digits.length <= 4 ? `\\u${digits.padStart(4, '0')}` : `\\U${digits.padStart(8, '0')}`;
}

function writeLiteral(writer: Writer, text: string, indent: number): void {
  const characters = Array.from(text);
  const [first = '', last = ''] = [characters[0], characters.at(-1)];
  const beforeLast = characters.at(-2);
  writer.indicator('|', { needsBlank: true });
  if (first === ' ' || isBreak(first)) writer.indicator('2', {});
  if (!isBreak(last)) writer.indicator('-', {});
  else if (beforeLast === undefined || isBreak(beforeLast)) writer.indicator('+', {});
  writer.writeBreak('\n');
  writer.setState({ isBehindBlank: true, isIndention: true });
  let wasBreak = true;
  for (const character of characters) {
    if (isBreak(character)) {
      writer.writeBreak(character);
      writer.setState({ isIndention: true });
    } else {
      if (wasBreak) writer.indent(indent);
      writer.write(character);
      writer.setState({ isIndention: false });
    }
    wasBreak = isBreak(character);
  }
}
