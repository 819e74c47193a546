import { setField } from '../json-value.ts';
import type { Fields } from '../json-value.ts';
import { namedGoType, printedGoType } from './go-type.ts';
import type { GoType } from './go-type.ts';
import { readCustomMessage } from './protobuf-custom-types.ts';
import published from './published-protobuf-fields.json' with { type: 'json' };
import { DELIMITED, InvalidProtobuf, VARINT, packedNumbers, wireFields } from './wire-format.ts';
import type { WireField } from './wire-format.ts';

/**
 * Reads a protobuf message of one of the API's Go types, and gives it as it would have come as JSON. What is empty and not behind a pointer
 * is left out: the format does not tell it from what was not set.
 * @throws {InvalidProtobuf}
 */
export function readMessage(type: GoType, bytes: Uint8Array, depth = 0): unknown {
  // Schemas hold schemas; a body of the largest size could nest them deeper than any stack.
  if (depth > MAXIMUM_DEPTH) throw new InvalidProtobuf('exceeded max depth');
  if (namedGoType(type) === 'custom') {
    return readCustomMessage(type, bytes, (inner, raw) => readMessage(inner, raw, depth + 1));
  }
  const { members, isList } = messageOf(type);
  const target: Fields = {};
  for (const field of wireFields(bytes, structName(type))) {
    const member = members.get(field.number);
    if (!member) continue;
    if (member.embedded) Object.assign(target, readMessage(member.type, delimited(field, member), depth + 1));
    else placeField(target, member, member.type, field, depth);
  }
  return isList ? (target[LIST_ITEMS] ?? []) : target;
}

const MAXIMUM_DEPTH = 500;

/** The published table's name for the items of a message that is a list. */
const LIST_ITEMS = '[]';

interface Member {
  name: string;
  type: GoType;
  /** Whether the fields of this message stand among those of the message that has it. */
  embedded: boolean;
}

interface Message {
  members: Map<number, Member>;
  isList: boolean;
}

const NUMBERS = published as Readonly<Record<string, Readonly<Record<string, string>>>>;

// A pure function of the published types, like the codecs of JSON.
const messages = new Map<GoType, Message>();

function messageOf(type: GoType): Message {
  const known = messages.get(type);
  if (known) return known;
  const numbers = NUMBERS[type];
  if (!numbers) throw new Error(`the published protobuf fields lack ${type}`);
  const types = jsonFields(type);
  const members = new Map<number, Member>();
  for (const [number, name] of Object.entries(numbers)) {
    const embedded = name.startsWith('+');
    const typeOfField = embedded ? name.slice(1) : types.get(name);
    if (typeOfField === undefined) throw new Error(`the published Go types lack ${name} of ${type}`);
    members.set(Number(number), { name, type: typeOfField, embedded });
  }
  const message = { members, isList: types.has(LIST_ITEMS) };
  messages.set(type, message);
  return message;
}

function jsonFields(type: GoType): Map<string, GoType> {
  const named = namedGoType(type);
  if (typeof named === 'string') return new Map([[LIST_ITEMS, named]]);
  return new Map(Object.entries(named ?? {}).map(([key, value]) => [key.replace(/\?+$/, ''), value]));
}

function placeField(target: Fields, member: Member, type: GoType, field: WireField, depth: number): void {
  const { name } = member;
  if (type.startsWith('[]')) {
    const items = target[name];
    const list: unknown[] = Array.isArray(items) ? items : [];
    target[name] = list;
    list.push(...readItems(type.slice(2), member, field, depth));
  } else if (type.startsWith('map[')) {
    const [key, value] = readEntry(type.slice(type.indexOf(']') + 1), member, field, depth);
    const entries = (target[name] ??= {}) as Fields;
    setField(entries, key, value);
  } else if (type.startsWith('*')) {
    const value = readValue(type.slice(1), member, field, depth);
    if (value !== undefined) setField(target, name, value);
  } else {
    const named = namedGoType(type);
    if (typeof named === 'string' && named !== 'custom' && !Object.hasOwn(NUMBERS, type)) {
      placeField(target, member, named, field, depth);
      return;
    }
    const value = readValue(type, member, field, depth);
    if (value !== undefined && (named === 'custom' || !isZero(value))) setField(target, name, value);
  }
}

