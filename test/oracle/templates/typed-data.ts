import {
  bool,
  bytes,
  duration,
  fixedZone,
  float,
  int,
  list,
  loadZone,
  map,
  nil,
  nilPointer,
  pointer,
  string,
  struct,
  time,
  utc,
  zeroOf,
} from '../../../src/gotemplate/index.ts';
import type { IntegerSize, Value } from '../../../src/gotemplate/index.ts';
import { templateData } from '../../../src/engine/template-data.ts';
import { type goParameters, sampleParameters } from './sample-parameters.ts';
import { shapes } from './shapes.ts';

/** A value with the Go type that it is to have, as the Go program and we both read it. `go/templates/data.go` is the other reader. */
export type TypedData =
  | null
  | boolean
  | string
  /** Decimal digits. `int` unless a size says otherwise. */
  | { integer: string; size?: IntegerSize }
  /** What Go's ParseFloat reads: `1.5`, `NaN`, `+Inf`. */
  | { float: string }
  /** A string of a named type. */
  | { text: string; type: 'shape.Level' }
  /** In base64. */
  | { bytes: string }
  /** `of` is Go's name of the type of the elements; `interface {}` when absent. */
  | { list: TypedData[]; of?: string }
  | { map: Record<string, TypedData>; of?: string }
  /** With `offset` (seconds east of UTC), `zone` is an abbreviation; without it, a name of the time zone database. */
  | { seconds: number; nanoseconds?: number; zone: string; offset?: number }
  /** Nanoseconds in decimal digits. */
  | { duration: string }
  /** Fields that are left out have their zero values. */
  | { struct: keyof typeof shapes; fields: Record<string, TypedData> }
  | { pointer: TypedData }
  /** The zero value of a type that is named as Go does: nil for `*shape.Meta`, `[]string`, `map[string]interface {}`. */
  | { nil: string }
  /** The parameters of an action, by their Go names: for ours, those of `sample-parameters.ts`. */
  | { parameters: typeof goParameters };

/** The value that templates of ours get. */
export function valueOf(data: TypedData): Value {
  if (data === null) return nil;
  if (typeof data === 'boolean') return bool(data);
  if (typeof data === 'string') return string(data);
  if ('integer' in data) return int(BigInt(data.integer), data.size);
  if ('float' in data) return float(floatOf(data.float));
  if ('text' in data) return string(data.text, data.type);
  if ('bytes' in data) return bytes(Buffer.from(data.bytes, 'base64'));
  if ('list' in data) return list(data.list.map(valueOf), data.of);
  if ('map' in data) return mapOf(data.map, data.of);
  if ('seconds' in data) {
    const zone = data.offset === undefined ? loadZone(data.zone, utc) : fixedZone(data.zone, data.offset);
    if (zone === undefined) throw new Error(`no time zone ${data.zone}`);
    return time(BigInt(data.seconds), BigInt(data.nanoseconds ?? 0), zone);
  }
  if ('duration' in data) return duration(BigInt(data.duration));
  if ('struct' in data) return structOf(data.struct, data.fields);
  if ('pointer' in data) return pointer(valueOf(data.pointer));
  if ('parameters' in data) return templateData(sampleParameters);
  return zeroValue(data.nil);
}

function mapOf(entries: Record<string, TypedData>, element?: string): Value {
  const converted = Object.entries(entries).map(([key, item]): [string, Value] => [key, valueOf(item)]);
  if (element === undefined) return map(converted);
  return element in shapes
    ? map(converted, { element, zero: zeroValue(element) })
    : map(converted, { element });
}

function structOf(type: keyof typeof shapes, given: Record<string, TypedData>): Value {
  const fields = shapes[type].map((field) => {
    const own = given[field.name];
    const { type: goType, ...rest } = field;
    const value = own === undefined ? zeroValue(goType) : valueOf(own);
    return goType === 'interface {}' ? { ...rest, value, type: goType } : { ...rest, value };
  });
  return struct(type, fields);
}

function zeroValue(type: string): Value {
  if (type in shapes) return structOf(type as keyof typeof shapes, {});
  if (type.startsWith('*') && type.slice(1) in shapes) {
    return nilPointer(type.slice(1), fieldNames(type.slice(1) as keyof typeof shapes));
  }
  if (type === 'shape.Level') return string('', type);
  const zero = zeroOf(type);
  return zero.kind === 'interface' ? nil : zero;
}

/** With those of embedded structs. */
function fieldNames(type: keyof typeof shapes): string[] {
  return shapes[type].flatMap((field) => [
    field.name,
    ...('embedded' in field && field.type in shapes ? fieldNames(field.type as keyof typeof shapes) : []),
  ]);
}

function floatOf(text: string): number {
  if (text === '+Inf') return Infinity;
  return text === '-Inf' ? -Infinity : Number(text);
}
