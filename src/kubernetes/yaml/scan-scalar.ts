import { isBlank, isBlankOrEnd, isBreak, isBreakOrEnd } from './source.ts';
import type { Mark, Source } from './source.ts';
import { tokenOf } from './token.ts';
import type { Token } from './token.ts';
import { scannerFault } from './yaml-fault.ts';

/** `|` and `>`. `parentIndent` is that of the collection around it, -1 outside of any. @throws {YamlFault} */
export function scanBlockScalar(source: Source, parentIndent: number): Token {
  const start = source.mark();
  const isLiteral = source.take() === '|';
  const { chomping, increment } = scanBlockHeader(source, start);
  let indent = increment === 0 ? 0 : Math.max(parentIndent, 0) + increment;
  let text = '';
  let lineBreak = '';
  let wasBlank = false;
  let following = scanBlockBreaks(source, indent, parentIndent, start);
  ({ indent } = following);
  while (source.place.column === indent && source.peek() !== '') {
    const isBlankLine = isBlank(source.peek());
    const folds = !isLiteral && !wasBlank && !isBlankLine && lineBreak === '\n';
    if (!folds) text += lineBreak;
    else if (following.breaks === '') text += ' ';
    text += following.breaks;
    wasBlank = isBlankLine;
    text += source.takeWhile((character) => !isBreak(character));
    lineBreak = source.takeBreak();
    following = scanBlockBreaks(source, indent, parentIndent, start);
  }
  if (chomping !== '-') text += lineBreak;
  if (chomping === '+') text += following.breaks;
  return tokenOf('scalar', start, following.end, { value: text });
}

function scanBlockHeader(source: Source, start: Mark): { chomping: string; increment: number } {
  let chomping = source.takeWhile(isSign(source)).slice(0, 1);
  const digit = /^[0-9]$/.test(source.peek()) ? source.peek() : '';
  if (digit === '0') throw scannerFault('found an indentation indicator equal to 0', source.mark(), start);
  source.take(digit.length);
  if (chomping === '' && digit !== '') chomping = source.takeWhile(isSign(source));
  source.takeWhile(isBlank);
  if (source.peek() === '#') source.takeWhile((character) => !isBreak(character));
  if (!isBreakOrEnd(source.peek()))
    throw scannerFault('did not find expected comment or line break', source.mark(), start);
  source.takeBreak();
  return { chomping, increment: Number(digit) };
}

/** Fits one sign at the place, and no other behind it. */
function isSign(source: Source): (character: string) => boolean {
  const { index } = source.place;
  let isFirst = true;
  return (character) => {
    const fits = isFirst && source.place.index === index && (character === '+' || character === '-');
    isFirst = false;
    return fits;
  };
}

/** Empty lines and the indentation of what follows them, which counts where none was given. */
function scanBlockBreaks(
  source: Source,
  given: number,
  parentIndent: number,
  start: Mark,
): { breaks: string; indent: number; end: Mark } {
  const isWithin = () => given === 0 || source.place.column < given;
  let breaks = '';
  let deepest = 0;
  let end = source.mark();
  for (;;) {
    while (isWithin() && source.peek() === ' ') source.take();
    deepest = Math.max(deepest, source.place.column);
    if (isWithin() && source.peek() === '\t') {
      throw scannerFault(
        'found a tab character where an indentation space is expected',
        source.mark(),
        start,
      );
    }
    if (!isBreak(source.peek())) break;
    breaks += source.takeBreak();
    end = source.mark();
  }
  return { breaks, indent: given === 0 ? Math.max(deepest, parentIndent + 1, 1) : given, end };
}

/** Text in single or double quotes. @throws {YamlFault} */
export function scanQuotedScalar(source: Source): Token {
  const start = source.mark();
  const quote = source.take();
  let text = '';
  for (;;) {
    if (source.isAtDocumentIndicator())
      throw scannerFault('found unexpected document indicator', source.mark(), start);
    if (source.peek() === '') throw scannerFault('found unexpected end of stream', source.mark(), start);
    const line = scanQuotedLine(source, quote, start);
    text += line.text;
    if (source.peek() === quote) break;
    text += foldedBlanks(source, line.isContinued);
  }
  source.take();
  return tokenOf('scalar', start, source.mark(), { value: text });
}

function scanQuotedLine(source: Source, quote: string, start: Mark): { text: string; isContinued: boolean } {
  let text = '';
  while (!isBlankOrEnd(source.peek())) {
    if (quote === "'" && source.peek() === "'" && source.peek(1) === "'") {
      source.take(2);
      text += "'";
    } else if (source.peek() === quote) break;
    else if (quote === '"' && source.peek() === '\\') {
      if (isBreak(source.peek(1))) {
        source.take();
        source.takeBreak();
        return { text, isContinued: true };
      }
      text += scanEscape(source, start);
    } else
      text +=
        source.takeWhile(
          (character) =>
            character !== quote && character !== '\\' && !isBlank(character) && !isBreak(character),
        ) || source.take();
  }
  return { text, isContinued: false };
}

