import { fieldsOf } from '../json-value.ts';
import type { ApiObject } from '../resource-definition.ts';
import { invalidValue } from '../status-error.ts';
import type { FieldError } from '../status-error.ts';
import { negativeCounts } from './count.ts';

export function leaseErrors(object: ApiObject): FieldError[] {
  const { leaseDurationSeconds: seconds } = fieldsOf(object.spec);
  return [
    ...(typeof seconds === 'number' && seconds <= 0
      ? [invalidValue('spec.leaseDurationSeconds', seconds, 'must be greater than 0')]
      : []),
    ...negativeCounts(object.spec, 'spec', ['leaseTransitions']),
  ];
}
