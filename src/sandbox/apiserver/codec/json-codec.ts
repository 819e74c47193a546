import { isFields, setField } from '../json-value.ts';
import type { Fields } from '../json-value.ts';
import { customCodec } from './custom-codecs.ts';
import { namedGoType, printedGoType } from './go-type.ts';
import type { GoType } from './go-type.ts';
import { typeFault } from './reading.ts';
import type { Reading } from './reading.ts';
import { scalarCodec } from './scalar-codecs.ts';

/** How Go reads a JSON value into a type, and writes it again. */
export interface JsonCodec {
  /** Undefined where Go leaves the target alone: for null, and for a value of the wrong type, which `reading` then holds against it. */
  decode(value: unknown, reading: Reading): unknown;
  /** The value as it is sent after it was stored: what Go or the storage do not tell apart from nothing is undefined. */
  encode(value: unknown): unknown;
  /** What stands where nothing was set and the field is not left out. */
  zero(): unknown;
  /** Whether `omitempty` leaves out what `encode` gave; undefined is always left out. */
  isEmpty(encoded: unknown): boolean;
}

/** A compiler of codecs that compiles each type once, when it is first used. */
export function createCodecs(): (type: GoType) => JsonCodec {
  const known = new Map<GoType, JsonCodec>();
  const codecOf = (type: GoType): JsonCodec => {
    const found = known.get(type);
    if (found) return found;
    const codec = compile(type, type, codecOf);
    known.set(type, codec);
    return codec;
  };
  return codecOf;
}

/** `printed` is the name that errors give the type: a named list is `v1.ResourceList`, not what it consists of. */
function compile(type: GoType, printed: GoType, codecOf: (type: GoType) => JsonCodec): JsonCodec {
  if (type.startsWith('*')) return pointerCodec(codecOf(type.slice(1)));
  if (type.startsWith('[]')) return sliceCodec(printed, codecOf(type.slice(2)));
  if (type.startsWith('map[')) return mapCodec(printed, codecOf(type.slice(type.indexOf(']') + 1)));
  const named = namedGoType(type);
  if (named === 'custom') return customCodec(type, codecOf);
  if (typeof named === 'string') return compile(named, printed, codecOf);
  return named ? structCodec(type, named, codecOf) : scalarCodec(type, printedGoType(printed));
}

function pointerCodec(inner: JsonCodec): JsonCodec {
  return {
    decode: (value, reading) => (value === null ? undefined : inner.decode(value, reading)),
    encode: (value) =>
      value === undefined || value === null ? undefined : (inner.encode(value) ?? inner.zero()),
    zero: () => null,
    isEmpty: (encoded) => encoded === null,
  };
}

function sliceCodec(type: GoType, element: JsonCodec): JsonCodec {
  const printed = printedGoType(type);
  return {
    decode(value, reading) {
      if (value === null) return undefined;
      if (!Array.isArray(value)) return typeFault(reading, value, printed);
      return value.map((item, index) => {
        reading.enterItem(index);
        const decoded = element.decode(item, reading) ?? element.zero();
        reading.leave();
        return decoded;
      });
    },
    // The storage's format does not know an empty list.
    encode: (value) =>
      Array.isArray(value) && value.length > 0
        ? value.map((item: unknown) => element.encode(item) ?? element.zero())
        : undefined,
    zero: () => null,
    isEmpty: (encoded) => encoded === null,
  };
}

function mapCodec(type: GoType, element: JsonCodec): JsonCodec {
  const printed = printedGoType(type);
  return {
    decode(value, reading) {
      if (value === null) return undefined;
      if (!isFields(value)) return typeFault(reading, value, printed);
      const decoded: Fields = {};
      for (const key of Object.keys(value)) {
        reading.enterKey(key);
        setField(decoded, key, element.decode(value[key], reading) ?? element.zero());
        reading.leave();
      }
      return decoded;
    },
    encode(value) {
      if (!isFields(value)) return undefined;
      const encoded: Fields = {};
      let size = 0;
      for (const [key, inner] of Object.entries(value)) {
        // An empty list that has a key stays one: the storage's format keeps the key.
        const empty = Array.isArray(inner) ? [] : element.zero();
        setField(encoded, key, element.encode(inner) ?? empty);
        size += 1;
      }
      return size > 0 ? encoded : undefined;
    },
    zero: () => null,
    isEmpty: (encoded) => encoded === null,
  };
}

interface FieldCodec {
  name: string;
  codec: JsonCodec;
  omitEmpty: boolean;
}

function structCodec(
  type: GoType,
  described: Readonly<Record<string, GoType>>,
  codecOf: (type: GoType) => JsonCodec,
): JsonCodec {
  const printed = printedGoType(type);
  const structName = printed.slice(printed.indexOf('.') + 1);
  // Types refer to themselves (JSONSchemaProps), so the fields are looked at when the first value comes.
  let compiled: { byName: Map<string, FieldCodec>; always: FieldCodec[] } | undefined;
  const fieldsOfStruct = () => (compiled ??= compileFields(described, codecOf));

  return {
    decode(value, reading) {
      if (value === null) return undefined;
      if (!isFields(value)) return typeFault(reading, value, printed);
      const { byName } = fieldsOfStruct();
      const decoded: Fields = {};
      for (const key of Object.keys(value)) {
        const field = byName.get(key);
        if (!field) {
          reading.unknownField(key);
          continue;
        }
        reading.enterField(structName, key);
        const inner = field.codec.decode(value[key], reading);
        if (inner !== undefined) decoded[key] = inner;
        reading.leaveField();
      }
      return decoded;
    },
    encode(value) {
      if (!isFields(value)) return undefined;
      const { byName, always } = fieldsOfStruct();
      const encoded: Fields = {};
      for (const key of Object.keys(value)) {
        const field = byName.get(key);
        const inner = field?.codec.encode(value[key]);
        if (inner === undefined || (field?.omitEmpty && field.codec.isEmpty(inner))) continue;
        encoded[key] = inner;
      }
      for (const { name, codec } of always) if (encoded[name] === undefined) encoded[name] = codec.zero();
      return encoded;
    },
    zero() {
      const { always } = fieldsOfStruct();
      return Object.fromEntries(always.map(({ name, codec }) => [name, codec.zero()]));
    },
    isEmpty: () => false,
  };
}

function compileFields(described: Readonly<Record<string, GoType>>, codecOf: (type: GoType) => JsonCodec) {
  const byName = new Map<string, FieldCodec>();
  const always: FieldCodec[] = [];
  for (const [key, type] of Object.entries(described)) {
    const name = key.replace(/\?+$/, '');
    const omits = key.length - name.length;
    const codec = codecOf(type);
    const field = { name, codec, omitEmpty: omits > 0 };
    byName.set(name, field);
    // Go's omitempty never leaves out a struct; omitzero does.
    if (omits === 0 || (omits === 1 && !codec.isEmpty(codec.zero()))) always.push(field);
  }
  return { byName, always };
}
