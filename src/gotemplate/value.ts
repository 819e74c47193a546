import type { TemplateFunction } from './function.ts';
import type { TimeValue } from './time.ts';

/**
 * The values of a template, as Go's text/template sees them through reflection: what matters is not only the
 * content but the Go type, because printing, comparing and error texts depend on it.
 */
export type Value =
  | NilValue
  | BoolValue
  | IntegerValue
  | FloatValue
  | ComplexValue
  | StringValue
  | BytesValue
  | ListValue
  | MapValue
  | StructValue
  | PointerValue
  | TimeValue
  | OpaqueValue;

/** Untyped nil. Prints `<no value>` by itself, `<nil>` inside something. */
export interface NilValue {
  kind: 'nil';
}

export interface BoolValue {
  kind: 'bool';
  value: boolean;
}

export type IntegerSize =
  | 'int'
  | 'int8'
  | 'int16'
  | 'int32'
  | 'int64'
  | 'uint'
  | 'uint8'
  | 'uint16'
  | 'uint32'
  | 'uint64';

export interface IntegerValue {
  kind: 'integer';
  size: IntegerSize;
  value: bigint;
  /** A named type, such as `time.Month`. */
  type?: string;
  /** What its String method gives, for a type that has one. */
  text?: string;
}

export interface FloatValue {
  kind: 'float';
  value: number;
}

/** Only literals such as `2i` make one. */
export interface ComplexValue {
  kind: 'complex';
  real: number;
  imaginary: number;
}

export interface StringValue {
  kind: 'string';
  /** A Go string, see go-string.ts. */
  value: string;
  /** A named type, such as `v1.SecretType`; functions that want a `string` refuse it, as in Go. */
  type?: string;
}

export interface BytesValue {
  kind: 'bytes';
  value: Uint8Array;
  isNil: boolean;
}

export interface ListValue {
  kind: 'list';
  /** Go's name of the type of the elements: `interface {}`, `string`, `[]string`, … */
  element: string;
  items: Value[];
  isNil: boolean;
}

export interface MapValue {
  kind: 'map';
  /** Go's name of the type of the elements. */
  element: string;
  /** Mutable: `set` and `unset` change the map that they are given, as in Go. */
  entries: Map<string, Value>;
  isNil: boolean;
  /** The zero value of the elements, when it can't be told from the name of their type. */
  zero?: Value;
}

export interface StructField {
  name: string;
  value: Value;
  /** Name in JSON; absent is the field's own name, `-` leaves it out. */
  json?: string;
  omitEmpty?: boolean;
  /** Go's embedding: its fields are reachable from the outside, and inlined in JSON unless `json` is set. */
  embedded?: boolean;
  /** Go's name of its type when that is an interface (`interface {}`). */
  type?: string;
  /** Not exported: printed with the others, but neither reached by templates nor written as JSON. */
  hidden?: boolean;
}

export interface StructValue {
  kind: 'struct';
  /** Go's name of the type: `param.TemplateParams`. */
  type: string;
  fields: readonly StructField[];
  methods?: Readonly<Record<string, TemplateFunction>>;
}

export interface PointerValue {
  kind: 'pointer';
  /** Go's name of the type pointed to: `param.StatefulSetParams`. */
  type: string;
  /** Absent: the nil pointer. */
  target?: Value;
  /** Fields of the struct it would point to; another field is "can't evaluate", not "nil pointer". */
  fieldNames?: readonly string[];
}

/** A value of a library type that templates use through its methods only. */
export interface OpaqueValue {
  kind: 'opaque';
  /** Go's name of the type, with the star of a pointer: `*semver.Version`. */
  type: string;
  /** What its String method gives. */
  text: string;
  methods: Readonly<Record<string, TemplateFunction>>;
  /** What the pointer leads to, where templates can tell. */
  target?: StructValue;
}

/** A value read from a place of Go type `interface {}`. Only the evaluator and the reflecting built-ins see it. */
export interface InterfaceValue {
  kind: 'interface';
  value: Value;
}

/** What the evaluator passes around: Go's `reflect.Value`. */
export type Operand = Value | InterfaceValue;

/** The Go name of the empty interface. */
export const anyType = 'interface {}';

export const nil: NilValue = Object.freeze({ kind: 'nil' });

export function bool(value: boolean): BoolValue {
  return { kind: 'bool', value };
}

/** A Go `int`, or another size. The value wraps around as Go's arithmetic does. */
export function int(value: bigint | number, size: IntegerSize = 'int'): IntegerValue {
  const bits = integerBits(size);
  const exact = BigInt(value);
  return {
    kind: 'integer',
    size,
    value: size.startsWith('u') ? BigInt.asUintN(bits, exact) : BigInt.asIntN(bits, exact),
  };
}

export function int64(value: bigint | number): IntegerValue {
  return int(value, 'int64');
}

function integerBits(size: IntegerSize): number {
  const digits = /\d+$/.exec(size);
  return digits === null ? 64 : Number(digits[0]);
}

export function float(value: number): FloatValue {
  return { kind: 'float', value };
}

export function string(value: string, type?: string): StringValue {
  return type === undefined ? { kind: 'string', value } : { kind: 'string', value, type };
}

/** A `[]byte`; null is the nil slice. */
export function bytes(value: Uint8Array | null): BytesValue {
  return { kind: 'bytes', value: value ?? new Uint8Array(), isNil: value === null };
}