function readItems(element: GoType, member: Member, field: WireField, depth: number): unknown[] {
  if (field.value instanceof Uint8Array && INTEGERS.includes(scalarOf(element))) {
    return packedNumbers(field.value).map((value) =>
      readValue(element, member, { ...field, wireType: VARINT, value }, depth),
    );
  }
  return [readValue(element, member, field, depth) ?? null];
}

/** A map's entries are messages: 1 is the key, 2 the value, and what is empty may be absent. */
function readEntry(type: GoType, member: Member, field: WireField, depth: number): [string, unknown] {
  let key = '';
  let value: unknown;
  for (const part of wireFields(delimited(field, member), `${member.name}Entry`)) {
    if (part.number === 1) key = utf8(delimited(part, member));
    if (part.number === 2) value = readValue(type, member, part, depth);
  }
  return [key, value ?? emptyValue(type, member, depth) ?? null];
}

const emptyValue = (type: GoType, member: Member, depth: number): unknown =>
  INTEGERS.includes(scalarOf(type))
    ? readValue(type, member, { number: 2, wireType: VARINT, value: 0n }, depth)
    : readValue(type, member, { number: 2, wireType: DELIMITED, value: new Uint8Array() }, depth);

const INTEGERS = ['bool', 'int32', 'int64'];

function readValue(type: GoType, member: Member, field: WireField, depth: number): unknown {
  switch (scalarOf(type)) {
    case 'string':
      return utf8(delimited(field, member));
    case 'bytes':
      return Buffer.from(delimited(field, member)).toString('base64');
    case 'bool':
      return varint(field, member) !== 0n;
    case 'int32':
      return Number(BigInt.asIntN(32, varint(field, member)));
    case 'int64':
      return Number(BigInt.asIntN(64, varint(field, member)));
    case 'float64':
      return double(field, member);
    default:
      return readMessage(type, delimited(field, member), depth + 1);
  }
}

/** What a named text or number consists of; the type itself where it is neither. */
function scalarOf(type: GoType): GoType {
  if (Object.hasOwn(NUMBERS, type)) return type;
  const named = namedGoType(type);
  return typeof named === 'string' && named !== 'custom' ? scalarOf(named) : type;
}

const isZero = (value: unknown): boolean =>
  value === '' ||
  value === 0 ||
  value === false ||
  (typeof value === 'object' && value !== null && Object.keys(value).length === 0);

function delimited(field: WireField, member: Member): Uint8Array {
  if (field.value instanceof Uint8Array && field.wireType === DELIMITED) return field.value;
  throw wrongWireType(field, member);
}

function varint(field: WireField, member: Member): bigint {
  if (typeof field.value === 'bigint') return field.value;
  throw wrongWireType(field, member);
}

function double(field: WireField, member: Member): number {
  if (!(field.value instanceof Uint8Array) || field.value.length !== 8) throw wrongWireType(field, member);
  return Buffer.from(field.value).readDoubleLE(0);
}

const wrongWireType = ({ wireType }: WireField, { name }: Member): InvalidProtobuf =>
  new InvalidProtobuf(`proto: wrong wireType = ${wireType} for field ${goFieldName(name)}`);

/** Go's fields have the names that they have in JSON, but for this one. */
const goFieldName = (name: string): string =>
  name === 'metadata' ? 'ObjectMeta' : `${name.charAt(0).toUpperCase()}${name.slice(1)}`;

const structName = (type: GoType): string => printedGoType(type).replace(/^.*\./, '');

const utf8 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8');
