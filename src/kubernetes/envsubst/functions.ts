import { byteLength, sliceBytes } from '../../gotemplate/go-string.ts';
import { toLower, toUpper } from '../../gotemplate/unicode.ts';
import { matchesGlob } from './glob.ts';
import { InvalidSubstitution } from './invalid-substitution.ts';

/** Behind these stands what is taken where there is no value. */
export const defaultOperators: readonly string[] = ['=', ':=', ':-'];

/**
 * What an operator makes of a value. Lengths and offsets are in bytes.
 * @throws {InvalidSubstitution} for a negative length
 */
export function applySubstitution(operator: string, value: string, args: readonly string[]): string {
  const [first = '', second = ''] = args;
  switch (operator) {
    case '#length':
      return String(byteLength(value));
    case ',':
      return firstMapped(value, toLower);
    case ',,':
      return Array.from(value, toLower).join('');
    case '^':
      return firstMapped(value, toUpper);
    case '^^':
      return Array.from(value, toUpper).join('');
    case ':':
      return part(value, args);
    case '#':
      return withoutPrefix(value, first, 'shortest');
    case '##':
      return withoutPrefix(value, first, 'longest');
    case '%':
      return reversed(withoutPrefix(reversed(value), reversed(first), 'shortest'));
    case '%%':
      return reversed(withoutPrefix(reversed(value), reversed(first), 'longest'));
    case '/':
      return first === '' ? second + value : value.replace(first, () => second);
    case '//':
      return replaceEach(value, first, second);
    case '/#':
      return args.length === 2 && value.startsWith(first) ? second + value.slice(first.length) : value;
    case '/%':
      return args.length === 2 && value.endsWith(first)
        ? value.slice(0, value.length - first.length) + second
        : value;
    default:
      return value;
  }
}

function firstMapped(value: string, map: (character: string) => string): string {
  const [first = ''] = value;
  return map(first) + value.slice(first.length);
}

/** From an offset, which counts from the end when it is negative. What is no number changes nothing, as in a shell. */
function part(value: string, [offset = '', length]: readonly string[]): string {
  const size = byteLength(value);
  const given = wholeNumber(offset);
  if (given === undefined) return value;
  const start = given < 0 ? Math.max(0, size + given) : given;
  if (length === undefined) return start < size ? sliceBytes(value, start, size) : '';
  const count = wholeNumber(length);
  if (count === undefined) return value;
  if (start + count >= size) return start < size ? sliceBytes(value, start, size) : '';
  if (count < 0) throw new InvalidSubstitution(`a part of a value can't have the length ${count}`);
  return sliceBytes(value, start, start + count);
}

function wholeNumber(text: string): number | undefined {
  if (!/^[+-]?[0-9]+$/.test(text)) return undefined;
  return Number.isSafeInteger(Number(text)) ? Number(text) : undefined;
}

function withoutPrefix(value: string, pattern: string, which: 'shortest' | 'longest'): string {
  const ends = Array.from(value, () => 0);
  let end = 0;
  for (const [i, character] of Array.from(value).entries()) ends[i] = end += character.length;
  if (which === 'longest') ends.reverse();
  const found = ends.find((length) => matchesGlob(pattern, value.slice(0, length)));
  return found === undefined ? value : value.slice(found);
}

/** The library cuts suffixes by turning value and pattern round, which a class of characters (`[a-z]`) does not survive. */
function reversed(text: string): string {
  return Array.from(text).toReversed().join('');
}

function replaceEach(value: string, from: string, to: string): string {
  if (from !== '') return value.replaceAll(from, () => to);
  return Array.from(value, (character) => to + character).join('') + to;
}
