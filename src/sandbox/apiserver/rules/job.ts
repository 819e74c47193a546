import { fieldsOf, ownFields, ownSpec, textOf, valueAt } from '../json-value.ts';
import type { Fields } from '../json-value.ts';
import { podTemplateErrors } from '../pod-validation.ts';
import type { ApiObject } from '../resource-definition.ts';
import { negativeCounts } from './count.ts';
import { immutable } from './immutable.ts';
import { invalidValue, required, unsupportedValue } from '../status-error.ts';
import type { FieldError } from '../status-error.ts';
import { labelAsTemplate } from '../workload-defaults.ts';

/** A job's selector and labels come from its own UID, so that no other job's pods are taken for its own. */
export function selectOwnPods(object: ApiObject): void {
  object.status = {};
  const spec = ownSpec(object);
  if (spec.manualSelector === true) return;
  const { uid = '', name } = object.metadata;
  const metadata = ownFields(ownFields(spec, 'template'), 'metadata');
  Object.assign(ownFields(metadata, 'labels'), {
    'batch.kubernetes.io/controller-uid': uid,
    'batch.kubernetes.io/job-name': name,
    'controller-uid': uid,
    'job-name': name,
  });
  if (spec.selector === undefined)
    spec.selector = { matchLabels: { 'batch.kubernetes.io/controller-uid': uid } };
  labelAsTemplate(object, spec);
}

export const jobErrors = (object: ApiObject): FieldError[] => jobSpecErrors(fieldsOf(object.spec), 'spec');

/** Of a Job, or of the template of a CronJob. */
export function jobSpecErrors(spec: Fields, at: string): FieldError[] {
  const indexed = spec.completionMode === 'Indexed';
  const modes = ['NonIndexed', 'Indexed'];
  const limits = ['backoffLimitPerIndex', 'maxFailedIndexes'];
  return [
    ...negativeCounts(spec, at, [
      'parallelism',
      'completions',
      'activeDeadlineSeconds',
      'backoffLimit',
      'ttlSecondsAfterFinished',
      ...limits,
    ]),
    ...(spec.completionMode === undefined || modes.includes(textOf(spec.completionMode))
      ? []
      : [unsupportedValue(`${at}.completionMode`, spec.completionMode, modes)]),
    ...(indexed && spec.completions === undefined
      ? [required(`${at}.completions`, 'when completion mode is Indexed')]
      : []),
    ...limits
      .filter((field) => !indexed && spec[field] !== undefined)
      .map((field) => invalidValue(`${at}.${field}`, spec[field], 'requires indexed completion mode')),
    ...podTemplateErrors(spec.template, `${at}.template`),
    ...jobRestartErrors(spec, at),
  ];
}

function jobRestartErrors(spec: Fields, at: string): FieldError[] {
  const place = `${at}.template.spec.restartPolicy`;
  const policy = textOf(valueAt(spec, 'template', 'spec', 'restartPolicy'));
  if (policy === 'Always' || policy === '') return [required(place, 'valid values: "OnFailure", "Never"')];
  if (policy !== 'OnFailure' && policy !== 'Never')
    return [unsupportedValue(place, policy, ['OnFailure', 'Never'])];
  return spec.podFailurePolicy !== undefined && policy !== 'Never'
    ? [invalidValue(place, policy, 'only "Never" is supported when podFailurePolicy is specified')]
    : [];
}

export const jobUpdateErrors = (object: ApiObject, old: ApiObject): FieldError[] => [
  ...immutable(object, old, ['spec', 'completions']),
  ...immutable(object, old, ['spec', 'selector']),
  ...immutable(object, old, ['spec', 'template']),
];
