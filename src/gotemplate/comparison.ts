import { format, formatAsString } from './format.ts';
import { FunctionError } from './function.ts';
import { compareStrings } from './go-string.ts';
import { concrete, kindName, typeName } from './value.ts';
import type { Operand, Value } from './value.ts';

/**
 * Go's template `eq`: whether the first equals any of the others. Integers compare whatever their size and sign; anything else
 * must be of one kind.
 * @throws {FunctionError}
 */
export function equalToAny(first: Operand, others: readonly Operand[]): boolean {
  if (others.length === 0) throw new FunctionError('missing argument for comparison');
  return others.some((other) => equal(concrete(first), concrete(other)));
}

/**
 * Go's template `lt`.
 * @throws {FunctionError}
 */
export function compareValues(first: Operand, second: Operand): boolean {
  const a = concrete(first);
  const b = concrete(second);
  if (basicKind(a) === undefined || basicKind(b) === undefined)
    throw new FunctionError('invalid type for comparison');
  if (a.kind === 'integer' && b.kind === 'integer') return a.value < b.value;
  if (a.kind === 'float' && b.kind === 'float') return a.value < b.value;
  if (a.kind === 'string' && b.kind === 'string') return compareStrings(a.value, b.value) < 0;
  if (a.kind === b.kind) throw new FunctionError('invalid type for comparison');
  throw new FunctionError(incompatible(a, b));
}

function equal(a: Value, b: Value): boolean {
  if (a.kind === 'bool' && b.kind === 'bool') return a.value === b.value;
  if (a.kind === 'integer' && b.kind === 'integer') return a.value === b.value;
  if (a.kind === 'float' && b.kind === 'float') return a.value === b.value;
  if (a.kind === 'string' && b.kind === 'string') return a.value === b.value;
  if (a.kind === 'complex' && b.kind === 'complex') return a.real === b.real && a.imaginary === b.imaginary;
  if (basicKind(a) !== undefined || basicKind(b) !== undefined) {
    if (a.kind === 'nil' || b.kind === 'nil') return false;
    throw new FunctionError(incompatible(a, b));
  }
  return equalUnbasic(a, b);
}

function equalUnbasic(a: Value, b: Value): boolean {
  if (a.kind !== 'nil' && b.kind !== 'nil' && kindName(a) !== kindName(b)) {
    throw new FunctionError(
      `non-comparable types ${formatAsString(a)}: ${typeName(a)}, ${typeName(b)}: ${format(b)}`,
    );
  }
  if (isNil(a) || isNil(b)) return isNil(a) === isNil(b);
  if (!isComparable(b)) throw new FunctionError(`non-comparable type ${formatAsString(b)}: ${typeName(b)}`);
  if (a.kind === 'time' && b.kind === 'time') {
    return a.seconds === b.seconds && a.nanoseconds === b.nanoseconds && a.zone.name === b.zone.name;
  }
  if (a.kind === 'struct' && b.kind === 'struct') {
    return (
      a.type === b.type &&
      a.fields.every((field, i) => {
        const other = b.fields[i];
        return other !== undefined && equal(field.value, other.value);
      })
    );
  }
  if (a.kind === 'pointer' && b.kind === 'pointer') return a.target === b.target;
  return a === b;
}

/** Go 1.24 and later name the types. */
function incompatible(a: Value, b: Value): string {
  return `incompatible types for comparison: ${typeName(a)} and ${typeName(b)}`;
}

function basicKind(value: Value): string | undefined {
  return ['bool', 'integer', 'float', 'string', 'complex'].includes(value.kind) ? value.kind : undefined;
}

function isNil(value: Value): boolean {
  if (value.kind === 'nil') return true;
  if (value.kind === 'list' || value.kind === 'map' || value.kind === 'bytes') return value.isNil;
  return value.kind === 'pointer' && value.target === undefined;
}

function isComparable(value: Value): boolean {
  if (value.kind === 'list' || value.kind === 'map' || value.kind === 'bytes') return false;
  return value.kind !== 'struct' || value.fields.every((field) => isComparable(field.value));
}
