/** Writes ASN.1 in its distinguished encoding (ITU-T X.690), as far as a certificate needs it. */
export const der = {
  boolean: (value: boolean) => element(0x01, Buffer.from([value ? 0xff : 0])),
  /** Unsigned, big-endian. */
  integer: (value: Buffer) =>
    element(0x02, (value[0] ?? 0) & 0x80 ? Buffer.concat([Buffer.from([0]), value]) : value),
  bits: (value: Buffer) => element(0x03, Buffer.concat([Buffer.from([0]), value])),
  octets: (value: Buffer) => element(0x04, value),
  objectId: (dotted: string) => element(0x06, encodeObjectId(dotted.split('.').map(Number))),
  text: (value: string) => element(0x0c, Buffer.from(value)),
  /** UTCTime, which certificates use until 2049. */
  time: (value: Date) =>
    element(
      0x17,
      Buffer.from(
        value
          .toISOString()
          .replace(/[-:T]|\.\d+/g, '')
          .slice(2),
      ),
    ),
  sequence: (...elements: Buffer[]) => element(0x30, Buffer.concat(elements)),
  set: (...elements: Buffer[]) => element(0x31, Buffer.concat(elements)),
  explicit: (tag: number, inner: Buffer) => element(0xa0 | tag, inner),
  implicit: (tag: number, value: Buffer) => element(0x80 | tag, value),
};

function element(tag: number, content: Buffer): Buffer {
  return Buffer.concat([Buffer.from([tag]), encodeLength(content.length), content]);
}

function encodeLength(length: number): Buffer {
  if (length < 0x80) return Buffer.from([length]);
  const bytes = length < 0x100 ? [length] : [length >> 8, length & 0xff];
  return Buffer.from([0x80 | bytes.length, ...bytes]);
}

function encodeObjectId([first = 0, second = 0, ...rest]: number[]): Buffer {
  return Buffer.from([first * 40 + second, ...rest.flatMap(encodeBase128)]);
}

function encodeBase128(value: number): number[] {
  const groups = [value & 0x7f];
  for (let left = value >>> 7; left > 0; left >>>= 7) groups.unshift((left & 0x7f) | 0x80);
  return groups;
}
