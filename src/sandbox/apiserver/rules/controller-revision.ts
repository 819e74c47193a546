import { isFields } from '../json-value.ts';
import type { ApiObject } from '../resource-definition.ts';
import { required } from '../status-error.ts';
import type { FieldError } from '../status-error.ts';
import { negativeCounts } from './count.ts';

export const controllerRevisionErrors = (object: ApiObject): FieldError[] => [
  ...negativeCounts(object, '', ['revision']).map((error) => ({ ...error, field: 'revision' })),
  // Data is looked at once: it does not change.
  ...(object.metadata.resourceVersion === undefined ? dataErrors(object.data) : []),
];

function dataErrors(data: unknown): FieldError[] {
  if (isFields(data)) return [];
  const isMissing = data === undefined || data === null;
  return [required('data', isMissing ? 'data is mandatory' : 'data must be a valid JSON object')];
}
