import { FunctionError } from '../function.ts';
import type { Spend } from '../function.ts';
import { typeName } from '../value.ts';
import type { Value } from '../value.ts';

/** Go's `reflect.DeepEqual`: the same types, and equal contents all the way down. A nil slice is not an empty one. */
export function deepEqual(a: Value, b: Value, spend: Spend): boolean {
  return metered(spend, (budget) => equal(a, b, budget));
}

/** A copy that shares nothing that can be changed. */
export function deepCopy(value: Value, spend: Spend): Value {
  return metered(spend, (budget) => copy(value, budget));
}

/** A visit takes as long as a part of a step. */
const visitsPerStep = 16;

function metered<T>(spend: Spend, work: (budget: Budget) => T): T {
  const budget = { left: maximumVisits };
  const result = work(budget);
  spend((maximumVisits - budget.left) / visitsPerStep);
  return result;
}

/** Lists can share their elements, so that a small value is a huge tree. */
const maximumVisits = 1_000_000;

interface Budget {
  left: number;
}

function visit(budget: Budget): void {
  if (--budget.left < 0) throw new FunctionError(`value has more than ${maximumVisits} parts`);
}

function equal(a: Value, b: Value, budget: Budget): boolean {
  visit(budget);
  if (a.kind !== b.kind || typeName(a) !== typeName(b)) return false;
  if (a.kind === 'list' && b.kind === 'list') {
    return (
      a.isNil === b.isNil &&
      a.items.length === b.items.length &&
      a.items.every((item, i) => same(item, b.items[i], budget))
    );
  }
  if (a.kind === 'map' && b.kind === 'map') {
    return (
      a.isNil === b.isNil &&
      a.entries.size === b.entries.size &&
      [...a.entries].every(([key, item]) => same(item, b.entries.get(key), budget))
    );
  }
  if (a.kind === 'struct' && b.kind === 'struct')
    return a.fields.every((field, i) => same(field.value, b.fields[i]?.value, budget));
  if (a.kind === 'bytes' && b.kind === 'bytes')
    return a.isNil === b.isNil && Buffer.compare(a.value, b.value) === 0;
  if (a.kind === 'pointer' && b.kind === 'pointer') {
    return a.target === undefined || b.target === undefined
      ? a.target === b.target
      : equal(a.target, b.target, budget);
  }
  if (a.kind === 'time' && b.kind === 'time') {
    return a.seconds === b.seconds && a.nanoseconds === b.nanoseconds && a.zone.name === b.zone.name;
  }
  if (a.kind === 'complex' && b.kind === 'complex') return a.real === b.real && a.imaginary === b.imaginary;
  if (a.kind === 'opaque' && b.kind === 'opaque') {
    return a.target === undefined || b.target === undefined
      ? a.text === b.text
      : equal(a.target, b.target, budget);
  }
  if ('value' in a && 'value' in b) return a.value === b.value;
  return a.kind === 'nil';
}

function copy(value: Value, budget: Budget): Value {
  visit(budget);
  switch (value.kind) {
    case 'list':
      return { ...value, items: value.items.map((item) => copy(item, budget)) };
    case 'map':
      return {
        ...value,
        entries: new Map([...value.entries].map(([key, item]) => [key, copy(item, budget)])),
      };
    case 'struct':
      return {
        ...value,
        fields: value.fields.map((field) => ({ ...field, value: copy(field.value, budget) })),
      };
    case 'bytes':
      return { ...value, value: value.value.slice() };
    case 'pointer':
      return value.target === undefined ? value : { ...value, target: copy(value.target, budget) };
    default:
      return value;
  }
}

function same(a: Value, b: Value | undefined, budget: Budget): boolean {
  return b !== undefined && equal(a, b, budget);
}
