import { parseFloatLiteral } from '../../gotemplate/number-constant.ts';
import { fromBytes, toBytes } from '../../gotemplate/go-string.ts';
import { InvalidSyntax, unquoteChar } from '../../gotemplate/quote.ts';
import { isDigit, isLetter, isPrint } from '../../gotemplate/unicode.ts';
import { cursorOver } from './cursor.ts';
import type { Cursor } from './cursor.ts';
import { JsonPathError } from './json-path-error.ts';
import type { JsonPathNode, ListNode, SliceNode } from './nodes.ts';

/**
 * Parses a template: text, and between braces expressions.
 * @throws {JsonPathError} of kind `parse`
 */
export function parseJsonPath(template: string): ListNode {
  return parseText(template, 0);
}

/** Unions and filters are templates of their own, within others. */
const MAX_DEPTH = 200;

function parseText(template: string, depth: number): ListNode {
  if (depth > MAX_DEPTH) throw invalid(`expressions are nested deeper than ${MAX_DEPTH}`);
  const root = list();
  const cursor = cursorOver(template);
  for (;;) {
    if (cursor.startsWith('{')) {
      if (cursor.hasPending()) root.nodes.push({ kind: 'text', text: cursor.consume() });
      root.nodes.push(parseAction(cursor, depth));
    } else if (cursor.next() === '') {
      if (cursor.hasPending()) root.nodes.push({ kind: 'text', text: cursor.consume() });
      return root;
    }
  }
}

/** An expression by itself, without the braces. */
function parseExpression(text: string, depth: number): ListNode {
  const [first] = parseText(`{${text}}`, depth + 1).nodes;
  if (first?.kind !== 'list') throw new Error('a template that begins with a brace begins with an action');
  return first;
}

function parseAction(cursor: Cursor, depth: number): ListNode {
  cursor.skip('{');
  cursor.consume();
  const action = list();
  const { nodes } = action;
  while (!cursor.startsWith('}')) {
    if (cursor.startsWith('[?(')) nodes.push(parseFilter(cursor, depth));
    else if (cursor.startsWith('..')) parseRecursive(cursor, nodes);
    else parseStep(cursor, nodes, depth);
  }
  cursor.skip('}');
  cursor.consume();
  return action;
}

function parseStep(cursor: Cursor, nodes: JsonPathNode[], depth: number): void {
  const character = cursor.next();
  if (character === '' || isEndOfLine(character)) throw invalid('unclosed action');
  if (character === ' ' || character === '@' || character === '$') cursor.consume();
  else if (character === '[') nodes.push(...parseBrackets(cursor, depth));
  else if (character === '"' || character === "'") nodes.push(parseQuoted(cursor, character));
  else if (character === '.') nodes.push(parseField(cursor));
  else if (character === '+' || character === '-' || isDigit(character)) {
    cursor.backUp();
    nodes.push(parseNumber(cursor));
  } else if (isAlphaNumeric(character)) {
    cursor.backUp();
    nodes.push(parseIdentifier(cursor));
  } else throw invalid(`unrecognized character in action: ${unicodeName(character)}`);
}

function parseIdentifier(cursor: Cursor): JsonPathNode {
  while (!isTerminator(cursor.next()));
  cursor.backUp();
  const name = cursor.consume();
  if (name === 'true' || name === 'false') return { kind: 'boolean', value: name === 'true' };
  return { kind: 'identifier', name };
}

function parseRecursive(cursor: Cursor, nodes: JsonPathNode[]): void {
  if (nodes.at(-1)?.kind === 'recursive') throw invalid('invalid multiple recursive descent');
  cursor.skip('..');
  cursor.consume();
  nodes.push({ kind: 'recursive' });
  if (isAlphaNumeric(cursor.peek())) nodes.push(parseField(cursor));
}

function parseNumber(cursor: Cursor): JsonPathNode {
  if (/[+-]/.test(cursor.peek())) cursor.next();
  for (let character = cursor.next(); character === '.' || isDigit(character);) character = cursor.next();
  cursor.backUp();
  const text = cursor.consume();
  const integer = parseInteger(text);
  if (integer !== undefined) return { kind: 'integer', value: integer };
  const float = /^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)$/.test(text) ? parseFloatLiteral(text) : undefined;
  if (float === undefined || !Number.isFinite(float)) throw invalid(`cannot parse number ${text}`);
  return { kind: 'float', value: float };
}

/** Go's `strconv.Atoi`: absent where 64 bits do not hold it. */
function parseInteger(text: string): bigint | undefined {
  const [, sign, digits] = /^([+-]?)([0-9]+)$/.exec(text) ?? [];
  if (digits === undefined) return undefined;
  const value = sign === '-' ? -BigInt(digits) : BigInt(digits);
  return BigInt.asIntN(64, value) === value ? value : undefined;
}