const ESCAPES: Readonly<Record<string, string>> = {
  '0': '\0',
  a: '\x07',
  b: '\b',
  t: '\t',
  '\t': '\t',
  n: '\n',
  v: '\v',
  f: '\f',
  r: '\r',
  e: '\x1b',
  ' ': ' ',
  '"': '"',
  "'": "'",
  '\\': '\\',
  N: '\u0085',
  _: '\u00a0',
  L: '\u2028',
  P: '\u2029',
};

function scanEscape(source: Source, start: Mark): string {
  const kind = source.peek(1);
  const length = { x: 2, u: 4, U: 8 }[kind];
  const simple = Object.hasOwn(ESCAPES, kind) ? ESCAPES[kind] : undefined;
  if (length === undefined && simple === undefined)
    throw scannerFault('found unknown escape character', source.mark(), start);
  source.take(2);
  if (length === undefined) return simple ?? '';
  const digits = Array.from({ length }, (_, offset) => source.peek(offset)).join('');
  if (digits.length < length || !/^[0-9a-fA-F]*$/.test(digits))
    throw scannerFault('did not find expected hexdecimal number', source.mark(), start);
  const code = parseInt(digits, 16);
  if ((code >= 0xd800 && code <= 0xdfff) || code > 0x10ffff)
    throw scannerFault('found invalid Unicode character escape code', source.mark(), start);
  source.take(length);
  return String.fromCodePoint(code);
}

/** Blanks within a line stay; one line break is a blank, of several all but the first stay. */
function foldedBlanks(source: Source, isContinued: boolean): string {
  let blanks = '';
  let first = '';
  let more = '';
  let isNewLine = isContinued;
  while (isBlank(source.peek()) || isBreak(source.peek())) {
    if (isBlank(source.peek())) {
      const blank = source.take();
      if (!isNewLine) blanks += blank;
    } else if (isNewLine) more += source.takeBreak();
    else {
      first = source.takeBreak();
      isNewLine = true;
    }
  }
  return isNewLine ? folded(first, more) : blanks;
}

function folded(first: string, more: string): string {
  if (first !== '\n') return first + more;
  return more === '' ? ' ' : more;
}

/** Text without quotes, and whether it ended at a line break. `parentIndent` as of a block scalar. @throws {YamlFault} */
export function scanPlainScalar(
  source: Source,
  parentIndent: number,
  isInFlow: boolean,
): { token: Token; endedLine: boolean } {
  const start = source.mark();
  let end = start;
  let text = '';
  let between = '';
  let endedLine = false;
  for (;;) {
    if (source.isAtDocumentIndicator() || source.peek() === '#') break;
    let length = 0;
    while (!isBlankOrEnd(source.peek(length)) && !endsPlain(source, length, isInFlow)) length += 1;
    if (length > 0) {
      text += between + source.take(length);
      between = '';
      endedLine = false;
      end = source.mark();
    }
    if (!isBlank(source.peek()) && !isBreak(source.peek())) break;
    const blanks = scanPlainBlanks(source, parentIndent, start);
    ({ endedLine } = blanks);
    between = blanks.text;
    if (!isInFlow && source.place.column <= parentIndent) break;
  }
  return { token: tokenOf('scalar', start, end, { value: text, isPlain: true }), endedLine };
}

function endsPlain(source: Source, offset: number, isInFlow: boolean): boolean {
  const character = source.peek(offset);
  if (character === ':') return isBlankOrEnd(source.peek(offset + 1));
  return isInFlow && ',?[]{}'.includes(character);
}

function scanPlainBlanks(
  source: Source,
  parentIndent: number,
  start: Mark,
): { text: string; endedLine: boolean } {
  let blanks = '';
  let first = '';
  let more = '';
  let endedLine = false;
  while (isBlank(source.peek()) || isBreak(source.peek())) {
    if (isBreak(source.peek())) {
      if (endedLine) more += source.takeBreak();
      else first = source.takeBreak();
      endedLine = true;
      continue;
    }
    if (endedLine && source.place.column <= parentIndent && source.peek() === '\t')
      throw scannerFault('found a tab character that violates indentation', source.mark(), start);
    const blank = source.take();
    if (!endedLine) blanks += blank;
  }
  return { text: endedLine ? folded(first, more) : blanks, endedLine };
}
