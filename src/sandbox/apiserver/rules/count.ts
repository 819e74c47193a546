import { fieldsOf } from '../json-value.ts';
import { invalidValue } from '../status-error.ts';
import type { FieldError } from '../status-error.ts';

/** Counts and seconds below zero, among the named fields of an object that stands at `at`. */
export const negativeCounts = (object: unknown, at: string, names: string[]): FieldError[] =>
  names.flatMap((name) => {
    const value = fieldsOf(object)[name];
    return typeof value === 'number' && value < 0
      ? [invalidValue(`${at}.${name}`, value, 'must be greater than or equal to 0')]
      : [];
  });
