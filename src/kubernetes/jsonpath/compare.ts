import { compareStrings } from '../../gotemplate/go-string.ts';
import type { Value } from '../../gotemplate/value.ts';
import { JsonPathError } from './json-path-error.ts';

/**
 * A comparison of a filter. Only values of one kind compare: no integer is like a float, and only equality knows booleans.
 * @throws {JsonPathError}
 */
export function isTrueOf(operator: string, left: Value, right: Value): boolean {
  switch (operator) {
    case '==':
      return equals(left, right);
    case '!=':
      return !equals(left, right);
    case '<':
      return isLess(left, right);
    case '<=':
      return isLess(left, right) || equals(left, right);
    case '>':
      return !(isLess(left, right) || equals(left, right));
    case '>=':
      return !isLess(left, right);
    default:
      throw new JsonPathError('execute', `unrecognized filter operator ${operator}`);
  }
}

function equals(left: Value, right: Value): boolean {
  const [a, b] = [basic(left), basic(right)];
  return left.kind === right.kind ? a === b : refuse('incompatible types for comparison');
}

function isLess(left: Value, right: Value): boolean {
  const [a, b] = [basic(left), basic(right)];
  if (left.kind !== right.kind) return refuse('incompatible types for comparison');
  if (typeof a === 'boolean') return refuse('invalid type for comparison');
  if (typeof a === 'string' && typeof b === 'string') return compareStrings(a, b) < 0;
  return a < b;
}

function basic(value: Value): string | number | bigint | boolean {
  switch (value.kind) {
    case 'bool':
    case 'integer':
    case 'float':
    case 'string':
      return value.value;
    default:
      return refuse('invalid type for comparison');
  }
}

function refuse(message: string): never {
  throw new JsonPathError('execute', message);
}
