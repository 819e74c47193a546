import {
  fieldsOf,
  isFields,
  listOf,
  ownFields,
  ownSpec,
  setDefault,
  textOf,
  valueAt,
} from '../json-value.ts';
import { applyLimitRangeDefaults, limitRangeErrors } from '../rules/limit-range.ts';
import { applyPodDefaults, applyPodSpecDefaults, qosClass } from '../pod-defaults.ts';
import { endpointsErrors } from '../rules/endpoints.ts';
import { coreEventErrors } from '../rules/event.ts';
import { nodeErrors, nodeUpdateErrors } from '../rules/node.ts';
import { podErrors, podTemplateErrors, podUpdateErrors } from '../pod-validation.ts';
import { persistentVolumeErrors, persistentVolumeUpdateErrors } from '../rules/persistent-volume.ts';
import { ALL_VERBS } from '../resource-definition.ts';
import type { ApiObject, ResourceDefinition } from '../resource-definition.ts';
import { resourceQuotaErrors, resourceQuotaUpdateErrors } from '../rules/resource-quota.ts';
import {
  allocateForService,
  applyServiceDefaults,
  keepAllocated,
  serviceErrors,
  serviceUpdateErrors,
  serviceWarnings,
} from '../rules/service.ts';
import {
  claimErrors,
  claimUpdateErrors,
  configMapErrors,
  immutableDataErrors,
  mergeStringData,
  secretErrors,
} from '../storage-and-network-rules.ts';
import { workloadErrors } from '../rules/workload.ts';
import { applyReplicationControllerDefaults, applyTemplateDefaults } from '../workload-defaults.ts';
import { WORKLOAD_SCALE, defineKind, selectable, startingStatus } from './define-kind.ts';
import { eventFields } from './events.ts';

