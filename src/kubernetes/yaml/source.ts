import { YamlFault } from './yaml-fault.ts';

/** Lines, columns and index count from 0, the latter two in UTF-16 units. */
export interface Mark {
  index: number;
  line: number;
  column: number;
}

/** A text that is read character by character. */
export interface Source {
  /** The place, which goes on changing; {@link Source.mark} gives one that does not. */
  readonly place: Readonly<Mark>;
  mark(): Mark;
  /** The character at an offset from the place; '' behind the end. */
  peek(offset?: number): string;
  /** Takes characters that are no line breaks. */
  take(count?: number): string;
  /** Takes a line break: '\n' for most of them, and itself for U+2028 and U+2029; '' where there is none. */
  takeBreak(): string;
  /** Takes all characters that fit. */
  takeWhile(fits: (character: string) => boolean): string;
  /** Whether `---` or `...` stands at the beginning of the line. */
  isAtDocumentIndicator(): boolean;
}

/** @throws {YamlFault} for characters that YAML has not */
export function openSource(content: string): Source {
  const text = content.toWellFormed().replace(/^\ufeff/, '');
  if (NOT_IN_YAML.test(text)) throw new YamlFault('control characters are not allowed');
  const place: Mark = { index: 0, line: 0, column: 0 };
  const peek = (offset = 0) => text.charAt(place.index + offset);
  const take = (count = 1) => {
    const taken = text.slice(place.index, place.index + count);
    place.index += taken.length;
    place.column += taken.length;
    return taken;
  };
  return {
    place,
    mark: () => ({ ...place }),
    peek,
    take,
    takeBreak() {
      const character = peek();
      if (!isBreak(character)) return '';
      place.index += character === '\r' && peek(1) === '\n' ? 2 : 1;
      place.line += 1;
      place.column = 0;
      return character === '\u2028' || character === '\u2029' ? character : '\n';
    },
    takeWhile(fits) {
      let count = 0;
      while (peek(count) !== '' && fits(peek(count))) count += 1;
      return take(count);
    },
    isAtDocumentIndicator() {
      if (place.column !== 0 || !isBlankOrEnd(peek(3))) return false;
      return text.startsWith('---', place.index) || text.startsWith('...', place.index);
    },
  };
}

// oxlint-disable-next-line no-control-regex -- these are what the expression is about
const NOT_IN_YAML = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]/;

export const isBreak = (character: string): boolean =>
  character === '\n' ||
  character === '\r' ||
  (character >= '\u0085' && (character === '\u0085' || character === '\u2028' || character === '\u2029'));
export const isBreakOrEnd = (character: string): boolean => character === '' || isBreak(character);
export const isBlank = (character: string): boolean => character === ' ' || character === '\t';
export const isBlankOrEnd = (character: string): boolean => isBlank(character) || isBreakOrEnd(character);
/** What names of anchors, directives and handles consist of. */
export const isWordCharacter = (character: string): boolean => /^[0-9A-Za-z_-]$/.test(character);
