import { toCoreEvent, toNewEvent } from './event-conversion.ts';
import { fieldsOf, setDefault, textOf, valueAt } from './json-value.ts';
import { applyPodAdmission, applyPodSpecDefaults, qosClass } from './pod-defaults.ts';
import { podErrors, podUpdateErrors } from './pod-validation.ts';
import { DEFAULT_COLUMNS, PRINTER_COLUMNS } from './printer-columns.ts';
import { ALL_VERBS } from './resource-definition.ts';
import type { ApiObject, ResourceDefinition, ScalePaths } from './resource-definition.ts';
import { qualifiedResource } from './status-error.ts';
import {
  applyServiceDefaults,
  claimErrors,
  claimUpdateErrors,
  configMapErrors,
  immutableDataErrors,
  keepClusterAddress,
  mergeStringData,
  secretErrors,
  serviceErrors,
  serviceUpdateErrors,
} from './storage-and-network-rules.ts';
import {
  applyDeploymentDefaults,
  applyJobDefaults,
  applyReplicaSetDefaults,
  applyReplicationControllerDefaults,
  applyStatefulSetDefaults,
  deploymentUpdateErrors,
  immutable,
  jobErrors,
  jobUpdateErrors,
  ownFields,
  ownSpec,
  statefulSetErrors,
  statefulSetUpdateErrors,
  workloadErrors,
} from './workload-rules.ts';
import { crdErrors, prepareCrd } from './custom-resource-rules.ts';

