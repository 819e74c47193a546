import type { GoType } from './go-type.ts';
import type { JsonCodec } from './json-codec.ts';
import { typeFault, typeFaultText } from './reading.ts';

/** The codec of a type that is one JSON string, number or boolean. */
export function scalarCodec(type: GoType, printed: string): JsonCodec {
  switch (type) {
    case 'string':
      return scalar('string', printed, '');
    case 'bool':
      return scalar('boolean', printed, false);
    case 'float64':
      return scalar('number', printed, 0);
    case 'int32':
      return integer(printed, 2 ** 31);
    case 'int64':
      return integer(printed, 2 ** 63);
    case 'bytes':
      return bytes;
    default:
      throw new Error(`the published Go types lack ${type}`);
  }
}

const scalar = (expected: string, printed: string, zero: string | boolean | number): JsonCodec => ({
  decode(value, reading) {
    if (value === null) return undefined;
    return typeof value === expected ? value : typeFault(reading, value, printed);
  },
  encode: (value) => value ?? undefined,
  zero: () => zero,
  isEmpty: (encoded) => encoded === zero,
});

const integer = (printed: string, limit: number): JsonCodec => ({
  ...scalar('number', printed, 0),
  decode(value, reading) {
    if (value === null) return undefined;
    if (typeof value !== 'number') return typeFault(reading, value, printed);
    if (Number.isInteger(value) && value >= -limit && value < limit) return value;
    reading.fault ??= typeFaultText(reading, `number ${value}`, printed);
    return undefined;
  },
});

const bytes: JsonCodec = {
  decode(value, reading) {
    if (value === null) return undefined;
    if (typeof value !== 'string') return typeFault(reading, value, '[]uint8');
    const canonical = Buffer.from(value, 'base64').toString('base64');
    if (canonical === value) return value;
    const illegal = illegalBase64(value);
    if (illegal === undefined) return canonical;
    reading.fault ??= `illegal base64 data at input byte ${illegal}`;
    return undefined;
  },
  encode: (value) => value ?? undefined,
  zero: () => null,
  isEmpty: (encoded) => encoded === null || encoded === '',
};

/** Where Go's base64 decoder stops: it wants padding, and overlooks line breaks. */
function illegalBase64(text: string): number | undefined {
  let inQuantum = 0;
  for (let index = 0; index < text.length; index += 1) {
    const letter = text.charAt(index);
    if (letter === '\n' || letter === '\r') continue;
    if (letter === '=') {
      if (inQuantum < 2) return index;
      const rest = text.slice(index + 1).replaceAll(/[\r\n]/g, '');
      if (inQuantum === 2 && rest === '') return text.length;
      if (inQuantum === 2 && rest[0] !== '=') return index;
      const expected = inQuantum === 2 ? '=' : '';
      return rest === expected ? undefined : index + 1 + expected.length;
    }
    if (!/[A-Za-z0-9+/]/.test(letter)) return index;
    inQuantum = (inQuantum + 1) % 4;
  }
  return inQuantum === 0 ? undefined : text.length - inQuantum;
}