/** The kinds of the group without a name. */
export const CORE_KINDS: ResourceDefinition[] = [
  core('configmaps', 'ConfigMap', {
    shortNames: ['cm'],
    validate: configMapErrors,
    validateUpdate: immutableDataErrors,
  }),
  core('endpoints', 'Endpoints', {
    shortNames: ['ep'],
    singular: 'endpoints',
    applyDefaults(object) {
      for (const subset of listOf(object.subsets))
        for (const port of listOf(fieldsOf(subset).ports)) setDefault(fieldsOf(port), 'protocol', 'TCP');
    },
    validate: endpointsErrors,
    deprecation: 'v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice',
  }),
  core('events', 'Event', {
    shortNames: ['ev'],
    selectableFields: eventFields('involvedObject'),
    validate: coreEventErrors,
  }),
  core('limitranges', 'LimitRange', {
    shortNames: ['limits'],
    applyDefaults: applyLimitRangeDefaults,
    validate: limitRangeErrors,
  }),
  core('namespaces', 'Namespace', {
    namespaced: false,
    shortNames: ['ns'],
    nameRule: 'label',
    statusSubresource: true,
    subresources: ['finalize'],
    returnsDeleted: true,
    selectableFields: selectable({ 'status.phase': ['status', 'phase'] }),
    verbs: ALL_VERBS.filter((verb) => verb !== 'deletecollection'),
    applyDefaults: labelWithName,
    prepareCreate(object) {
      labelWithName(object);
      object.spec = { finalizers: ['kubernetes'] };
      object.status = { phase: 'Active' };
    },
    prepareUpdate(object, old) {
      object.spec = old.spec;
    },
  }),
  core('nodes', 'Node', {
    namespaced: false,
    shortNames: ['no'],
    statusSubresource: true,
    subresources: ['proxy'],
    selectableFields: selectable({ 'spec.unschedulable': ['spec', 'unschedulable'] }),
    applyDefaults(object) {
      ownSpec(object);
      const { capacity } = fieldsOf(object.status);
      if (isFields(capacity)) setDefault(ownFields(object, 'status'), 'allocatable', { ...capacity });
    },
    validate: nodeErrors,
    validateUpdate: nodeUpdateErrors,
  }),
  core('persistentvolumeclaims', 'PersistentVolumeClaim', {
    shortNames: ['pvc'],
    statusSubresource: true,
    returnsDeleted: true,
    prepareCreate(object) {
      object.status = { phase: 'Pending' };
    },
    applyDefaults(object) {
      const spec = ownSpec(object);
      setDefault(spec, 'volumeMode', 'Filesystem');
      shareDataSource(spec);
    },
    validate: claimErrors,
    validateUpdate: claimUpdateErrors,
  }),
  core('persistentvolumes', 'PersistentVolume', {
    namespaced: false,
    shortNames: ['pv'],
    statusSubresource: true,
    returnsDeleted: true,
    prepareCreate(object) {
      object.status = { phase: 'Pending', lastPhaseTransitionTime: object.metadata.creationTimestamp };
    },
    applyDefaults(object) {
      const spec = ownSpec(object);
      setDefault(spec, 'persistentVolumeReclaimPolicy', 'Retain');
      setDefault(spec, 'volumeMode', 'Filesystem');
      if (isFields(spec.hostPath)) setDefault(spec.hostPath, 'type', '');
    },
    validate: persistentVolumeErrors,
    validateUpdate: persistentVolumeUpdateErrors,
  }),
  core('pods', 'Pod', {
    shortNames: ['po'],
    categories: ['all'],
    generation: 'spec',
    statusSubresource: true,
    subresources: [
      'attach',
      'binding',
      'ephemeralcontainers',
      'eviction',
      'exec',
      'log',
      'portforward',
      'proxy',
      'resize',
    ],
    returnsDeleted: true,
    selectableFields: {
      ...selectable({
        'spec.nodeName': ['spec', 'nodeName'],
        'spec.restartPolicy': ['spec', 'restartPolicy'],
        'spec.schedulerName': ['spec', 'schedulerName'],
        'spec.serviceAccountName': ['spec', 'serviceAccountName'],
        'status.phase': ['status', 'phase'],
        'status.podIP': ['status', 'podIP'],
        'status.nominatedNodeName': ['status', 'nominatedNodeName'],
      }),
      'spec.hostNetwork': (pod) => String(valueAt(pod, 'spec', 'hostNetwork') === true),
    },
    prepareCreate(object) {
      object.status = { phase: 'Pending', qosClass: qosClass(fieldsOf(object.spec)) };
    },
    applyDefaults(object) {
      const spec = ownSpec(object);
      applyPodSpecDefaults(spec);
      applyPodDefaults(spec);
    },
    validate: podErrors,
    validateUpdate: podUpdateErrors,
  }),
  core('podtemplates', 'PodTemplate', {
    generation: 'all-but-metadata',
    returnsDeleted: true,
    applyDefaults: (object) => applyTemplateDefaults(object),
    validate: ({ template }) => podTemplateErrors(template, 'template'),
  }),
  core('replicationcontrollers', 'ReplicationController', {
    shortNames: ['rc'],
    categories: ['all'],
    generation: 'spec',
    statusSubresource: true,
    scale: WORKLOAD_SCALE,
    selectableFields: selectable({ 'status.replicas': ['status', 'replicas'] }),
    prepareCreate: startingStatus({ replicas: 0 }),
    applyDefaults: applyReplicationControllerDefaults,
    validate: workloadErrors,
  }),
  core('resourcequotas', 'ResourceQuota', {
    shortNames: ['quota'],
    statusSubresource: true,
    returnsDeleted: true,
    prepareCreate: startingStatus({}),
    validate: resourceQuotaErrors,
    validateUpdate: resourceQuotaUpdateErrors,
  }),
  core('secrets', 'Secret', {
    selectableFields: selectable({ type: ['type'] }),
    applyDefaults: mergeStringData,
    validate: secretErrors,
    validateUpdate: immutableDataErrors,
  }),
  core('serviceaccounts', 'ServiceAccount', {
    shortNames: ['sa'],
    subresources: ['token'],
    returnsDeleted: true,
  }),
  core('services', 'Service', {
    shortNames: ['svc'],
    categories: ['all'],
    nameRule: 'label1035',
    statusSubresource: true,
    subresources: ['proxy'],
    returnsDeleted: true,
    selectableFields: selectable({ 'spec.clusterIP': ['spec', 'clusterIP'], 'spec.type': ['spec', 'type'] }),
    prepareCreate: allocateForService,
    prepareUpdate: keepAllocated,
    applyDefaults: applyServiceDefaults,
    warnings: serviceWarnings,
    validate: serviceErrors,
    validateUpdate: serviceUpdateErrors,
  }),
];

function core(resource: string, kind: string, variation: Partial<ResourceDefinition>): ResourceDefinition {
  return defineKind('', resource, kind, variation);
}

function labelWithName({ metadata }: ApiObject): void {
  if (metadata.name === '') return;
  metadata.labels = { ...metadata.labels, 'kubernetes.io/metadata.name': metadata.name };
}

/** Two names of one thing; only the second may lead to another namespace. */
function shareDataSource(spec: Record<string, unknown>): void {
  const { dataSource, dataSourceRef } = spec;
  if (isFields(dataSource) && dataSourceRef === undefined) spec.dataSourceRef = { ...dataSource };
  if (isFields(dataSourceRef) && dataSource === undefined && textOf(dataSourceRef.namespace) === '') {
    spec.dataSource = { ...dataSourceRef };
  }
}
