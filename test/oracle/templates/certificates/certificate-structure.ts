/** A certificate in DER, element by element, without what differs from one to the next: numbers, times, keys and signatures. */
export function structureOf(der: Buffer): string[] {
  return elements(der, '');
}

const BIT_STRING = 0x03;
const OCTET_STRING = 0x04;
const CONSTRUCTED = 0x20;

function elements(der: Buffer, margin: string): string[] {
  const lines: string[] = [];
  for (let at = 0; at < der.length;) {
    const tag = der.readUInt8(at);
    const { length, start } = lengthAt(der, at + 1);
    const content = der.subarray(start, start + length);
    if (content.length < length) throw new Error(`element ${tag} is cut off`);
    const name = `${margin}${tag.toString(16).padStart(2, '0')}`;
    const inner =
      (tag & CONSTRUCTED) !== 0 || tag === OCTET_STRING ? innerElements(content, `${margin}  `) : undefined;
    if (inner === undefined) lines.push(`${name} ${shown(tag, content)}`);
    else lines.push(name, ...inner);
    at = start + length;
  }
  return lines;
}

/** Extensions are DER within bytes; other bytes are not. */
function innerElements(content: Buffer, margin: string): string[] | undefined {
  try {
    return elements(content, margin);
  } catch {
    return undefined;
  }
}

function lengthAt(der: Buffer, at: number): { length: number; start: number } {
  const first = der.readUInt8(at);
  if (first < 0x80) return { length: first, start: at + 1 };
  return { length: der.readUIntBE(at + 1, first - 0x80), start: at + 1 + first - 0x80 };
}

const INTEGER = 0x02;
const UTC_TIME = 0x17;
const GENERALIZED_TIME = 0x18;
const KEY_IDENTIFIER_LENGTH = 20;

function shown(tag: number, content: Buffer): string {
  if (tag === INTEGER && content.length > 8) return 'a long number';
  if (tag === UTC_TIME || tag === GENERALIZED_TIME) return `${content.length} characters of time`;
  if (tag === BIT_STRING && content.length > 8) return `${content.length} bytes`;
  if (content.length === KEY_IDENTIFIER_LENGTH) return 'a key identifier';
  return content.toString('hex');
}