function parseBrackets(cursor: Cursor, depth: number): JsonPathNode[] {
  for (let character = cursor.next(); character !== ']'; character = cursor.next()) {
    if (character === '' || character === '\n') throw invalid('unterminated array');
  }
  const written = cursor.consume().slice(1, -1);
  const text = written === '*' ? ':' : written;
  const members = text.split(',');
  if (members.length > 1) {
    const union = members.map((member) => parseExpression(`[${member.replace(/^ +| +$/g, '')}]`, depth));
    return [{ kind: 'union', members: union }];
  }
  // A quoted key is read like one behind a dot: ['a.b'] is .a.b, so a dot within a key wants a backslash.
  const [, key] = /^'([^']*)'$/.exec(text) ?? [];
  return key === undefined ? [parseSlice(text)] : parseExpression(`.${key}`, depth).nodes;
}

function parseSlice(text: string): SliceNode {
  const parts = /^(-?[0-9]*)(?::(-?[0-9]*))?(?::(-?[0-9]*))?$/.exec(text);
  if (!parts) throw invalid(`invalid array index ${text}`);
  const [start, end, step] = parts.slice(1).map((part) => (part ? indexOf(part) : undefined));
  const isSingle = parts[2] === undefined;
  return { kind: 'slice', start, end: isSingle ? (start ?? 0n) + 1n : end, isSingle, step };
}

function indexOf(text: string): bigint {
  const value = parseInteger(text);
  if (value === undefined) throw invalid(`array index ${text} is not a number`);
  return value;
}

function parseFilter(cursor: Cursor, depth: number): JsonPathNode {
  cursor.skip('[?(');
  cursor.consume();
  skipCondition(cursor);
  if (cursor.next() !== ']') throw invalid('unclosed array expect ]');
  const text = cursor.consume().slice(0, -2);
  const [, left, operator, right] = /^([^!<>=]+)([!<>=]+)([^\n]+)$/.exec(text) ?? [];
  if (left === undefined || operator === undefined || right === undefined) {
    return { kind: 'filter', left: parseExpression(text, depth), right: list(), operator: 'exists' };
  }
  return {
    kind: 'filter',
    left: parseExpression(left, depth),
    right: parseExpression(right, depth),
    operator,
  };
}

/** To behind the parenthesis that closes the condition, which is none within quotes. Only the first pair of quotes counts. */
function skipCondition(cursor: Cursor): void {
  let quote = '';
  let isClosed = false;
  for (;;) {
    const character = cursor.next();
    if (character === '' || character === '\n') throw invalid('unterminated filter');
    if (character === '"' || character === "'") {
      if (quote === '') quote = character;
      else if (cursor.beforeLast() !== '\\' && character === quote) isClosed = true;
    }
    if (character === ')' && (quote !== '') === isClosed) return;
  }
}

function parseQuoted(cursor: Cursor, quote: string): JsonPathNode {
  for (;;) {
    const character = cursor.next();
    if (character === '' || character === '\n') throw invalid('unterminated quoted string');
    if (character === quote && cursor.beforeLast() !== '\\') break;
  }
  const written = cursor.consume();
  try {
    return { kind: 'text', text: unquoted(written, quote) };
  } catch (error) {
    if (!(error instanceof InvalidSyntax)) throw error;
    throw invalid(`unquote string ${written} error invalid syntax`);
  }
}

function unquoted(written: string, quote: string): string {
  if (written.length < 2) throw new InvalidSyntax();
  let rest = written.slice(1, -1);
  if (!rest.includes('\\') && !rest.includes(quote)) return rest;
  const parts: Uint8Array[] = [];
  while (rest !== '') {
    const { code, text, byte, rest: after } = unquoteChar(rest, quote);
    parts.push(byte === undefined && code >= 0x80 ? toBytes(text) : Uint8Array.of(byte ?? code));
    rest = after;
  }
  return fromBytes(Buffer.concat(parts));
}

function parseField(cursor: Cursor): JsonPathNode {
  cursor.consume();
  for (;;) {
    const character = cursor.next();
    if (character === '\\') cursor.next();
    else if (isTerminator(character)) break;
  }
  cursor.backUp();
  const name = cursor.consume();
  return name === '*' ? { kind: 'wildcard' } : { kind: 'field', name: name.replaceAll('\\', '') };
}

const list = (): ListNode => ({ kind: 'list', nodes: [] });
const invalid = (message: string) => new JsonPathError('parse', message);
const isEndOfLine = (character: string) => character === '\r' || character === '\n';
const isTerminator = (character: string) => character === '' || ' \t\r\n.,[]$@{}'.includes(character);
const isAlphaNumeric = (character: string) => character === '_' || isLetter(character) || isDigit(character);

/** Go's `%#U`: `U+002A '*'`. */
function unicodeName(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  const name = `U+${code.toString(16).toUpperCase().padStart(4, '0')}`;
  return isPrint(code) ? `${name} '${character}'` : name;
}
