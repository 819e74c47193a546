import { invalidValue } from '../status-error.ts';
import type { FieldError } from '../status-error.ts';

/** What is wrong with a number of pods that may be given as a share of all. */
export function intOrPercentErrors(value: unknown, at: string): FieldError[] {
  if (typeof value === 'number') {
    return value < 0 ? [invalidValue(at, value, 'must be greater than or equal to 0')] : [];
  }
  if (typeof value !== 'string' || /^[0-9]+%$/.test(value)) return [];
  return [
    invalidValue(
      at,
      value,
      "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')",
    ),
  ];
}

export const moreThanAllErrors = (value: unknown, at: string): FieldError[] =>
  typeof value === 'string' && /^[0-9]+%$/.test(value) && Number.parseInt(value, 10) > 100
    ? [invalidValue(at, value, 'must not be greater than 100%')]
    : [];

export const isZero = (value: unknown): boolean =>
  value === undefined || value === 0 || (typeof value === 'string' && Number.parseInt(value, 10) === 0);
