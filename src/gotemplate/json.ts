import { FunctionError } from './function.ts';
import { compareStrings, runesOf, toBytes } from './go-string.ts';
import { formatTime } from './time.ts';
import { bool, float, int, list, map, nil, string } from './value.ts';
import type { ListValue, MapValue, StructField, StructValue, Value } from './value.ts';

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
      return BigInt.asIntN(64, json) === json ? int(json, 'int64') : float(Number(json));
    case 'number':
      return options.integers === 'int64' && isInt64(json) ? int(json, 'int64') : float(json);
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

/** What is larger is a float to Go, and so is the negative zero. */
function isInt64(number: number): boolean {
  return Number.isInteger(number) && Math.abs(number) < 2 ** 63 && !Object.is(number, -0);
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
    case 'list':
      return value.isNil ? 'null' : encodeList(value, indent, margin);
    case 'map':
      return value.isNil ? 'null' : encodeMap(value, indent, margin);
    case 'struct': {
      const parts: string[] = [];
      addMembers(parts, value, indent, margin + ' '.repeat(indent));
      return enclosed('{', '}', parts, indent, margin);
    }
  }
}

function encodeList({ items }: ListValue, indent: number, margin: string): string {
  const inner = margin + ' '.repeat(indent);
  const parts: string[] = [];
  for (const item of items) parts.push(encode(item, indent, inner));
  return enclosed('[', ']', parts, indent, margin);
}

function encodeMap({ entries }: MapValue, indent: number, margin: string): string {
  const inner = margin + ' '.repeat(indent);
  const parts: string[] = [];
  for (const key of [...entries.keys()].toSorted(compareStrings)) {
    parts.push(member(key, entries.get(key) ?? nil, indent, inner));
  }
  return enclosed('{', '}', parts, indent, margin);
}

function addMembers(parts: string[], { fields }: StructValue, indent: number, margin: string): void {
  for (const field of fields) {
    if (field.hidden === true || field.json === '-' || (field.omitEmpty === true && isEmpty(field))) continue;
    const inner = field.value.kind === 'pointer' ? field.value.target : field.value;
    if (field.embedded === true && field.json === undefined && inner?.kind === 'struct') {
      addMembers(parts, inner, indent, margin);
    } else {
      parts.push(member(field.json ?? field.name, field.value, indent, margin));
    }
  }
}

function member(key: string, value: Value, indent: number, margin: string): string {
  return `${encodeString(key)}:${indent > 0 ? ' ' : ''}${encode(value, indent, margin)}`;
}

function enclosed(
  open: string,
  close: string,
  parts: readonly string[],
  indent: number,
  margin: string,
): string {
  if (parts.length === 0) return open + close;
  const inner = `\n${margin}${' '.repeat(indent)}`;
  const text = parts.join(indent === 0 ? ',' : `,${inner}`);
  if (text.length > maximumText)
    throw new FunctionError(`JSON of a value is longer than ${maximumText} characters`);
  return indent === 0 ? open + text + close : `${open}${inner}${text}\n${margin}${close}`;
}

/** A small value can have long JSON, when lists share their elements. */
const maximumText = 8 * 1024 * 1024;

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
