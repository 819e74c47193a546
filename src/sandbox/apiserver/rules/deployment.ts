import { fieldsOf } from '../json-value.ts';
import type { Fields } from '../json-value.ts';
import type { ApiObject } from '../resource-definition.ts';
import { negativeCounts } from './count.ts';
import { immutable } from './immutable.ts';
import { intOrPercentErrors, isZero, moreThanAllErrors } from './int-or-percent.ts';
import { workloadErrors } from './workload.ts';
import { forbiddenField, invalidValue, unsupportedValue } from '../status-error.ts';
import type { FieldError } from '../status-error.ts';

export function deploymentErrors(object: ApiObject): FieldError[] {
  const spec = fieldsOf(object.spec);
  const { progressDeadlineSeconds: deadline, minReadySeconds = 0 } = spec;
  return [
    ...workloadErrors(object),
    ...deploymentStrategyErrors(fieldsOf(spec.strategy)),
    ...negativeCounts(spec, 'spec', ['revisionHistoryLimit', 'progressDeadlineSeconds']),
    ...(typeof deadline === 'number' && deadline <= Number(minReadySeconds)
      ? [invalidValue('spec.progressDeadlineSeconds', deadline, 'must be greater than minReadySeconds')]
      : []),
  ];
}

function deploymentStrategyErrors({ type, rollingUpdate }: Fields): FieldError[] {
  const at = 'spec.strategy';
  switch (type) {
    case 'Recreate':
      return rollingUpdate === undefined
        ? []
        : [forbiddenField(`${at}.rollingUpdate`, "may not be specified when strategy `type` is 'Recreate'")];
    case 'RollingUpdate': {
      const { maxUnavailable, maxSurge } = fieldsOf(rollingUpdate);
      return [
        ...intOrPercentErrors(maxUnavailable, `${at}.rollingUpdate.maxUnavailable`),
        ...intOrPercentErrors(maxSurge, `${at}.rollingUpdate.maxSurge`),
        ...(isZero(maxUnavailable) && isZero(maxSurge)
          ? [
              invalidValue(
                `${at}.rollingUpdate.maxUnavailable`,
                maxUnavailable,
                'may not be 0 when `maxSurge` is 0',
              ),
            ]
          : []),
        ...moreThanAllErrors(maxUnavailable, `${at}.rollingUpdate.maxUnavailable`),
      ];
    }
    default:
      return [
        unsupportedValue(at, { Type: type, RollingUpdate: rollingUpdate ?? null }, [
          'Recreate',
          'RollingUpdate',
        ]),
      ];
  }
}

export const deploymentUpdateErrors = (object: ApiObject, old: ApiObject): FieldError[] =>
  immutable(object, old, ['spec', 'selector']);
