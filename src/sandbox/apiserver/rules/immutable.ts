import { equalJson, valueAt } from '../json-value.ts';
import type { ApiObject } from '../resource-definition.ts';
import { invalidValue } from '../status-error.ts';
import type { FieldError } from '../status-error.ts';

/** A field that may not change once the object is there. */
export function immutable(object: ApiObject, old: ApiObject, path: string[]): FieldError[] {
  const value = valueAt(object, ...path);
  return equalJson(value, valueAt(old, ...path))
    ? []
    : [invalidValue(path.join('.'), value, 'field is immutable')];
}
