import type { Json, JsonObject } from '../kubernetes/objects.ts';
import { Failure } from './failure.ts';

/** One argument of a function: how it is decoded, and what it is for. */
export interface ArgumentSchema<T> {
  type: 'string' | 'integer' | 'boolean' | 'stringList' | 'stringMap' | 'object' | 'any';
  required: boolean;
  doc: string;
  /** Other spellings that are accepted. */
  aliases?: readonly string[];
  /** @throws {Failure} `InvalidArgument`; `name` is the spelling that the Blueprint uses. */
  decode(name: string, value: Json): T;
  default: T | undefined;
}

export type ArgumentSchemas = Record<string, ArgumentSchema<unknown>>;

/** What `run` receives: absent optional arguments without a default are undefined. */
export type DecodedArguments<A extends ArgumentSchemas> = {
  [K in keyof A]: A[K] extends ArgumentSchema<infer T> ? T : never;
};

export type RawArguments = JsonObject;

/** An argument that is `required` or has a `default` is never undefined after decoding. */
export interface ArgumentOptions<T> {
  doc: string;
  required?: boolean;
  default?: T;
  aliases?: readonly string[];
}

export interface IntegerOptions extends ArgumentOptions<number> {
  minimum?: number;
  maximum?: number;
}

type Decoded<T, O> = O extends { required: true } | { default: T } ? T : T | undefined;

/**
 * Decodes a function's arguments. A key that is present is decoded even when it is empty; `null` is present and gives
 * the type's zero value. Keys that no schema names are ignored here.
 * @throws {Failure} `MissingArgument`, `InvalidArgument`; `details.argument` names it.
 */
export function decodeArguments<const A extends ArgumentSchemas>(
  schemas: A,
  raw: RawArguments,
): DecodedArguments<A> {
  const entries = Object.entries(schemas).map(([name, argument]) => {
    const spelling = spellingOf(name, argument, raw);
    if (spelling !== undefined) return [name, argument.decode(spelling, raw[spelling] ?? null)];
    if (argument.required)
      throw new Failure('MissingArgument', `Argument missing ${name}`, { argument: name });
    return [name, argument.default];
  });
  // oxlint-disable-next-line typescript-eslint/no-unsafe-type-assertion -- each entry is what its own schema decoded
  return Object.fromEntries(entries) as DecodedArguments<A>;
}

/** Text. Numbers become decimals without an exponent, booleans `1` and `0`. */
export function string<const O extends ArgumentOptions<string>>(
  options: O,
): ArgumentSchema<Decoded<string, O>> {
  return schema('string', options, toText);
}

/** A 32-bit integer, or its decimal text. */
export function integer<const O extends IntegerOptions>(options: O): ArgumentSchema<Decoded<number, O>> {
  return schema('integer', options, (value, path, name) => {
    const number = toInteger(value, path, name);
    const { minimum, maximum } = options;
    if (minimum !== undefined && number < minimum) throw outOfRange(name, number, `at least ${minimum}`);
    if (maximum !== undefined && number > maximum) throw outOfRange(name, number, `at most ${maximum}`);
    return number;
  });
}

/** True or false, also as a number or as one of the texts that Go's strconv.ParseBool takes; empty text is false. */
export function boolean<const O extends ArgumentOptions<boolean>>(
  options: O,
): ArgumentSchema<Decoded<boolean, O>> {
  return schema('boolean', options, toBoolean);
}

/** A list of texts; a scalar is a list of one. */
export function stringList<const O extends ArgumentOptions<string[]>>(
  options: O,
): ArgumentSchema<Decoded<string[], O>> {
  return schema('stringList', options, toTextList);
}

/** A map of texts; a list of maps is merged from left to right. */
export function stringMap<const O extends ArgumentOptions<Record<string, string>>>(
  options: O,
): ArgumentSchema<Decoded<Record<string, string>, O>> {
  return schema('stringMap', options, (value, path, name) => {
    const entries = Object.entries(toMap(value, path, name));
    return Object.fromEntries(entries.map(([key, item]) => [key, toText(item, `${path}[${key}]`, name)]));
  });
}

/** A map of anything; a list of maps is merged from left to right. */
export function object<const O extends ArgumentOptions<JsonObject>>(
  options: O,
): ArgumentSchema<Decoded<JsonObject, O>> {
  return schema('object', options, toMap);
}

/** Whatever the Blueprint gives, as it is. */
export function any<const O extends ArgumentOptions<Json>>(options: O): ArgumentSchema<Decoded<Json, O>> {
  return schema('any', options, (value) => value);
}

/** Reads `value`, found at `path` inside the argument (empty: the argument itself). */
type Decode<T> = (value: Json, path: string, name: string) => T;

function schema<T, O extends ArgumentOptions<T>>(
  type: ArgumentSchema<T>['type'],
  options: O,
  decode: Decode<T>,
): ArgumentSchema<Decoded<T, O>> {
  return {
    type,
    required: options.required ?? false,
    doc: options.doc,
    ...(options.aliases && { aliases: options.aliases }),
    decode: (name, value) => decode(value, '', name),
    default: options.default,
  };
}

