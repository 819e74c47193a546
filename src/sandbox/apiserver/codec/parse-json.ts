import type { Fields } from '../json-value.ts';

/** A parsed document, and what Go's strict decoder has against its text. */
export interface ParsedJson {
  value: unknown;
  /** Paths of fields that stand there twice. */
  duplicates: string[];
  /** Where in the document each field was met, by its path; only known where there are duplicates. */
  positions: ReadonlyMap<string, number>;
}

const NO_POSITIONS: ReadonlyMap<string, number> = new Map();

/** The text is no JSON; the message is that of Go's parser. */
export class InvalidJson extends Error {}

/**
 * Parses JSON as the API server does. `repeated` says what a field that stands there twice comes to: for Go's types the two are merged where
 * they are objects, otherwise the last one counts.
 * @throws {InvalidJson}
 */
export function parseJson(text: string, repeated: 'merged' | 'last' = 'merged'): ParsedJson {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The exact parser finds the same fault and has Go's words for it.
    return parseExactly(text, repeated);
  }
  // Nearly no document repeats a field, so that is only looked into where the text has more keys than the value.
  if (keysOfText(text) === keysOfValue(value)) return { value, duplicates: [], positions: NO_POSITIONS };
  return parseExactly(text, repeated);
}

/** Each colon outside of strings ends a key. */
function keysOfText(text: string): number {
  let count = 0;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code === 0x3a) count += 1;
    else if (code === 0x22) index = endOfString(text, index);
  }
  return count;
}

function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let backslashes = 0;
    while (text.charCodeAt(end - 1 - backslashes) === 0x5c) backslashes += 1;
    if (backslashes % 2 === 0) return end;
  }
  return text.length;
}

function keysOfValue(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  let count = 0;
  for (const inner of Object.values(value)) {
    if (!Array.isArray(value)) count += 1;
    if (typeof inner === 'object' && inner !== null) count += keysOfValue(inner);
  }
  return count;
}

function parseExactly(text: string, repeated: 'merged' | 'last'): ParsedJson {
  const duplicates: string[] = [];
  const positions = new Map<string, number>();
  let at = 0;

  const fault = (context: string): InvalidJson =>
    at >= text.length
      ? new InvalidJson('unexpected end of JSON input')
      : new InvalidJson(`invalid character ${quotedCharacter(text.charAt(at))} ${context}`);
  const skipSpace = (): string => {
    while (' \t\r\n'.includes(text.charAt(at)) && at < text.length) at += 1;
    return text.charAt(at);
  };

  function parseValue(path: string, earlier: unknown): unknown {
    const first = skipSpace();
    if (first === '{') return parseObject(path, earlier);
    if (first === '[') return parseArray(path);
    if (first === '"') return parseString();
    if (first === '-' || (first >= '0' && first <= '9' && first.length === 1)) return parseNumber();
    for (const [word, value] of LITERALS) if (first === word[0]) return parseLiteral(word, value);
    throw fault('looking for beginning of value');
  }

  function parseObject(path: string, earlier: unknown): Fields {
    at += 1;
    const object: Fields = {};
    const merges = repeated === 'merged' && isObject(earlier);
    if (merges) Object.assign(object, earlier);
    const seen = new Set<string>();
    if (skipSpace() === '}') {
      at += 1;
      return object;
    }
    for (;;) {
      if (skipSpace() !== '"') throw fault('looking for beginning of object key string');
      const start = at;
      const key = parseString();
      const inner = path === '' ? key : `${path}.${key}`;
      if (seen.has(key)) {
        if (!duplicates.includes(inner)) duplicates.push(inner);
        positions.set(`duplicate ${inner}`, positions.get(`duplicate ${inner}`) ?? start);
      }
      positions.set(inner, positions.get(inner) ?? start);
      if (skipSpace() !== ':') throw fault('after object key');
      at += 1;
      const value = parseValue(inner, Object.hasOwn(object, key) ? object[key] : undefined);
      Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
      seen.add(key);
      const next = skipSpace();
      if (next !== ',' && next !== '}') throw fault('after object key:value pair');
      at += 1;
      if (next === '}') return object;
    }
  }

  function parseArray(path: string): unknown[] {
    at += 1;
    const items: unknown[] = [];
    if (skipSpace() === ']') {
      at += 1;
      return items;
    }
    for (;;) {
      items.push(parseValue(`${path}[${items.length}]`, undefined));
      const next = skipSpace();
      if (next !== ',' && next !== ']') throw fault('after array element');
      at += 1;
      if (next === ']') return items;
    }
  }

  function parseString(): string {
    const start = at;
    for (at += 1; ; at += 1) {
      const letter = text.charAt(at);
      if (letter === '"') break;
      if (letter === '' || letter < ' ') throw fault('in string literal');
      if (letter !== '\\') continue;
      at += 1;
      if (text.charAt(at) === 'u') {
        for (let digit = 0; digit < 4; digit += 1) {
          at += 1;
          if (!/^[0-9a-fA-F]$/.test(text.charAt(at))) throw fault('in \\u hexadecimal character escape');
        }
      } else if (!/^["\\/bfnrt]$/.test(text.charAt(at))) throw fault('in string escape code');
    }
    at += 1;
    return JSON.parse(text.slice(start, at)) as string;
  }

  function parseNumber(): number {
    const start = at;
    const isDigit = () => /^\d$/.test(text.charAt(at));
    const digits = (context: string) => {
      if (!isDigit()) throw fault(context);
      while (isDigit()) at += 1;
    };
    if (text.charAt(at) === '-') at += 1;
    if (text.charAt(at) === '0') at += 1;
    else digits('in numeric literal');
    if (text.charAt(at) === '.') {
      at += 1;
      digits('after decimal point in numeric literal');
    }
    if (/^[eE]$/.test(text.charAt(at))) {
      at += 1;
      if (/^[+-]$/.test(text.charAt(at))) at += 1;
      digits('in exponent of numeric literal');
    }
    return Number(text.slice(start, at));
  }

  function parseLiteral(word: string, value: unknown): unknown {
    for (const letter of word) {
      if (text.charAt(at) !== letter) throw fault(`in literal ${word} (expecting '${letter}')`);
      at += 1;
    }
    return value;
  }

  const value = parseValue('', undefined);
  skipSpace();
  if (at < text.length) throw fault('after top-level value');
  return { value, duplicates, positions };
}

const LITERALS: readonly [string, unknown][] = [
  ['true', true],
  ['false', false],
  ['null', null],
];

const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function quotedCharacter(letter: string): string {
  if (letter === "'") return "'\\''";
  if (letter === '"') return `'"'`;
  return `'${JSON.stringify(letter).slice(1, -1)}'`;
}
