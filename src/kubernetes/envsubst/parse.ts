import { isDigit, isLetter } from '../../gotemplate/unicode.ts';
import { InvalidSubstitution } from './invalid-substitution.ts';

/** Text, or a variable. */
export type Part = string | Substitution;

export interface Substitution {
  name: string;
  /** What stands behind the name: `:=`, `^^`, `/#`, …; empty for the name alone, `#length` for `${#name}`. */
  operator: string;
  /** Each of texts and further variables. */
  args: Part[][];
}

/** @throws {InvalidSubstitution} */
export function parseSubstitutions(text: string): Part[] {
  const scanner: Scanner = { characters: Array.from(text), position: 0 };
  const parts: Part[] = [];
  while (scanner.position < scanner.characters.length) {
    parts.push(takeVariable(scanner, 0) ?? takeText(scanner, () => true, true));
  }
  return parts;
}

interface Scanner {
  characters: string[];
  position: number;
}

const MAX_DEPTH = 200;

function takeVariable(scanner: Scanner, depth: number): Substitution | undefined {
  if (!isVariable(scanner)) return undefined;
  if (depth > MAX_DEPTH) throw invalid(scanner, `variables are nested deeper than ${MAX_DEPTH}`);
  scanner.position += 2;
  if (peek(scanner) === '#') return takeLength(scanner);
  const name = takeText(scanner, isNameCharacter, false);
  if (name === '') throw invalid(scanner, 'unable to parse variable name');
  const operator = takeOperator(scanner);
  const variable: Substitution = { name, operator, args: [] };
  if (operator === '') {
    if (peek(scanner) !== '}') throw invalid(scanner, 'missing closing brace');
  } else if (/^(?:[:]?=|:[-?+])$/.test(operator)) {
    while (peek(scanner) !== '}') variable.args.push(takeArgument(scanner, notClosing, false, depth));
  } else if (operator === ':') {
    if (peek(scanner) === undefined) throw invalid(scanner, 'bad substitution');
    variable.args.push(
      takeArgument(scanner, (character) => notClosing(character) && character !== ':', false, depth),
    );
    // All colons between the two numbers are one.
    if (takeText(scanner, (character) => character === ':', false) !== '')
      variable.args.push(takeArgument(scanner, notClosing, false, depth));
  } else if (/^[#%]/.test(operator)) {
    variable.args.push(takeArgument(scanner, notClosing, false, depth));
  } else if (operator.startsWith('/')) {
    variable.args.push(takeArgument(scanner, (character) => character !== '/', true, depth));
    if (takeText(scanner, (character) => character === '/', false) === '')
      throw invalid(scanner, 'bad substitution');
    if (peek(scanner) !== '}') variable.args.push(takeArgument(scanner, notClosing, true, depth));
  }
  return closed(scanner, variable);
}

function takeLength(scanner: Scanner): Substitution {
  scanner.position += 1;
  const name = takeText(scanner, isNameCharacter, false);
  if (name === '') throw invalid(scanner, 'bad substitution');
  return closed(scanner, { name, operator: '#length', args: [] });
}

function closed(scanner: Scanner, variable: Substitution): Substitution {
  if (peek(scanner) !== '}') throw invalid(scanner, 'bad substitution');
  scanner.position += 1;
  return variable;
}

function takeOperator(scanner: Scanner): string {
  const following = scanner.characters.slice(scanner.position, scanner.position + 2).join('');
  const operator = /^(?:=|:[-=?+]?|[,^]{1,2}|\/[/#%]?|##?|%%?)/.exec(following)?.[0] ?? '';
  scanner.position += operator.length;
  return operator;
}

/** One text or one variable: where there is more, what follows does not fit. */
function takeArgument(
  scanner: Scanner,
  accepts: (character: string) => boolean,
  escapes: boolean,
  depth: number,
): Part[] {
  const variable = takeVariable(scanner, depth + 1);
  if (variable) return [variable];
  const text = takeText(scanner, accepts, escapes);
  if (text === '') throw invalid(scanner, 'unable to parse substitution within function');
  return [text];
}

/** Up to a variable or to a character that is not accepted. Where escapes count, `$$`, `\/` and `\\` are the second character. */
function takeText(scanner: Scanner, accepts: (character: string) => boolean, escapes: boolean): string {
  let text = '';
  for (let character = peek(scanner); character !== undefined; character = peek(scanner)) {
    const following = scanner.characters[scanner.position + 1];
    if (isVariable(scanner)) break;
    if (escapes && isEscape(character, following)) {
      text += following;
      scanner.position += 2;
      continue;
    }
    if (!accepts(character)) break;
    text += character;
    scanner.position += 1;
  }
  return text;
}

function isEscape(character: string, following: string | undefined): boolean {
  return character === '$'
    ? following === '$'
    : character === '\\' && (following === '/' || following === '\\');
}

const peek = ({ characters, position }: Scanner): string | undefined => characters[position];
const isVariable = ({ characters, position }: Scanner) =>
  characters[position] === '$' && characters[position + 1] === '{';
const notClosing = (character: string) => character !== '}';
const isNameCharacter = (character: string) => character === '_' || isLetter(character) || isDigit(character);
const invalid = ({ position }: Scanner, reason: string) => new InvalidSubstitution(reason, position + 1);
