import { equalJson, fieldsOf, isFields, listOf, setDefault, textOf, valueAt } from './json-value.ts';
import type { Fields } from './json-value.ts';
import { selectorOf } from './label-selector.ts';
import { applyPodSpecDefaults } from './pod-defaults.ts';
import { podSpecErrors } from './pod-validation.ts';
import type { ApiObject } from './resource-definition.ts';
import { forbiddenField, invalidValue, notSupported, required, unsupportedValue } from './status-error.ts';
import type { FieldError } from './status-error.ts';

/** Defaults and rules of the kinds that make pods from a template. */

export function applyDeploymentDefaults(object: ApiObject): void {
  const spec = ownSpec(object);
  setDefault(spec, 'replicas', 1);
  setDefault(spec, 'revisionHistoryLimit', 10);
  setDefault(spec, 'progressDeadlineSeconds', 600);
  const strategy = ownFields(spec, 'strategy');
  setDefault(strategy, 'type', 'RollingUpdate');
  if (strategy.type === 'RollingUpdate') {
    const rolling = ownFields(strategy, 'rollingUpdate');
    setDefault(rolling, 'maxUnavailable', '25%');
    setDefault(rolling, 'maxSurge', '25%');
  }
  applyTemplateDefaults(spec);
}

export function applyReplicaSetDefaults(object: ApiObject): void {
  const spec = ownSpec(object);
  setDefault(spec, 'replicas', 1);
  applyTemplateDefaults(spec);
}

export function applyReplicationControllerDefaults(object: ApiObject): void {
  const spec = ownSpec(object);
  setDefault(spec, 'replicas', 1);
  const labels = valueAt(spec, 'template', 'metadata', 'labels');
  if (isFields(labels)) {
    setDefault(spec, 'selector', { ...labels });
    object.metadata.labels ??= { ...(labels as Record<string, string>) };
  }
  applyTemplateDefaults(spec);
}

export function applyStatefulSetDefaults(object: ApiObject): void {
  const spec = ownSpec(object);
  setDefault(spec, 'replicas', 1);
  setDefault(spec, 'revisionHistoryLimit', 10);
  setDefault(spec, 'podManagementPolicy', 'OrderedReady');
  const strategy = ownFields(spec, 'updateStrategy');
  setDefault(strategy, 'type', 'RollingUpdate');
  if (strategy.type === 'RollingUpdate') setDefault(ownFields(strategy, 'rollingUpdate'), 'partition', 0);
  setDefault(spec, 'persistentVolumeClaimRetentionPolicy', { whenDeleted: 'Retain', whenScaled: 'Retain' });
  applyTemplateDefaults(spec);
  for (const claim of listOf(spec.volumeClaimTemplates)) {
    if (!isFields(claim)) continue;
    setDefault(claim, 'apiVersion', 'v1');
    setDefault(claim, 'kind', 'PersistentVolumeClaim');
    setDefault(ownFields(claim, 'spec'), 'volumeMode', 'Filesystem');
    setDefault(claim, 'status', { phase: 'Pending' });
  }
}

/** A job's selector and labels come from its own UID, so that no other job's pods are taken for its own. */
export function applyJobDefaults(object: ApiObject): void {
  const spec = ownSpec(object);
  const both = spec.completions === undefined && spec.parallelism === undefined;
  if (both) setDefault(spec, 'completions', 1);
  setDefault(spec, 'parallelism', 1);
  setDefault(spec, 'backoffLimit', 6);
  setDefault(spec, 'completionMode', 'NonIndexed');
  setDefault(spec, 'suspend', false);
  setDefault(spec, 'podReplacementPolicy', 'TerminatingOrFailed');
  setDefault(spec, 'manualSelector', false);
  applyTemplateDefaults(spec);
  if (spec.manualSelector === true || spec.selector !== undefined) return;
  const uid = object.metadata.uid ?? '';
  const labels = {
    'batch.kubernetes.io/controller-uid': uid,
    'batch.kubernetes.io/job-name': object.metadata.name,
    'controller-uid': uid,
    'job-name': object.metadata.name,
  };
  const metadata = ownFields(ownFields(spec, 'template'), 'metadata');
  metadata.labels = { ...fieldsOf(metadata.labels), ...labels };
  spec.selector = { matchLabels: { 'batch.kubernetes.io/controller-uid': uid } };
}

/** @throws {StatusError} 501 for claims that are to go with their pods. */
export function statefulSetErrors(object: ApiObject): FieldError[] {
  const { whenDeleted, whenScaled } = fieldsOf(
    valueAt(object, 'spec', 'persistentVolumeClaimRetentionPolicy'),
  );
  if (whenDeleted === 'Delete' || whenScaled === 'Delete') {
    throw notSupported(
      'spec.persistentVolumeClaimRetentionPolicy Delete of a StatefulSet; claims are retained',
    );
  }
  return workloadErrors(object);
}