/** A slice; null is the nil slice. */
export function list(items: Value[] | null, elementType: string = anyType): ListValue {
  return { kind: 'list', element: elementType, items: items ?? [], isNil: items === null };
}

/** A `[]string`. */
export function strings(items: readonly string[]): ListValue {
  return list(
    items.map((item) => string(item)),
    'string',
  );
}

export interface MapOptions {
  /** Go's name of the type of the elements. */
  element?: string;
  /** What `index` gives for an absent key when the elements are structs. */
  zero?: Value;
}

/** A map with string keys; null is the nil map. */
export function map(
  entries: Iterable<readonly [string, Value]> | Readonly<Record<string, Value>> | null,
  options: MapOptions = {},
): MapValue {
  const pairs = entries === null ? [] : Symbol.iterator in entries ? entries : Object.entries(entries);
  const result: MapValue = {
    kind: 'map',
    element: options.element ?? anyType,
    entries: new Map(pairs),
    isNil: entries === null,
  };
  if (options.zero !== undefined) result.zero = options.zero;
  return result;
}

/** A struct. `type` is Go's name with its package: `param.Phase`. */
export function struct(type: string, fields: readonly StructField[]): StructValue {
  return { kind: 'struct', type, fields };
}

/** A pointer to something: fields are reached through it, and it prints as what it points to. */
export function pointer(target: Value): PointerValue {
  return { kind: 'pointer', type: typeName(target), target };
}

/** A typed nil pointer. With `fieldNames`, a field that the struct lacks is told from one that is behind nil. */
export function nilPointer(type: string, fieldNames?: readonly string[]): PointerValue {
  return fieldNames === undefined ? { kind: 'pointer', type } : { kind: 'pointer', type, fieldNames };
}

/** Go's name of the type, as `%T` prints it. */
export function typeName(value: Operand): string {
  switch (value.kind) {
    case 'nil':
      return '<nil>';
    case 'interface':
      return anyType;
    case 'bool':
      return 'bool';
    case 'integer':
      return value.type ?? value.size;
    case 'float':
      return 'float64';
    case 'complex':
      return 'complex128';
    case 'string':
      return value.type ?? 'string';
    case 'bytes':
      return '[]uint8';
    case 'list':
      return `[]${value.element}`;
    case 'map':
      return `map[string]${value.element}`;
    case 'struct':
    case 'opaque':
      return value.type;
    case 'pointer':
      return `*${value.type}`;
    case 'time':
      return 'time.Time';
  }
}

/** Go's name of the kind, as `reflect.Kind` prints it. */
export function kindName(value: Operand): string {
  switch (value.kind) {
    case 'nil':
      return 'invalid';
    case 'integer':
      return value.size;
    case 'float':
      return 'float64';
    case 'complex':
      return 'complex128';
    case 'bytes':
    case 'list':
      return 'slice';
    case 'pointer':
    case 'opaque':
      return 'ptr';
    case 'time':
      return 'struct';
    case 'bool':
    case 'string':
    case 'map':
    case 'struct':
    case 'interface':
      return value.kind;
  }
}

/** The value in an interface, or the value itself. */
export function concrete(operand: Operand): Value {
  return operand.kind === 'interface' ? operand.value : operand;
}

/** Truth as `if` sees it: not the zero value of its type. Structs and times are always true. */
export function isTruthy(operand: Operand): boolean {
  const value = concrete(operand);
  switch (value.kind) {
    case 'nil':
      return false;
    case 'bool':
      return value.value;
    case 'integer':
      return value.value !== 0n;
    case 'float':
      return value.value !== 0;
    case 'complex':
      return value.real !== 0 || value.imaginary !== 0;
    case 'string':
    case 'bytes':
      return value.value.length > 0;
    case 'list':
      return value.items.length > 0;
    case 'map':
      return value.entries.size > 0;
    case 'pointer':
      return value.target !== undefined;
    case 'struct':
    case 'time':
    case 'opaque':
      return true;
  }
}

/** What a map answers for an absent key when it is indexed. */
export function zeroElement(container: MapValue): Operand {
  if (container.zero !== undefined) return container.zero;
  return zeroOf(container.element);
}

/** The zero value of the Go types that maps and lists hold by name. */
export function zeroOf(type: string): Operand {
  if (type === anyType) return { kind: 'interface', value: nil };
  if (type === 'string') return string('');
  if (type === 'bool') return bool(false);
  if (type === 'float64') return float(0);
  if (type === '[]uint8') return bytes(null);
  if (/^u?int(8|16|32|64)?$/.test(type)) return int(0, type as IntegerSize);
  if (type.startsWith('[]')) return list(null, type.slice(2));
  if (type.startsWith('map[string]')) return map(null, { element: type.slice('map[string]'.length) });
  if (type.startsWith('*')) return nilPointer(type.slice(1));
  return struct(type, []);
}

/** Looks a field up as Go does: the struct's own first, then those of embedded structs. */
export function findField(value: StructValue, name: string): StructField | undefined {
  const own = value.fields.find((field) => field.name === name);
  if (own !== undefined) return own;
  for (const field of value.fields) {
    if (field.embedded !== true) continue;
    const inner = field.value.kind === 'pointer' ? field.value.target : field.value;
    const found = inner?.kind === 'struct' ? findField(inner, name) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}

/** An element of a container, with the interface around it when that is the element type. */
export function element(value: Value, type: string): Operand {
  return type === anyType ? { kind: 'interface', value } : value;
}
