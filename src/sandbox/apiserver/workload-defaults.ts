import { fieldsOf, isFields, listOf, ownFields, ownSpec, setDefault, textOf, valueAt } from './json-value.ts';
import type { Fields } from './json-value.ts';
import { applyPodSpecDefaults } from './pod-defaults.ts';
import type { ApiObject } from './resource-definition.ts';
import { TEMPLATE_GENERATION } from './rules/daemon-set.ts';

/** What the server fills in of kinds that make pods from a template. */

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
  // Whoever writes it counts as the owner of what only the server counts.
  object.metadata.annotations = { [TEMPLATE_GENERATION]: '0', ...object.metadata.annotations };
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

/** Of what holds a pod template: a workload's spec, or a PodTemplate. */
export function applyTemplateDefaults(spec: Fields): void {
  const template = ownFields(spec, 'template');
  setDefault(template, 'metadata', {});
  applyPodSpecDefaults(ownFields(template, 'spec'));
}

/** Some kinds take their template's labels for their own where they have none: the same ones, so that what is added to these is added to both. */
export function labelAsTemplate(object: ApiObject, spec: Fields): void {
  const metadata = fieldsOf(valueAt(spec, 'template', 'metadata'));
  const own = object.metadata.labels ?? {};
  if (!isFields(metadata.labels) || Object.keys(own).length > 0) return;
  const shared = Object.fromEntries(
    Object.entries(metadata.labels).map(([key, value]) => [key, textOf(value)]),
  );
  metadata.labels = shared;
  object.metadata.labels = shared;
}