/** Errors of a workload whose template has to match its selector. */
export function workloadErrors(object: ApiObject): FieldError[] {
  const spec = fieldsOf(object.spec);
  const errors: FieldError[] = [];
  if (typeof spec.replicas === 'number' && spec.replicas < 0) {
    errors.push(invalidValue('spec.replicas', spec.replicas, 'must be greater than or equal to 0'));
  }
  const selector = spec.selector;
  const plain = object.kind === 'ReplicationController';
  if (!isFields(selector) || Object.keys(selector).length === 0) {
    errors.push(required('spec.selector'));
    if (isFields(selector)) {
      errors.push(
        invalidValue('spec.selector', {}, `empty selector is invalid for ${object.kind.toLowerCase()}`),
      );
    }
  } else {
    const labels = fieldsOf(valueAt(spec, 'template', 'metadata', 'labels')) as Record<string, string>;
    const matches = selectorOf(plain ? { matchLabels: selector } : selector);
    if (!matches(labels)) {
      errors.push(
        invalidValue('spec.template.metadata.labels', labels, '`selector` does not match template `labels`'),
      );
    }
  }
  return [...errors, ...templateErrors(spec, ['Always'])];
}

/** @throws {StatusError} 501 for what the job controller does not do. */
export function jobErrors(object: ApiObject): FieldError[] {
  const spec = fieldsOf(object.spec);
  const unsupported = ['podFailurePolicy', 'successPolicy', 'backoffLimitPerIndex'].find(
    (field) => spec[field] !== undefined,
  );
  if (unsupported !== undefined) throw notSupported(`spec.${unsupported} of a Job`);
  if (spec.completionMode === 'Indexed') throw notSupported('Indexed Jobs (spec.completionMode)');
  const negative = [
    'parallelism',
    'completions',
    'backoffLimit',
    'activeDeadlineSeconds',
    'ttlSecondsAfterFinished',
  ]
    .filter((field) => Number(spec[field] ?? 0) < 0)
    .map((field) => invalidValue(`spec.${field}`, spec[field], 'must be greater than or equal to 0'));
  return [...negative, ...templateErrors(spec, ['OnFailure', 'Never'])];
}

export const deploymentUpdateErrors = (object: ApiObject, old: ApiObject): FieldError[] =>
  immutable(object, old, ['spec', 'selector']);

export const jobUpdateErrors = (object: ApiObject, old: ApiObject): FieldError[] => [
  ...immutable(object, old, ['spec', 'completions']),
  ...immutable(object, old, ['spec', 'selector']),
  ...immutable(object, old, ['spec', 'template']),
];

const STATEFUL_SET_MUTABLE = [
  'replicas',
  'ordinals',
  'template',
  'updateStrategy',
  'revisionHistoryLimit',
  'persistentVolumeClaimRetentionPolicy',
  'minReadySeconds',
];

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

/** A field that may not change once it is set. */
export function immutable(object: ApiObject, old: ApiObject, path: string[]): FieldError[] {
  const value = valueAt(object, ...path);
  return equalJson(value, valueAt(old, ...path))
    ? []
    : [invalidValue(path.join('.'), value, 'field is immutable')];
}

function applyTemplateDefaults(spec: Fields): void {
  const template = spec.template;
  if (!isFields(template)) return;
  setDefault(template, 'metadata', {});
  applyPodSpecDefaults(ownFields(template, 'spec'));
}

function templateErrors(spec: Fields, restartPolicies: string[]): FieldError[] {
  const podSpec = fieldsOf(valueAt(spec, 'template', 'spec'));
  const policy = textOf(podSpec.restartPolicy);
  return [
    ...podSpecErrors(podSpec, 'spec.template.spec', claimNames(spec)),
    ...(restartPolicies.includes(policy)
      ? []
      : [unsupportedValue('spec.template.spec.restartPolicy', policy, restartPolicies)]),
  ];
}

/** The volumes that a StatefulSet gives each of its pods by claims: its template may mount them. */
const claimNames = (spec: Fields): string[] =>
  listOf(spec.volumeClaimTemplates).map((claim) => textOf(valueAt(fieldsOf(claim), 'metadata', 'name')));

/** The object's spec, made where absent. */
export const ownSpec = (object: Fields): Fields => ownFields(object, 'spec');

export function ownFields(target: Fields, key: string): Fields {
  const found = target[key];
  if (isFields(found)) return found;
  const created: Fields = {};
  target[key] = created;
  return created;
}