/** Every kind that the server knows from the start. A further kind is one more entry. */
export const BUILT_IN_RESOURCES: ResourceDefinition[] = [
  core('namespaces', 'Namespace', {
    namespaced: false,
    shortNames: ['ns'],
    nameRule: 'label',
    statusSubresource: true,
    subresources: ['finalize'],
    returnsDeleted: true,
    selectableFields: fields({ 'status.phase': ['status', 'phase'] }),
    verbs: ALL_VERBS.filter((verb) => verb !== 'deletecollection'),
    prepareCreate(object) {
      object.metadata.labels = {
        ...object.metadata.labels,
        'kubernetes.io/metadata.name': object.metadata.name,
      };
      object.spec = { finalizers: ['kubernetes'] };
      object.status = { phase: 'Active' };
    },
    prepareUpdate(object, old) {
      object.metadata.labels = {
        ...object.metadata.labels,
        'kubernetes.io/metadata.name': object.metadata.name,
      };
      object.spec = old.spec;
    },
  }),
  core('pods', 'Pod', {
    shortNames: ['po'],
    categories: ['all'],
    generation: 'spec',
    statusSubresource: true,
    subresources: ['log', 'exec', 'attach', 'portforward', 'binding', 'eviction'],
    returnsDeleted: true,
    selectableFields: fields({
      'spec.nodeName': ['spec', 'nodeName'],
      'spec.restartPolicy': ['spec', 'restartPolicy'],
      'spec.schedulerName': ['spec', 'schedulerName'],
      'spec.serviceAccountName': ['spec', 'serviceAccountName'],
      'status.phase': ['status', 'phase'],
      'status.podIP': ['status', 'podIP'],
    }),
    prepareCreate(object) {
      object.status = { phase: 'Pending', qosClass: qosClass(fieldsOf(object.spec)) };
    },
    applyDefaults(object) {
      const spec = ownSpec(object);
      applyPodSpecDefaults(spec);
      applyPodAdmission(spec);
    },
    validate: podErrors,
    validateUpdate: podUpdateErrors,
  }),
  core('services', 'Service', {
    shortNames: ['svc'],
    categories: ['all'],
    nameRule: 'label1035',
    statusSubresource: true,
    returnsDeleted: true,
    selectableFields: fields({ 'spec.clusterIP': ['spec', 'clusterIP'], 'spec.type': ['spec', 'type'] }),
    prepareCreate(object) {
      object.status = { loadBalancer: {} };
    },
    prepareUpdate: keepClusterAddress,
    applyDefaults: applyServiceDefaults,
    validate: serviceErrors,
    validateUpdate: serviceUpdateErrors,
  }),
  core('endpoints', 'Endpoints', { shortNames: ['ep'], singular: 'endpoints' }),
  core('configmaps', 'ConfigMap', {
    shortNames: ['cm'],
    validate: configMapErrors,
    validateUpdate: immutableDataErrors,
  }),
  core('secrets', 'Secret', {
    selectableFields: fields({ type: ['type'] }),
    applyDefaults: mergeStringData,
    validate: secretErrors,
    validateUpdate: immutableDataErrors,
  }),
  core('serviceaccounts', 'ServiceAccount', {
    shortNames: ['sa'],
    subresources: ['token'],
    returnsDeleted: true,
  }),
  core('events', 'Event', { shortNames: ['ev'], selectableFields: eventFields('involvedObject') }),
  core('persistentvolumes', 'PersistentVolume', {
    namespaced: false,
    shortNames: ['pv'],
    statusSubresource: true,
    returnsDeleted: true,
    prepareCreate(object) {
      object.status = { phase: 'Pending' };
    },
    applyDefaults(object) {
      const spec = ownSpec(object);
      setDefault(spec, 'persistentVolumeReclaimPolicy', 'Retain');
      setDefault(spec, 'volumeMode', 'Filesystem');
    },
  }),
  core('persistentvolumeclaims', 'PersistentVolumeClaim', {
    shortNames: ['pvc'],
    statusSubresource: true,
    returnsDeleted: true,
    prepareCreate(object) {
      object.status = { phase: 'Pending' };
    },
    applyDefaults(object) {
      setDefault(ownSpec(object), 'volumeMode', 'Filesystem');
    },
    validate: claimErrors,
    validateUpdate: claimUpdateErrors,
  }),
  core('nodes', 'Node', {
    namespaced: false,
    shortNames: ['no'],
    statusSubresource: true,
    selectableFields: fields({ 'spec.unschedulable': ['spec', 'unschedulable'] }),
    applyDefaults(object) {
      ownSpec(object);
    },
  }),
  core('replicationcontrollers', 'ReplicationController', {
    shortNames: ['rc'],
    categories: ['all'],
    generation: 'spec',
    statusSubresource: true,
    scale: workloadScale(),
    prepareCreate: emptyStatus({ replicas: 0 }),
    applyDefaults: applyReplicationControllerDefaults,
    validate: workloadErrors,
  }),
  builtIn('apps', 'deployments', 'Deployment', {
    shortNames: ['deploy'],
    categories: ['all'],
    generation: 'spec',
    statusSubresource: true,
    scale: workloadScale(),
    prepareCreate: emptyStatus({}),
    applyDefaults: applyDeploymentDefaults,
    validate: workloadErrors,
    validateUpdate: deploymentUpdateErrors,
  }),
  builtIn('apps', 'replicasets', 'ReplicaSet', {
    shortNames: ['rs'],
    categories: ['all'],
    generation: 'spec',
    statusSubresource: true,
    scale: workloadScale(),
    selectableFields: fields({ 'status.replicas': ['status', 'replicas'] }),
    prepareCreate: emptyStatus({ replicas: 0 }),
    applyDefaults: applyReplicaSetDefaults,
    validate: workloadErrors,
    validateUpdate: deploymentUpdateErrors,
  }),
  builtIn('apps', 'statefulsets', 'StatefulSet', {
    shortNames: ['sts'],
    categories: ['all'],
    generation: 'spec',
    statusSubresource: true,
    scale: workloadScale(),
    prepareCreate: emptyStatus({ replicas: 0, availableReplicas: 0 }),
    applyDefaults: applyStatefulSetDefaults,
    validate: statefulSetErrors,
    validateUpdate: statefulSetUpdateErrors,
  }),
  builtIn('apps', 'controllerrevisions', 'ControllerRevision'),
  builtIn('batch', 'jobs', 'Job', {
    categories: ['all'],
    generation: 'spec',
    statusSubresource: true,
    selectableFields: fields({ 'status.successful': ['status', 'succeeded'] }),
    prepareCreate: emptyStatus({}),
    applyDefaults: applyJobDefaults,
    validate: jobErrors,
    validateUpdate: jobUpdateErrors,
  }),
  builtIn('coordination.k8s.io', 'leases', 'Lease', { requiresResourceVersion: true }),
  builtIn('discovery.k8s.io', 'endpointslices', 'EndpointSlice', {
    validateUpdate: (object, old) => immutable(object, old, ['addressType']),
  }),
  builtIn('events.k8s.io', 'events', 'Event', {
    shortNames: ['ev'],
    storage: 'events',
    columns: PRINTER_COLUMNS.events ?? [],
    selectableFields: eventFields('regarding'),
    fromStorage: toNewEvent,
    toStorage: toCoreEvent,
  }),
  builtIn('rbac.authorization.k8s.io', 'roles', 'Role', { nameRule: 'path-segment' }),
  builtIn('rbac.authorization.k8s.io', 'rolebindings', 'RoleBinding', {
    nameRule: 'path-segment',
    validateUpdate: (object, old) => immutable(object, old, ['roleRef']),
  }),
  builtIn('rbac.authorization.k8s.io', 'clusterroles', 'ClusterRole', {
    namespaced: false,
    nameRule: 'path-segment',
  }),
  builtIn('rbac.authorization.k8s.io', 'clusterrolebindings', 'ClusterRoleBinding', {
    namespaced: false,
    nameRule: 'path-segment',
    validateUpdate: (object, old) => immutable(object, old, ['roleRef']),
  }),
  builtIn('storage.k8s.io', 'storageclasses', 'StorageClass', {
    namespaced: false,
    shortNames: ['sc'],
    singular: 'storageclass',
    returnsDeleted: true,
    applyDefaults(object) {
      setDefault(object, 'reclaimPolicy', 'Delete');
      setDefault(object, 'volumeBindingMode', 'Immediate');
    },
  }),
  builtIn('scheduling.k8s.io', 'priorityclasses', 'PriorityClass', {
    namespaced: false,
    shortNames: ['pc'],
    singular: 'priorityclass',
    applyDefaults(object) {
      setDefault(object, 'preemptionPolicy', 'PreemptLowerPriority');
    },
  }),
  builtIn('apiextensions.k8s.io', 'customresourcedefinitions', 'CustomResourceDefinition', {
    namespaced: false,
    shortNames: ['crd', 'crds'],
    categories: ['api-extensions'],
    generation: 'spec',
    statusSubresource: true,
    requiresResourceVersion: true,
    prepareCreate: prepareCrd,
    prepareUpdate: prepareCrd,
    validate: crdErrors,
  }),
];

