/**
 * Go strings are byte sequences that are usually, but not always, UTF-8. Here a Go string is a JavaScript
 * string in which a byte that is no part of valid UTF-8 stands as the lone surrogate U+DC00 + byte: ordinary
 * text is ordinary, and decoded binary data survives a round trip through a template.
 */

const loneByte = /[\udc80-\udcff]/u;
const nonAscii = /[^\0-\x7f]/;

/** The bytes of a Go string. */
export function toBytes(text: string): Uint8Array {
  if (!loneByte.test(text)) return Buffer.from(text, 'utf8');
  const parts: Uint8Array[] = [];
  for (const piece of text.split(/([\udc80-\udcff]+)/u)) {
    parts.push(
      loneByte.test(piece)
        ? Uint8Array.from(piece, (char) => char.charCodeAt(0) - 0xdc00)
        : Buffer.from(piece, 'utf8'),
    );
  }
  return Buffer.concat(parts);
}

/** The Go string that consists of these bytes. */
export function fromBytes(bytes: Uint8Array): string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const text = buffer.toString('utf8');
  if (!text.includes('\ufffd')) return text;
  let result = '';
  for (const rune of runesOf(bytes)) result += rune.text;
  return result;
}

/** One step of Go's `for range` over a string: a rune, or one invalid byte. */
export interface Rune {
  /** Byte offset at which it starts. */
  offset: number;
  /** Its code point; U+FFFD for an invalid byte. */
  code: number;
  /** How it stands in a Go string. */
  text: string;
  valid: boolean;
}

/** Walks bytes as Go decodes UTF-8: an invalid sequence yields its first byte alone. */
export function* runesOf(bytes: Uint8Array): Generator<Rune> {
  for (let offset = 0; offset < bytes.length;) {
    const [code, size] = decodeRune(bytes, offset);
    if (code < 0) {
      const byte = bytes[offset] ?? 0;
      yield { offset, code: 0xfffd, text: String.fromCharCode(0xdc00 + byte), valid: false };
      offset += 1;
    } else {
      yield { offset, code, text: String.fromCodePoint(code), valid: true };
      offset += size;
    }
  }
}

function decodeRune(bytes: Uint8Array, offset: number): [code: number, size: number] {
  const first = bytes[offset] ?? 0;
  if (first < 0x80) return [first, 1];
  const size = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4) return [-1, 1];
  let code = first & (0xff >> (size + 1));
  for (let i = 1; i < size; i++) {
    const next = bytes[offset + i];
    if (next === undefined || (next & 0xc0) !== 0x80) return [-1, 1];
    code = (code << 6) | (next & 0x3f);
  }
  const overlong = (size === 3 && code < 0x800) || (size === 4 && code < 0x10000);
  const impossible = code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff);
  return overlong || impossible ? [-1, 1] : [code, size];
}

/** Number of bytes: Go's `len`. */
export function byteLength(text: string): number {
  return nonAscii.test(text) ? toBytes(text).length : text.length;
}

/** Go's `text[start:end]`; the caller has checked the bounds. */
export function sliceBytes(text: string, start: number, end: number): string {
  return nonAscii.test(text) ? fromBytes(toBytes(text).subarray(start, end)) : text.slice(start, end);
}

/** Joins the halves of a character that were cut apart, after concatenation. */
export function normalise(text: string): string {
  return loneByte.test(text) ? fromBytes(toBytes(text)) : text;
}

/** Go's order of strings: by bytes, which for valid text is the order of code points. */
export function compareStrings(a: string, b: string): number {
  if (a === b) return 0;
  if (nonAscii.test(a) || nonAscii.test(b)) return Buffer.compare(toBytes(a), toBytes(b));
  return a < b ? -1 : 1;
}
