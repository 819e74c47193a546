import { fieldsOf, textOf } from '../json-value.ts';
import type { ApiObject } from '../resource-definition.ts';
import { invalidValue, required } from '../status-error.ts';
import type { FieldError } from '../status-error.ts';

export function autoscalerErrors(object: ApiObject): FieldError[] {
  const { minReplicas, maxReplicas = 0, scaleTargetRef } = fieldsOf(object.spec);
  const target = fieldsOf(scaleTargetRef);
  const [least, most] = [Number(minReplicas), Number(maxReplicas)];
  return [
    ...(least < 1 ? [invalidValue('spec.minReplicas', least, 'must be greater than or equal to 1')] : []),
    ...(most < 1 ? [invalidValue('spec.maxReplicas', most, 'must be greater than 0')] : []),
    ...(most < least
      ? [invalidValue('spec.maxReplicas', most, 'must be greater than or equal to `minReplicas`')]
      : []),
    ...['kind', 'name']
      .filter((field) => textOf(target[field]) === '')
      .map((field) => required(`spec.scaleTargetRef.${field}`)),
    ...(textOf(target.apiVersion).includes('/') || target.kind === 'ReplicationController'
      ? []
      : [
          invalidValue(
            'spec.scaleTargetRef.apiVersion',
            target.apiVersion ?? '',
            'apiVersion must specify API group',
          ),
        ]),
  ];
}
