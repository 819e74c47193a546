import {
  equalJson,
  fieldsOf,
  isFields,
  listOf,
  ownFields,
  ownSpec,
  setDefault,
  textOf,
  valueAt,
} from './json-value.ts';
import type { Fields } from './json-value.ts';
import { selectorOf } from './label-selector.ts';
import { applyPodSpecDefaults } from './pod-defaults.ts';
import { nameComplaints } from './object-name-rules.ts';
import { podTemplateErrors } from './pod-validation.ts';
import type { ApiObject } from './resource-definition.ts';
import { forbiddenField, invalidValue, required, unsupportedValue } from './status-error.ts';
import type { FieldError } from './status-error.ts';
import { negativeCounts } from './rules/count.ts';
import { immutable } from './rules/immutable.ts';
import { intOrPercentErrors, isZero, moreThanAllErrors } from './rules/int-or-percent.ts';
import { isEmptySelector, isReadableSelector, labelSelectorErrors } from './rules/label-selector.ts';

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
  if (isFields(labels) && Object.keys(fieldsOf(spec.selector)).length === 0) spec.selector = { ...labels };
  labelAsTemplate(object, spec);
  if (isFields(spec.template)) applyTemplateDefaults(spec);
}

export function applyStatefulSetDefaults(object: ApiObject): void {
  const spec = ownSpec(object);
  setDefault(spec, 'replicas', 1);
  setDefault(spec, 'revisionHistoryLimit', 10);
  setDefault(spec, 'podManagementPolicy', 'OrderedReady');
  const strategy = ownFields(spec, 'updateStrategy');
  if (textOf(strategy.type) === '') {
    strategy.type = 'RollingUpdate';
    ownFields(strategy, 'rollingUpdate');
  }
  if (isFields(strategy.rollingUpdate)) setDefault(strategy.rollingUpdate, 'partition', 0);
  const retention = ownFields(spec, 'persistentVolumeClaimRetentionPolicy');
  setDefault(retention, 'whenDeleted', 'Retain');
  setDefault(retention, 'whenScaled', 'Retain');
  applyTemplateDefaults(spec);
  for (const claim of listOf(spec.volumeClaimTemplates)) {
    if (!isFields(claim)) continue;
    setDefault(claim, 'apiVersion', 'v1');
    setDefault(claim, 'kind', 'PersistentVolumeClaim');
    setDefault(ownFields(claim, 'spec'), 'volumeMode', 'Filesystem');
    setDefault(claim, 'status', { phase: 'Pending' });
  }
}

export function applyDaemonSetDefaults(object: ApiObject): void {
  const spec = ownSpec(object);
  setDefault(spec, 'revisionHistoryLimit', 10);
  const strategy = ownFields(spec, 'updateStrategy');
  setDefault(strategy, 'type', 'RollingUpdate');
  if (strategy.type === 'RollingUpdate') {
    const rolling = ownFields(strategy, 'rollingUpdate');
    setDefault(rolling, 'maxUnavailable', 1);
    setDefault(rolling, 'maxSurge', 0);
  }
  applyTemplateDefaults(spec);
}

export function applyCronJobDefaults(object: ApiObject): void {
  const spec = ownSpec(object);
  setDefault(spec, 'concurrencyPolicy', 'Allow');
  setDefault(spec, 'suspend', false);
  setDefault(spec, 'successfulJobsHistoryLimit', 3);
  setDefault(spec, 'failedJobsHistoryLimit', 1);
  applyTemplateDefaults(ownFields(ownFields(spec, 'jobTemplate'), 'spec'));
}

export function applyJobDefaults(object: ApiObject): void {
  const spec = ownSpec(object);
  const both = spec.completions === undefined && spec.parallelism === undefined;
  if (both) setDefault(spec, 'completions', 1);
  setDefault(spec, 'parallelism', 1);
  setDefault(spec, 'backoffLimit', spec.backoffLimitPerIndex === undefined ? 6 : 2 ** 31 - 1);
  setDefault(spec, 'completionMode', 'NonIndexed');
  setDefault(spec, 'suspend', false);
  setDefault(
    spec,
    'podReplacementPolicy',
    spec.podFailurePolicy === undefined ? 'TerminatingOrFailed' : 'Failed',
  );
  setDefault(spec, 'manualSelector', false);
  for (const rule of listOf(valueAt(spec, 'podFailurePolicy', 'rules')))
    for (const pattern of listOf(fieldsOf(rule).onPodConditions))
      if (isFields(pattern)) setDefault(pattern, 'status', 'True');
  applyTemplateDefaults(spec);
  labelAsTemplate(object, spec);
}

