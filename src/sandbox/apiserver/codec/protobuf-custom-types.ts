import type { GoType } from './go-type.ts';
import { InvalidJson, parseJson } from './parse-json.ts';
import { InvalidProtobuf, wireFields } from './wire-format.ts';

/**
 * Reads a message of a type whose JSON looks otherwise than its fields.
 * @param readInner reads a message inside of it
 * @returns its JSON; undefined where there is nothing, as for a zero time
 */
export function readCustomMessage(
  type: GoType,
  bytes: Uint8Array,
  readInner: (type: GoType, bytes: Uint8Array) => unknown,
): unknown {
  const parts = partsOf(bytes, type);
  switch (type) {
    case 'meta/v1.Time':
      return bytes.length === 0 ? undefined : timeText(parts, 'seconds');
    case 'meta/v1.MicroTime':
      return bytes.length === 0 ? undefined : timeText(parts, 'microseconds');
    case 'api/resource.Quantity':
      return parts.text(1) || '0';
    case 'util/intstr.IntOrString':
      return parts.integer(1) === 0 ? parts.integer(2) : parts.text(3);
    case 'apiextensions/v1.JSONSchemaPropsOrBool':
      return parts.has(2) ? readInner(SCHEMA, parts.bytes(2)) : parts.integer(1) !== 0;
    case 'apiextensions/v1.JSONSchemaPropsOrArray':
      return parts.has(2)
        ? parts.all(2).map((schema) => readInner(SCHEMA, schema))
        : parts.has(1)
          ? readInner(SCHEMA, parts.bytes(1))
          : undefined;
    case 'apiextensions/v1.JSONSchemaPropsOrStringArray':
      return parts.has(2)
        ? parts.all(2).map((name) => Buffer.from(name).toString('utf8'))
        : parts.has(1)
          ? readInner(SCHEMA, parts.bytes(1))
          : undefined;
    default:
      // RawExtension, FieldsV1 and JSON carry JSON as it is.
      return parts.bytes(1).length === 0 ? undefined : parseRaw(parts.text(1));
  }
}

const SCHEMA = 'apiextensions/v1.JSONSchemaProps';

interface Parts {
  has(number: number): boolean;
  all(number: number): Uint8Array[];
  bytes(number: number): Uint8Array;
  text(number: number): string;
  integer(number: number): number;
}

function partsOf(bytes: Uint8Array, type: GoType): Parts {
  const found = [...wireFields(bytes, type.replace(/^.*\./, ''))];
  const last = (number: number) => found.findLast((field) => field.number === number)?.value;
  const all = (number: number) =>
    found.flatMap(({ number: other, value }) =>
      other === number && value instanceof Uint8Array ? [value] : [],
    );
  const bytesOf = (number: number) => all(number).at(-1) ?? new Uint8Array();
  return {
    has: (number) => last(number) !== undefined,
    all,
    bytes: bytesOf,
    text: (number) => Buffer.from(bytesOf(number)).toString('utf8'),
    integer(number) {
      const value = last(number);
      return typeof value === 'bigint' ? Number(BigInt.asIntN(64, value)) : 0;
    },
  };
}

/** 1 are the seconds since 1970, 2 the nanoseconds within the second. */
function timeText(parts: Parts, precision: 'seconds' | 'microseconds'): string {
  const date = new Date(parts.integer(1) * 1000);
  if (Number.isNaN(date.getTime())) {
    throw new InvalidProtobuf(`a time of ${parts.integer(1)} seconds is out of range`);
  }
  const whole = date.toISOString().replace(/\.\d+Z$/, '');
  if (precision === 'seconds') return `${whole}Z`;
  const microseconds = Math.trunc(parts.integer(2) / 1000);
  return `${whole}.${String(microseconds).padStart(6, '0')}Z`;
}

function parseRaw(text: string): unknown {
  try {
    return parseJson(text, 'last').value;
  } catch (error) {
    if (!(error instanceof InvalidJson)) throw error;
    throw new InvalidProtobuf(`json parse error: ${error.message}`);
  }
}