type Variation = Partial<ResourceDefinition>;

function core(resource: string, kind: string, variation: Variation = {}): ResourceDefinition {
  return builtIn('', resource, kind, variation);
}

function builtIn(
  group: string,
  resource: string,
  kind: string,
  variation: Variation = {},
): ResourceDefinition {
  const qualified = qualifiedResource({ group, resource });
  return {
    group,
    version: 'v1',
    resource,
    singular: kind.toLowerCase(),
    kind,
    listKind: `${kind}List`,
    namespaced: true,
    shortNames: [],
    categories: [],
    verbs: ALL_VERBS,
    storage: qualified,
    generation: 'never',
    statusSubresource: false,
    subresources: [],
    nameRule: 'subdomain',
    requiresResourceVersion: false,
    returnsDeleted: false,
    selectableFields: {},
    columns: PRINTER_COLUMNS[qualified] ?? DEFAULT_COLUMNS,
    ...variation,
  };
}

function fields(paths: Record<string, string[]>): ResourceDefinition['selectableFields'] {
  return Object.fromEntries(
    Object.entries(paths).map(([name, path]) => [
      name,
      (object: ApiObject) => printable(valueAt(object, ...path)),
    ]),
  );
}

function printable(value: unknown): string {
  return typeof value === 'string'
    ? value
    : typeof value === 'number' || typeof value === 'boolean'
      ? String(value)
      : '';
}

/** Both groups select on the stored, core form. */
function eventFields(subject: 'involvedObject' | 'regarding'): ResourceDefinition['selectableFields'] {
  const ofSubject = ['kind', 'namespace', 'name', 'uid', 'apiVersion', 'resourceVersion', 'fieldPath'];
  return {
    ...fields(Object.fromEntries(ofSubject.map((name) => [`${subject}.${name}`, ['involvedObject', name]]))),
    ...fields({ reason: ['reason'], type: ['type'], reportingComponent: ['reportingComponent'] }),
    source: (event) => textOf(valueAt(event, 'source', 'component')) || textOf(event.reportingComponent),
  };
}

function workloadScale(): ScalePaths {
  return {
    specReplicas: ['spec', 'replicas'],
    statusReplicas: ['status', 'replicas'],
    labelSelector: ['spec', 'selector'],
  };
}

function emptyStatus(status: object): (object: ApiObject) => void {
  return (object) => {
    object.status = { ...status };
    ownFields(object, 'spec');
  };
}