/** A job's selector and labels come from its own UID, so that no other job's pods are taken for its own. */
export function selectOwnPods(object: ApiObject): void {
  object.status = {};
  const spec = ownSpec(object);
  if (spec.manualSelector === true) return;
  const { uid = '', name } = object.metadata;
  const metadata = ownFields(ownFields(spec, 'template'), 'metadata');
  metadata.labels = {
    ...fieldsOf(metadata.labels),
    'batch.kubernetes.io/controller-uid': uid,
    'batch.kubernetes.io/job-name': name,
    'controller-uid': uid,
    'job-name': name,
  };
  if (spec.selector === undefined)
    spec.selector = { matchLabels: { 'batch.kubernetes.io/controller-uid': uid } };
  labelAsTemplate(object, spec);
}

const TEMPLATE_GENERATION = 'deprecated.daemonset.template.generation';

/** DaemonSets count the changes of their template, too. */
export function beginTemplateGeneration(object: ApiObject): void {
  object.status = {
    currentNumberScheduled: 0,
    numberMisscheduled: 0,
    desiredNumberScheduled: 0,
    numberReady: 0,
  };
  object.metadata.annotations = { ...object.metadata.annotations, [TEMPLATE_GENERATION]: '1' };
}

export function raiseTemplateGeneration(object: ApiObject, old: ApiObject): void {
  const before = Number(old.metadata.annotations?.[TEMPLATE_GENERATION] ?? 1);
  const changed = !equalJson(valueAt(object, 'spec', 'template'), valueAt(old, 'spec', 'template'));
  object.metadata.annotations = {
    ...object.metadata.annotations,
    [TEMPLATE_GENERATION]: String(changed ? before + 1 : before),
  };
}

/** Some kinds take their template's labels for their own where they have none. */
function labelAsTemplate(object: ApiObject, spec: Fields): void {
  const labels = valueAt(spec, 'template', 'metadata', 'labels');
  const own = object.metadata.labels ?? {};
  if (isFields(labels) && Object.keys(own).length === 0)
    object.metadata.labels = Object.fromEntries(
      Object.entries(labels).map(([key, value]) => [key, textOf(value)]),
    );
}

/** Errors of a workload whose template has to match its selector: of ReplicaSets, and of the part that others share with them. */
export function workloadErrors(object: ApiObject): FieldError[] {
  const spec = fieldsOf(object.spec);
  return [
    ...negativeCounts(spec, 'spec', ['replicas', 'minReadySeconds']),
    ...selectorErrors(spec, object.kind),
    ...templateMatchErrors(spec, object.kind),
    ...templateErrors(spec, 'spec.template', object.kind),
  ];
}

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

export function daemonSetErrors(object: ApiObject): FieldError[] {
  const spec = fieldsOf(object.spec);
  const { type, rollingUpdate } = fieldsOf(spec.updateStrategy);
  const { maxUnavailable, maxSurge } = fieldsOf(rollingUpdate);
  const at = 'spec.updateStrategy';
  const selector = spec.selector;
  return [
    ...labelSelectorErrors(selector, 'spec.selector'),
    ...templateMatchErrors(spec, object.kind),
    ...(selector !== undefined && isEmptySelector(selector)
      ? [invalidValue('spec.selector', selector, 'empty selector is invalid for daemonset')]
      : []),
    ...templateErrors(spec, 'spec.template', object.kind),
    ...negativeCounts(spec, 'spec', ['minReadySeconds']),
    ...(type === 'OnDelete' || type === 'RollingUpdate'
      ? []
      : [
          unsupportedValue(at, { Type: type, RollingUpdate: rollingUpdate ?? null }, [
            'RollingUpdate',
            'OnDelete',
          ]),
        ]),
    ...(type === 'RollingUpdate'
      ? [
          ...intOrPercentErrors(maxUnavailable, `${at}.rollingUpdate.maxUnavailable`),
          ...intOrPercentErrors(maxSurge, `${at}.rollingUpdate.maxSurge`),
          ...moreThanAllErrors(maxUnavailable, `${at}.rollingUpdate.maxUnavailable`),
          ...moreThanAllErrors(maxSurge, `${at}.rollingUpdate.maxSurge`),
          ...(!isZero(maxUnavailable) && !isZero(maxSurge)
            ? [
                invalidValue(
                  `${at}.rollingUpdate.maxSurge`,
                  maxSurge,
                  'may not be set when maxUnavailable is non-zero',
                ),
              ]
            : []),
          ...(isZero(maxUnavailable) && isZero(maxSurge)
            ? [required(`${at}.rollingUpdate.maxUnavailable`, 'cannot be 0 when maxSurge is 0')]
            : []),
        ]
      : []),
    ...negativeCounts(spec, 'spec', ['revisionHistoryLimit']),
  ];
}

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

