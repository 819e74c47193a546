import { FunctionError } from './function.ts';
import { compareStrings, runesOf, toBytes } from './go-string.ts';
import { formatTime } from './time.ts';
import { bool, float, int, list, map, nil, string } from './value.ts';
import type { StructField, StructValue, Value } from './value.ts';

export interface FromJsonOptions {
  /** Go type of whole numbers: Kubernetes objects have int64, everything else that Go decodes has float64. */
  integers: 'int64' | 'float64';
}

/** The value that Go decodes this JSON to: `map[string]interface {}`, `[]interface {}`, string, bool, number or nil. */
export function fromJson(json: unknown, options: FromJsonOptions): Value {
  switch (typeof json) {
    case 'string':
      return string(json.toWellFormed());
    case 'boolean':
      return bool(json);
    case 'bigint':
      return int(json, 'int64');
    case 'number':
      return options.integers === 'int64' && Number.isInteger(json) ? int(json, 'int64') : float(json);
    case 'object':
      if (json === null) return nil;
      if (Array.isArray(json)) return list(json.map((item) => fromJson(item, options)));
      return map(
        Object.entries(json).flatMap(([key, item]) =>
          item === undefined ? [] : [[key.toWellFormed(), fromJson(item, options)]],
        ),
      );
    default:
      return nil;
  }
}

/** A value that Go's encoding/json refuses; the message is Go's. */
export class UnsupportedValue extends Error {
  override name = 'UnsupportedValue';
}

/**
 * Go's `json.Marshal`: sorted keys of maps, fields of structs in their order, bytes in base64, and `<`, `>`, `&` escaped.
 * @param indent spaces per level, for `json.MarshalIndent`.
 * @throws {UnsupportedValue} for NaN, infinities and complex numbers.
 */
export function encodeJson(value: Value, indent = 0): string {
  return encode(value, indent, '');
}

/** Plain JSON of a value, for code that goes on with it; integers beyond 2^53 lose precision as in any JavaScript. */
export function toJson(value: Value): unknown {
  return JSON.parse(encodeJson(value));
}

function encode(value: Value, indent: number, margin: string): string {
  switch (value.kind) {
    case 'nil':
      return 'null';
    case 'bool':
    case 'integer':
      return String(value.value);
    case 'float':
      return encodeFloat(value.value);
    case 'string':
      return encodeString(value.value);
    case 'bytes':
      return value.isNil ? 'null' : `"${Buffer.from(value.value).toString('base64')}"`;
    case 'time':
      return `"${formatTime(value, '2006-01-02T15:04:05.999999999Z07:00')}"`;
    case 'opaque':
      return encodeString(value.text);
    case 'pointer':
      return value.target === undefined ? 'null' : encode(value.target, indent, margin);
    case 'complex':
      throw new UnsupportedValue('json: unsupported type: complex128');
    case 'list': {
      if (value.isNil) return 'null';
      return enclosed(
        '[',
        ']',
        value.items.map((item) => (inner) => encode(item, indent, inner)),
        indent,
        margin,
      );
    }
    case 'map': {
      if (value.isNil) return 'null';
      const keys = [...value.entries.keys()].toSorted(compareStrings);
      return enclosed(
        '{',
        '}',
        keys.map((key) => member(key, value.entries.get(key) ?? nil, indent)),
        indent,
        margin,
      );
    }
    case 'struct':
      return enclosed(
        '{',
        '}',
        membersOf(value).map(([key, item]) => member(key, item, indent)),
        indent,
        margin,
      );
  }
}

type Part = (margin: string) => string;

function member(key: string, value: Value, indent: number): Part {
  return (margin) => `${encodeString(key)}:${indent > 0 ? ' ' : ''}${encode(value, indent, margin)}`;
}

function enclosed(open: string, close: string, parts: Part[], indent: number, margin: string): string {
  if (parts.length === 0) return open + close;
  const inner = margin + ' '.repeat(indent);
  const separator = indent === 0 ? ',' : ',\n';
  const text = parts.map((part) => (indent === 0 ? '' : inner) + part(inner)).join(separator);
  if (text.length > maximumText)
    throw new FunctionError(`JSON of a value is longer than ${maximumText} characters`);
  return indent === 0 ? open + text + close : `${open}\n${text}\n${margin}${close}`;
}

/** A small value can have long JSON, when lists share their elements. */
const maximumText = 8 * 1024 * 1024;

function membersOf(value: StructValue): [string, Value][] {
  return value.fields.flatMap((field): [string, Value][] => {
    if (field.json === '-' || (field.omitEmpty === true && isEmpty(field))) return [];
    if (field.embedded === true && field.json === undefined) {
      const inner = field.value.kind === 'pointer' ? field.value.target : field.value;
      if (inner?.kind === 'struct') return membersOf(inner);
    }
    return [[field.json ?? field.name, field.value]];
  });
}

function isEmpty({ value }: StructField): boolean {
  switch (value.kind) {
    case 'nil':
      return true;
    case 'bool':
      return !value.value;
    case 'integer':
      return value.value === 0n;
    case 'float':
      return value.value === 0;
    case 'string':
    case 'bytes':
      return value.value.length === 0;
    case 'list':
      return value.items.length === 0;
    case 'map':
      return value.entries.size === 0;
    case 'pointer':
      return value.target === undefined;
    default:
      return false;
  }
}

/** Go writes numbers as ECMAScript does, but with two digits in no exponent: `1e-7`, `1e+21`. */
function encodeFloat(value: number): string {
  if (!Number.isFinite(value)) {
    const name = Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
    throw new UnsupportedValue(`json: unsupported value: ${name}`);
  }
  return Object.is(value, -0) ? '-0' : String(value);
}

function encodeString(text: string): string {
  if (/^[ !#-%'-;=?-[\]-~]*$/.test(text)) return `"${text}"`;
  let result = '"';
  for (const { code, text: char, valid } of runesOf(toBytes(text)))
    result += valid ? encodeChar(code, char) : '\\ufffd';
  return `${result}"`;
}

function encodeChar(code: number, char: string): string {
  switch (char) {
    case '"':
      return '\\"';
    case '\\':
      return '\\\\';
    case '\b':
      return '\\b';
    case '\f':
      return '\\f';
    case '\n':
      return '\\n';
    case '\r':
      return '\\r';
    case '\t':
      return '\\t';
  }
  const isEscaped = code < 0x20 || '<>&\u2028\u2029'.includes(char);
  return isEscaped ? `\\u${code.toString(16).padStart(4, '0')}` : char;
}
