import { equalJson, fieldsOf, textOf } from '../json-value.ts';
import { keyComplaints } from '../object-name-rules.ts';
import type { ApiObject } from '../resource-definition.ts';
import { forbiddenField, invalidValue, required, unsupportedValue } from '../status-error.ts';
import type { FieldError } from '../status-error.ts';
import { immutable } from './immutable.ts';

const BINDING_MODES = ['Immediate', 'WaitForFirstConsumer'];
const RECLAIM_POLICIES = ['Delete', 'Retain'];

export function storageClassErrors(object: ApiObject): FieldError[] {
  const provisioner = textOf(object.provisioner);
  return [
    ...(provisioner === ''
      ? [required('provisioner')]
      : keyComplaints(provisioner.toLowerCase()).map((text) =>
          invalidValue('provisioner', provisioner.toLowerCase(), text),
        )),
    ...(RECLAIM_POLICIES.includes(textOf(object.reclaimPolicy))
      ? []
      : [unsupportedValue('reclaimPolicy', object.reclaimPolicy, RECLAIM_POLICIES)]),
    ...(BINDING_MODES.includes(textOf(object.volumeBindingMode))
      ? []
      : [unsupportedValue('volumeBindingMode', object.volumeBindingMode, BINDING_MODES)]),
  ];
}

export const storageClassUpdateErrors = (object: ApiObject, old: ApiObject): FieldError[] => [
  ...['parameters', 'provisioner', 'reclaimPolicy']
    .filter((field) => !equalJson(orEmpty(object[field]), orEmpty(old[field])))
    .map((field) => forbiddenField(field, `updates to ${field} are forbidden.`)),
  ...immutable(object, old, ['volumeBindingMode']),
];

const orEmpty = (value: unknown): unknown => value ?? fieldsOf(value);
