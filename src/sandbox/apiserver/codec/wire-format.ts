/** One field of a protobuf message: a number, or the bytes of a text, a message or a packed list. */
export interface WireField {
  number: number;
  wireType: number;
  value: bigint | Uint8Array;
}

export const VARINT = 0;
export const DELIMITED = 2;
const FIXED_64 = 1;
const END_GROUP = 4;
const FIXED_32 = 5;

/** Bytes that are no protobuf message of the type that they should be; in the words of the API server. */
export class InvalidProtobuf extends Error {
  override name = 'InvalidProtobuf';
}

/**
 * The fields of a message in the order in which they were sent.
 * @param name of the message's type, for errors
 * @throws {InvalidProtobuf} where the bytes are cut short, or are no message
 */
export function* wireFields(bytes: Uint8Array, name: string): Generator<WireField> {
  const cursor = { bytes, at: 0 };
  while (cursor.at < bytes.length) {
    const tag = readVarint(cursor);
    const number = Number(BigInt.asIntN(32, tag >> 3n));
    const wireType = Number(tag & 7n);
    if (wireType === END_GROUP) throw new InvalidProtobuf(`proto: ${name}: wiretype end group for non-group`);
    if (number <= 0) {
      throw new InvalidProtobuf(`proto: ${name}: illegal tag ${number} (wire type ${tag})`);
    }
    yield { number, wireType, value: readPayload(cursor, wireType) };
  }
}

/** The numbers of a list whose numbers stand one behind the other. */
export function packedNumbers(bytes: Uint8Array): bigint[] {
  const cursor = { bytes, at: 0 };
  const numbers: bigint[] = [];
  while (cursor.at < bytes.length) numbers.push(readVarint(cursor));
  return numbers;
}

interface Cursor {
  bytes: Uint8Array;
  at: number;
}

function readPayload(cursor: Cursor, wireType: number): bigint | Uint8Array {
  switch (wireType) {
    case VARINT:
      return readVarint(cursor);
    case FIXED_64:
      return take(cursor, 8);
    case DELIMITED: {
      const length = BigInt.asIntN(64, readVarint(cursor));
      if (length < 0n) throw new InvalidProtobuf('proto: negative length found during unmarshaling');
      return take(cursor, Number(length));
    }
    case FIXED_32:
      return take(cursor, 4);
    default:
      throw new InvalidProtobuf(`proto: illegal wireType ${wireType}`);
  }
}

/** An unsigned number of up to 64 bits, seven in each byte, the lowest first. */
function readVarint(cursor: Cursor): bigint {
  let number = 0n;
  for (let shift = 0n; shift < 64n; shift += 7n) {
    const byte = cursor.bytes[cursor.at];
    if (byte === undefined) throw new InvalidProtobuf('unexpected EOF');
    cursor.at += 1;
    number |= BigInt(byte & 0x7f) << shift;
    if (byte < 0x80) return BigInt.asUintN(64, number);
  }
  throw new InvalidProtobuf('proto: integer overflow');
}

function take(cursor: Cursor, length: number): Uint8Array {
  const end = cursor.at + length;
  if (end > cursor.bytes.length) throw new InvalidProtobuf('unexpected EOF');
  const taken = cursor.bytes.subarray(cursor.at, end);
  cursor.at = end;
  return taken;
}
