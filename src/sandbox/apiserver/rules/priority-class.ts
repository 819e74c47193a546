import { textOf } from '../json-value.ts';
import type { ApiObject } from '../resource-definition.ts';
import { forbiddenField, unsupportedValue } from '../status-error.ts';
import type { FieldError } from '../status-error.ts';
import { immutable } from './immutable.ts';

const HIGHEST = 1_000_000_000;

/** What a cluster's own parts are given; they are there from the start. */
export const SYSTEM_PRIORITIES: Readonly<Record<string, number>> = {
  'system-cluster-critical': 2_000_000_000,
  'system-node-critical': 2_000_001_000,
};

export function priorityClassErrors(object: ApiObject): FieldError[] {
  const { name } = object.metadata;
  const value = Number(object.value);
  const policies = ['Never', 'PreemptLowerPriority'];
  return [
    ...(name.startsWith('system-') ? systemErrors(name, value, object.globalDefault === true) : []),
    ...(!name.startsWith('system-') && value > HIGHEST
      ? [forbiddenField('value', `maximum allowed value of a user defined priority is ${HIGHEST}`)]
      : []),
    ...(policies.includes(textOf(object.preemptionPolicy))
      ? []
      : [unsupportedValue('preemptionPolicy', object.preemptionPolicy, policies.toReversed())]),
  ];
}

function systemErrors(name: string, value: number, globalDefault: boolean): FieldError[] {
  const known = SYSTEM_PRIORITIES[name];
  const refused = (why: string) => [
    forbiddenField(
      'metadata.name',
      `priority class names with 'system-' prefix are reserved for system use only. error: ${why}`,
    ),
  ];
  if (known === undefined) return refused(`${name} is not a known system priority class`);
  if (known !== value) return refused(`value of ${name} PriorityClass must be ${known}`);
  return globalDefault ? refused(`globalDefault of ${name} PriorityClass must be false`) : [];
}

export const priorityClassUpdateErrors = (object: ApiObject, old: ApiObject): FieldError[] => [
  ...(object.value === old.value ? [] : [forbiddenField('value', 'may not be changed in an update.')]),
  ...immutable(object, old, ['preemptionPolicy']),
];