/** What an empty selector is called: a ReplicaSet's is called a deployment's. */
const SELECTING: Record<string, string> = { ReplicaSet: 'deployment' };

function selectorErrors({ selector }: Fields, kind: string): FieldError[] {
  const at = 'spec.selector';
  if (kind === 'ReplicationController')
    return Object.keys(fieldsOf(selector)).length === 0 ? [required(at)] : [];
  if (selector === undefined) return [required(at)];
  return [
    ...labelSelectorErrors(selector, at),
    ...(isEmptySelector(selector)
      ? [invalidValue(at, selector, `empty selector is invalid for ${SELECTING[kind] ?? kind.toLowerCase()}`)]
      : []),
  ];
}

function templateMatchErrors(spec: Fields, kind: string): FieldError[] {
  const selector = kind === 'ReplicationController' ? { matchLabels: spec.selector } : spec.selector;
  // What is without a selector selects nothing, so its template can't match; an empty one matches all.
  if (isEmptySelector(selector) && spec.selector !== undefined) return [];
  if (kind === 'ReplicationController' && isEmptySelector(selector)) return [];
  if (!isReadableSelector(selector))
    return kind === 'DaemonSet'
      ? []
      : [invalidValue('spec.selector', selector, kind === 'StatefulSet' ? '' : 'invalid label selector')];
  const labels = fieldsOf(valueAt(spec, 'template', 'metadata', 'labels'));
  const texts = Object.fromEntries(Object.entries(labels).map(([key, value]) => [key, textOf(value)]));
  if (selectorOf(selector)(texts)) return [];
  const shown = Object.keys(texts).length === 0 ? null : texts;
  return [
    invalidValue('spec.template.metadata.labels', shown, '`selector` does not match template `labels`'),
  ];
}

/** Of a workload whose pods run until they are told to end. */
function templateErrors(spec: Fields, at: string, kind: string): FieldError[] {
  if (spec.template === undefined) return [required(at)];
  const podSpec = fieldsOf(valueAt(spec, 'template', 'spec'));
  const policy = textOf(podSpec.restartPolicy);
  const named = kind === 'Deployment' ? 'ReplicaSet' : kind;
  return [
    ...podTemplateErrors(spec.template, at, claimNames(spec)),
    ...(policy === 'Always' ? [] : [unsupportedValue(`${at}.spec.restartPolicy`, policy, ['Always'])]),
    ...(podSpec.activeDeadlineSeconds === undefined
      ? []
      : [
          forbiddenField(
            `${at}.spec.activeDeadlineSeconds`,
            `activeDeadlineSeconds in ${named} is not Supported`,
          ),
        ]),
  ];
}

/** The volumes that a StatefulSet gives each of its pods by claims: its template may mount them. */
const claimNames = (spec: Fields): string[] =>
  listOf(spec.volumeClaimTemplates).map((claim) => textOf(valueAt(fieldsOf(claim), 'metadata', 'name')));

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

/** Of what holds a pod template: a workload's spec, or a PodTemplate. */
export function applyTemplateDefaults(spec: Fields): void {
  const template = ownFields(spec, 'template');
  setDefault(template, 'metadata', {});
  applyPodSpecDefaults(ownFields(template, 'spec'));
}