function spellingOf(name: string, argument: ArgumentSchema<unknown>, raw: RawArguments): string | undefined {
  const used = [name, ...(argument.aliases ?? [])].filter((key) => Object.hasOwn(raw, key));
  if (used.length > 1) {
    throw new Failure('InvalidArgument', `Arguments ${used.join(' and ')} mean the same, found both`, {
      argument: name,
      hint: `Give ${name} only.`,
    });
  }
  return used[0];
}

function toText(value: Json, path: string, name: string): string {
  if (value === null) return '';
  if (typeof value === 'string') return value;
  if (typeof value === 'number') {
    if (mayBeRounded(value)) throw rounded(name, path);
    return decimal(value);
  }
  if (typeof value === 'boolean') return value ? '1' : '0';
  throw undecodable(name, `'${path}' expected type 'string', got unconvertible type '${goType(value)}'`);
}

// The texts are those of the original's ScaleWorkload, which is the only function of it with an integer argument.
function toInteger(value: Json, _path: string, name: string): number {
  if (value === null) return 0;
  if (typeof value === 'string') {
    if (!/^[+-]?\d+$/.test(value)) throw notAnInteger(name, value, 'invalid syntax');
    const number = Number(value);
    if (number < -(2 ** 31) || number >= 2 ** 31) throw notAnInteger(name, value, 'value out of range');
    return number === 0 ? 0 : number;
  }
  if (typeof value === 'number' && Number.isInteger(value)) {
    if (value < -(2 ** 31) || value >= 2 ** 31)
      throw notAnInteger(name, decimal(value), 'value out of range');
    return value;
  }
  throw new Failure('InvalidArgument', `Invalid arg type ${goType(value)} for Arg ${name} `, {
    argument: name,
    hint: `Give ${name} as an integer or as its decimal text.`,
  });
}

function toBoolean(value: Json, path: string, name: string): boolean {
  if (value === null || value === '') return false;
  if (typeof value === 'boolean') return value;
  if (typeof value === 'number') return value !== 0;
  if (typeof value !== 'string') {
    throw undecodable(name, `'${path}' expected type 'bool', got unconvertible type '${goType(value)}'`);
  }
  if (['1', 't', 'T', 'true', 'TRUE', 'True'].includes(value)) return true;
  if (['0', 'f', 'F', 'false', 'FALSE', 'False'].includes(value)) return false;
  const parsing = `strconv.ParseBool: parsing ${JSON.stringify(value)}: invalid syntax`;
  throw undecodable(name, `cannot parse '${path}' as bool: ${parsing}`);
}

function toTextList(value: Json, path: string, name: string): string[] {
  if (value === null) return [];
  if (isMap(value) && Object.keys(value).length === 0) return [];
  const items = Array.isArray(value) ? value : [value];
  return items.map((item, index) => toText(item, `${path}[${index}]`, name));
}

function toMap(value: Json, path: string, name: string): JsonObject {
  if (value === null) return {};
  if (isMap(value)) return value;
  if (Array.isArray(value)) {
    const maps = value.map((item, index) => toMap(item, `${path}[${index}]`, name));
    return Object.fromEntries(maps.flatMap((map) => Object.entries(map)));
  }
  throw undecodable(name, `'${path}' expected a map, got '${goType(value)}'`);
}

function isMap(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Go keeps whole numbers of up to 64 bits exactly; larger ones it rounds just as JSON.parse does. */
function mayBeRounded(value: number): boolean {
  return Number.isInteger(value) && !Number.isSafeInteger(value) && Math.abs(value) < 2 ** 63;
}

function rounded(name: string, path: string): Failure {
  const place = path === '' ? 'it' : `'${path}'`;
  return new Failure(
    'InvalidArgument',
    `Failed to decode arg \`${name}\`: ${place} is a whole number beyond ${Number.MAX_SAFE_INTEGER}, of which the last digits are not known`,
    { argument: name, hint: 'Put it in quotes.' },
  );
}

/** The shortest decimal that reads back as the same number, without an exponent, as Go's FormatFloat(f, 'f', -1, 64). */
function decimal(value: number): string {
  const [, sign = '', whole = '', fraction = '', exponent] =
    /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]\d+))?$/.exec(`${value}`) ?? [];
  if (exponent === undefined) return `${value}`;
  const digits = whole + fraction;
  const point = whole.length + Number(exponent);
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`;
  return sign + digits.padEnd(point, '0');
}

function goType(value: Json): string {
  if (typeof value === 'string') return 'string';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'number') return Number.isInteger(value) ? 'int' : 'float64';
  return Array.isArray(value) ? '[]interface {}' : 'map[string]interface {}';
}

/** The value itself is left out: an argument may hold a secret. */
function undecodable(name: string, problem: string): Failure {
  return new Failure('InvalidArgument', `Failed to decode arg \`${name}\`: ${problem}`, { argument: name });
}

function notAnInteger(name: string, text: string, problem: string): Failure {
  const parsing = `strconv.ParseInt: parsing ${JSON.stringify(text)}: ${problem}`;
  return new Failure('InvalidArgument', `Cannot convert ${text} to int: ${parsing}`, {
    argument: name,
    hint: `Give ${name} as an integer of 32 bits.`,
  });
}

function outOfRange(name: string, number: number, range: string): Failure {
  return new Failure('InvalidArgument', `Invalid value ${number} for Arg ${name}: must be ${range}`, {
    argument: name,
  });
}
