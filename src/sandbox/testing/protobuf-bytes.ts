/**
 * Bytes of the protobuf format, for bodies that a test writes by hand: fields are joined by `[...a, ...b]`, and a message inside of another is
 * a field of bytes.
 */
export const protobuf = {
  number: (field: number, value: number | bigint): number[] => [
    ...tag(field, 0),
    ...varint(BigInt.asUintN(64, BigInt(value))),
  ],
  text: (field: number, content: string): number[] => delimited(field, [...Buffer.from(content)]),
  message: (field: number, ...content: number[][]): number[] => delimited(field, content.flat()),
  /** A whole body: `k8s`, a zero, and a message of the object's type and of its own bytes. */
  envelope: (apiVersion: string, kind: string, ...content: number[][]): Uint8Array =>
    Uint8Array.from([
      ...Buffer.from('k8s\0'),
      ...protobuf.message(1, protobuf.text(1, apiVersion), protobuf.text(2, kind)),
      ...protobuf.message(2, ...content),
    ]),
  tag,
  varint,
};

/** A field's number and how its value is written: 0 a number, 1 eight bytes, 2 bytes with their length, 5 four bytes. */
function tag(field: number, wireType: number): number[] {
  return varint(BigInt((field << 3) | wireType));
}

function varint(value: bigint): number[] {
  return value < 128n ? [Number(value)] : [Number(value & 127n) | 128, ...varint(value >> 7n)];
}

const delimited = (field: number, content: number[]): number[] => [
  ...tag(field, 2),
  ...varint(BigInt(content.length)),
  ...content,
];
