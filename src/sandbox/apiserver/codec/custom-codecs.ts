import { formatQuantity, parseQuantity } from '../../../kubernetes/quantity.ts';
import { isFields } from '../json-value.ts';
import { parseGoTime } from './go-time.ts';
import type { GoType } from './go-type.ts';
import type { JsonCodec } from './json-codec.ts';
import { InvalidGoValue, jsonTypeOf, typeFaultText } from './reading.ts';
import type { Reading } from './reading.ts';

/** The codecs of the types that decode themselves, by a rule of their own. */
export function customCodec(type: GoType, codecOf: (type: GoType) => JsonCodec): JsonCodec {
  switch (type) {
    case 'meta/v1.Time':
      return timeCodec('seconds');
    case 'meta/v1.MicroTime':
      return timeCodec('microseconds');
    case 'api/resource.Quantity':
      return quantityCodec;
    case 'util/intstr.IntOrString':
      return intOrStringCodec;
    case 'apiextensions/v1.JSONSchemaPropsOrBool':
      return schemaOr(codecOf, (value) => typeof value === 'boolean', 'boolean or JSON schema expected');
    case 'apiextensions/v1.JSONSchemaPropsOrArray':
      return schemaOr(codecOf, () => false, undefined);
    default:
      return rawCodec;
  }
}

/** Any JSON, kept as it came. */
const rawCodec: JsonCodec = {
  decode: (value) => (value === null ? undefined : value),
  encode: (value) => value ?? undefined,
  zero: () => null,
  isEmpty: () => false,
};

const timeCodec = (precision: 'seconds' | 'microseconds'): JsonCodec => ({
  decode(value, reading) {
    if (value === null) return undefined;
    if (typeof value !== 'string') throw wrongType(reading, value, 'string');
    return parseGoTime(value, precision);
  },
  encode: (value) => value ?? undefined,
  zero: () => null,
  // A zero time is null where the field is not left out, which only omitzero does.
  isEmpty: () => false,
});

const quantityCodec: JsonCodec = {
  decode(value) {
    if (value === null) return undefined;
    const text = typeof value === 'string' ? value.trim() : JSON.stringify(value);
    // An empty one is zero: it is how clients of old wrote nothing.
    if (text === '') throw new InvalidGoValue(QUANTITY_FORM);
    try {
      return formatQuantity(parseQuantity(text));
    } catch {
      // The text of the API server says less than ours, and clients compare it.
      throw new InvalidGoValue(quantityFault(text));
    }
  },
  encode: (value) => value ?? undefined,
  zero: () => '0',
  isEmpty: () => false,
};

const QUANTITY_FORM =
  "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";

/** Which of its three complaints the API server has about a quantity that cannot be read. */
function quantityFault(text: string): string {
  if (!/^[+-]?\d*(?:\.\d*)?[eEinumkKMGTP]*[-+]?\d*$/.test(text)) return QUANTITY_FORM;
  return "unable to parse quantity's suffix";
}

const intOrStringCodec: JsonCodec = {
  decode(value, reading) {
    if (value === null) return undefined;
    if (typeof value === 'string') return value;
    if (typeof value !== 'number') throw wrongType(reading, value, 'int32');
    if (Number.isInteger(value) && Math.abs(value) < 2 ** 31) return value;
    throw new InvalidGoValue(typeFaultText(reading, `number ${value}`, 'int32'));
  },
  encode: (value) => value ?? undefined,
  zero: () => 0,
  isEmpty: () => false,
};

const SCHEMA = 'apiextensions/v1.JSONSchemaProps';

/** A schema, or what `others` takes, or a list of schemas where there is no text for refusing one. */
function schemaOr(
  codecOf: (type: GoType) => JsonCodec,
  others: (value: unknown) => boolean,
  refusal: string | undefined,
): JsonCodec {
  return {
    decode(value, reading) {
      if (value === null) return undefined;
      if (isFields(value)) return codecOf(SCHEMA).decode(value, reading);
      if (others(value)) return value;
      if (refusal !== undefined) throw new InvalidGoValue(refusal);
      if (Array.isArray(value)) return codecOf(`[]${SCHEMA}`).decode(value, reading);
      return undefined;
    },
    encode(value) {
      if (isFields(value)) return codecOf(SCHEMA).encode(value);
      return Array.isArray(value) ? codecOf(`[]${SCHEMA}`).encode(value) : (value ?? undefined);
    },
    zero: () => null,
    isEmpty: () => false,
  };
}

const wrongType = (reading: Reading, value: unknown, printed: string): InvalidGoValue =>
  new InvalidGoValue(typeFaultText(reading, jsonTypeOf(value), printed));
