import { isFields, valueAt } from '../json-value.ts';
import type { ApiObject, ScalePaths } from '../resource-definition.ts';
import { invalidValue } from '../status-error.ts';
import type { FieldError } from '../status-error.ts';

/** Of the fields of a custom resource that its Scale shows, besides what its schema says of them. */
export function scaleFieldErrors(
  object: ApiObject,
  { specReplicas, statusReplicas, labelSelector }: ScalePaths,
  { statusOnly }: { statusOnly: boolean },
): FieldError[] {
  return [
    ...(statusOnly ? [] : countErrors(object, specReplicas)),
    ...countErrors(object, statusReplicas),
    ...(labelSelector ? textErrors(object, labelSelector) : []),
  ];
}

const MOST = 2 ** 31 - 1;

function countErrors(object: ApiObject, path: string[]): FieldError[] {
  const value = valueAt(object, ...path);
  const at = pathText(path);
  if (value === undefined) return [];
  if (typeof value !== 'number' || !Number.isInteger(value))
    return [invalidValue(at, 0, fault(value, at, 'int64'))];
  if (value < 0) return [invalidValue(at, value, 'should be a non-negative integer')];
  return value > MOST ? [invalidValue(at, value, `should be less than or equal to ${MOST}`)] : [];
}

function textErrors(object: ApiObject, path: string[]): FieldError[] {
  const value = valueAt(object, ...path);
  const at = pathText(path);
  return value === undefined || typeof value === 'string'
    ? []
    : [invalidValue(at, '', fault(value, at, 'string'))];
}

const pathText = (path: string[]): string => `.${path.join('.')}`;

const fault = (value: unknown, at: string, expected: string): string =>
  `${at} accessor error: ${shown(value)} is of the type ${goType(value)}, expected ${expected}`;

const shown = (value: unknown): string =>
  value === null ? '<nil>' : typeof value === 'string' ? value : JSON.stringify(value);

/** What Go calls the type of a JSON value. */
function goType(value: unknown): string {
  if (value === null) return '<nil>';
  if (Array.isArray(value)) return '[]interface {}';
  if (isFields(value)) return 'map[string]interface {}';
  if (typeof value === 'number') return Number.isInteger(value) ? 'int64' : 'float64';
  return typeof value === 'boolean' ? 'bool' : 'string';
}
