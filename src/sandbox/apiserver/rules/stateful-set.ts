import { equalJson, fieldsOf, textOf } from '../json-value.ts';
import type { Fields } from '../json-value.ts';
import { nameComplaints } from '../object-name-rules.ts';
import type { ApiObject } from '../resource-definition.ts';
import { negativeCounts } from './count.ts';
import { selectorErrors, templateErrors, templateMatchErrors } from './workload.ts';
import { forbiddenField, invalidValue, unsupportedValue } from '../status-error.ts';
import type { FieldError } from '../status-error.ts';

export function statefulSetErrors(object: ApiObject): FieldError[] {
  const spec = fieldsOf(object.spec);
  const policy = spec.podManagementPolicy;
  const strategy = fieldsOf(spec.updateStrategy);
  const serviceName = textOf(spec.serviceName);
  return [
    ...(policy === 'OrderedReady' || policy === 'Parallel'
      ? []
      : [invalidValue('spec.podManagementPolicy', policy, "must be 'OrderedReady' or 'Parallel'")]),
    ...(strategy.type === 'OnDelete' && strategy.rollingUpdate !== undefined
      ? [
          invalidValue(
            'spec.updateStrategy.rollingUpdate',
            { Partition: fieldsOf(strategy.rollingUpdate).partition ?? null, MaxUnavailable: null },
            "only allowed for updateStrategy 'RollingUpdate'",
          ),
        ]
      : []),
    ...(strategy.type === 'OnDelete' || strategy.type === 'RollingUpdate'
      ? []
      : [
          invalidValue(
            'spec.updateStrategy',
            { Type: strategy.type, RollingUpdate: strategy.rollingUpdate ?? null },
            "must be 'RollingUpdate' or 'OnDelete'",
          ),
        ]),
    ...negativeCounts(strategy.rollingUpdate, 'spec.updateStrategy.rollingUpdate', ['partition']),
    ...retentionErrors(fieldsOf(spec.persistentVolumeClaimRetentionPolicy)),
    ...negativeCounts(spec, 'spec', ['replicas', 'minReadySeconds']),
    ...negativeCounts(spec.ordinals, 'spec.ordinals', ['start']),
    ...(serviceName === ''
      ? []
      : nameComplaints(serviceName, 'label').map((text) =>
          invalidValue('spec.serviceName', serviceName, text),
        )),
    ...selectorErrors(spec, object.kind),
    ...templateMatchErrors(spec, object.kind),
    ...templateErrors(spec, 'spec.template', object.kind),
  ];
}

const retentionErrors = (policy: Fields): FieldError[] =>
  ['whenDeleted', 'whenScaled']
    .filter((field) => policy[field] !== 'Retain' && policy[field] !== 'Delete')
    .map((field) =>
      unsupportedValue(`spec.persistentVolumeClaimRetentionPolicy.${field}`, policy[field], [
        'Delete',
        'Retain',
      ]),
    );

export function statefulSetUpdateErrors(object: ApiObject, old: ApiObject): FieldError[] {
  const fixed = (spec: unknown) =>
    Object.fromEntries(
      Object.entries(fieldsOf(spec)).filter(([field]) => !STATEFUL_SET_MUTABLE.includes(field)),
    );
  if (equalJson(fixed(object.spec), fixed(old.spec))) return [];
  return [
    forbiddenField(
      'spec',
      "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden",
    ),
  ];
}

const STATEFUL_SET_MUTABLE = [
  'replicas',
  'ordinals',
  'template',
  'updateStrategy',
  'revisionHistoryLimit',
  'persistentVolumeClaimRetentionPolicy',
  'minReadySeconds',
];
