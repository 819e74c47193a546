import { compareValues, equalToAny } from './comparison.ts';
import { escapeHtml, escapeJs, escapeQuery } from './escape.ts';
import { sprint, sprintln } from './format.ts';
import { define, defineVariadic, FunctionError } from './function.ts';
import type { FunctionMap, ParameterType } from './function.ts';
import { byteLength, sliceBytes, toBytes } from './go-string.ts';
import { sprintf } from './sprintf.ts';
import {
  bool,
  bytes,
  concrete,
  element,
  int,
  isTruthy,
  nil,
  string,
  typeName,
  zeroElement,
} from './value.ts';
import type { Operand, Value } from './value.ts';

const reflected = 'reflect.Value' satisfies ParameterType;
const any = 'interface {}' satisfies ParameterType;

/** The functions that every Go template has. */
export const textTemplateFunctions: FunctionMap = {
  and: { parameters: [reflected], rest: reflected, shortCircuit: 'and', call: () => nil },
  or: { parameters: [reflected], rest: reflected, shortCircuit: 'or', call: () => nil },
  not: define([reflected], (value) => bool(!isTruthy(value))),
  call: {
    parameters: [reflected],
    rest: reflected,
    call: ([callee = nil], text) => refuseCall(concrete(callee), text()),
  },
  index: defineVariadic([reflected], reflected, index),
  slice: defineVariadic([reflected], reflected, slice),
  len: define([reflected], (value) => int(length(value))),
  print: defineVariadic([], any, (values) => string(sprint(values))),
  printf: defineVariadic(['string'], any, (text, values) => string(sprintf(text, values))),
  println: defineVariadic([], any, (values) => string(sprintln(values))),
  html: defineVariadic([], any, (values) => string(escapeHtml(textOf(values)))),
  js: defineVariadic([], any, (values) => string(escapeJs(textOf(values)))),
  urlquery: defineVariadic([], any, (values) => string(escapeQuery(textOf(values)))),
  eq: defineVariadic([reflected], reflected, (value, others) => bool(equalToAny(value, others))),
  ne: define([reflected, reflected], (a, b) => bool(!equalToAny(a, [b]))),
  lt: define([reflected, reflected], (a, b) => bool(compareValues(a, b))),
  le: define([reflected, reflected], (a, b) => bool(compareValues(a, b) || equalToAny(a, [b]))),
  gt: define([reflected, reflected], (a, b) => bool(!(compareValues(a, b) || equalToAny(a, [b])))),
  ge: define([reflected, reflected], (a, b) => bool(!compareValues(a, b))),
};

/** No value of ours is a function; text/template says so in these words. */
function refuseCall(callee: Value, text: string | undefined): never {
  if (callee.kind === 'nil') throw new FunctionError('call of nil');
  // What comes through a pipe has no text of its own; Go then prints a string, and the type of anything else.
  const piped = callee.kind === 'string' ? callee.value : `<${typeName(callee)} Value>`;
  throw new FunctionError(`non-function ${text ?? piped} of type ${typeName(callee)}`);
}

function index(container: Operand, indexes: Operand[]): Operand {
  let item: Operand = concrete(container);
  if (item.kind === 'nil') throw new FunctionError('index of untyped nil');
  for (const key of indexes) item = elementAt(concrete(item), concrete(key));
  return item;
}

function elementAt(container: Value, key: Value): Operand {
  const value = followed(container);
  switch (value.kind) {
    case 'nil':
    case 'pointer':
      throw new FunctionError('index of nil pointer');
    case 'list': {
      const i = indexOf(key, value.items.length);
      const item = value.items[i];
      if (item === undefined) throw new FunctionError(`reflect: slice index out of range`);
      return element(item, value.element);
    }
    case 'bytes':
    case 'string': {
      const content = value.kind === 'bytes' ? value.value : toBytes(value.value);
      const byte = content[indexOf(key, content.length)];
      if (byte === undefined)
        throw new FunctionError(`reflect: ${value.kind === 'bytes' ? 'slice' : 'string'} index out of range`);
      return int(byte, 'uint8');
    }
    case 'map': {
      if (key.kind === 'nil') throw new FunctionError('value is nil; should be of type string');
      if (key.kind !== 'string' || key.type !== undefined) {
        throw new FunctionError(`value has type ${typeName(key)}; should be string`);
      }
      const found = value.entries.get(key.value);
      return found === undefined ? zeroElement(value) : element(found, value.element);
    }
    default:
      throw new FunctionError(`can't index item of type ${typeName(value)}`);
  }
}

/** An index up to and including the length, which Go accepts here and then panics on. */
function indexOf(key: Operand, size: number): number {
  if (key.kind === 'nil') throw new FunctionError('cannot index slice/array with nil');
  if (key.kind !== 'integer') throw new FunctionError(`cannot index slice/array with type ${typeName(key)}`);
  const signed = BigInt.asIntN(64, key.value);
  if (signed < 0n || signed > BigInt(size)) throw new FunctionError(`index out of range: ${signed}`);
  return Number(signed);
}

function slice(container: Operand, indexes: Operand[]): Operand {
  if (concrete(container).kind === 'nil') throw new FunctionError('slice of untyped nil');
  const value = followed(concrete(container));
  if (value.kind === 'pointer') throw new FunctionError('slice of nil pointer');
  if (indexes.length > 3) throw new FunctionError(`too many slice indexes: ${indexes.length}`);
  if (value.kind === 'string' && indexes.length === 3)
    throw new FunctionError('cannot 3-index slice a string');
  if (value.kind !== 'string' && value.kind !== 'list' && value.kind !== 'bytes') {
    throw new FunctionError(`can't slice item of type ${typeName(value)}`);
  }
  const size = length(value);
  // Unlike `index`, this one does not look into interfaces.
  const [start = 0, end = size, capacity] = indexes.map((key) => indexOf(key, size));
  if (start > end) throw new FunctionError(`invalid slice index: ${start} > ${end}`);
  if (capacity !== undefined && end > capacity)
    throw new FunctionError(`invalid slice index: ${end} > ${capacity}`);
  if (value.kind === 'string') return { ...value, value: sliceBytes(value.value, start, end) };
  if (value.kind === 'bytes') return bytes(value.value.subarray(start, end));
  return { ...value, items: value.items.slice(start, end) };
}

function length(operand: Operand): number {
  const value = followed(concrete(operand));
  switch (value.kind) {
    case 'string':
      return byteLength(value.value);
    case 'bytes':
      return value.value.length;
    case 'list':
      return value.items.length;
    case 'map':
      return value.entries.size;
    case 'pointer':
      throw new FunctionError('len of nil pointer');
    case 'nil':
      if (operand.kind === 'interface') throw new FunctionError('len of nil pointer');
      throw new FunctionError('reflect: call of reflect.Value.Type on zero Value');
    default:
      throw new FunctionError(`len of type ${typeName(value)}`);
  }
}

function followed(value: Value): Value {
  let result = value;
  while ((result.kind === 'pointer' || result.kind === 'opaque') && result.target !== undefined)
    result = result.target;
  return result;
}

/** What html, js and urlquery work on: the text that the arguments print as in a template. */
function textOf(values: readonly Value[]): string {
  return sprint(values.map((value) => (value.kind === 'nil' ? string('<no value>') : followed(value))));
}
