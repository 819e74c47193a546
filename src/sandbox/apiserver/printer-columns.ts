import { elapsed } from './elapsed.ts';
import { fieldsOf, listOf, printable, textOf, valueAt } from './json-value.ts';
import { EVENT_COLUMNS } from './event-columns.ts';
import { podRow } from './pod-row.ts';
import {
  accessModes,
  autoscalerTargets,
  endpointAddresses,
  ingressHosts,
  ingressPorts,
  jobStatus,
  listed,
  nodeRoles,
  nodeStatus,
  quotaAmounts,
  selectorText,
  serviceAddresses,
  servicePorts,
  sliceEndpoints,
  slicePorts,
} from './printer-cells.ts';
import {
  age,
  column,
  count,
  createdAt,
  flag,
  names,
  numberAt,
  orNone,
  size,
  text,
  wide,
} from './printer-column.ts';
import type { ApiObject, PrinterColumn } from './resource-definition.ts';

/** The columns that `kubectl get` shows, as the server computes them. The name comes first, where a kind has no place of its own for it. */
export const PRINTER_COLUMNS: Record<string, PrinterColumn[]> = {
  configmaps: [column('Data', (object) => size(object.data) + size(object.binaryData)), age()],
  endpoints: [column('Endpoints', endpointAddresses), age()],
  events: EVENT_COLUMNS,
  limitranges: [createdAt()],
  namespaces: [column('Status', text('status', 'phase')), age()],
  nodes: [
    column('Status', nodeStatus),
    column('Roles', nodeRoles),
    age(),
    column('Version', text('status', 'nodeInfo', 'kubeletVersion')),
    wide('Internal-IP', (node) => nodeAddress(node, 'InternalIP')),
    wide('External-IP', (node) => nodeAddress(node, 'ExternalIP')),
    wide('OS-Image', orUnknown('osImage')),
    wide('Kernel-Version', orUnknown('kernelVersion')),
    wide('Container-Runtime', orUnknown('containerRuntimeVersion')),
  ],
  persistentvolumeclaims: [
    column('Status', (claim) =>
      claim.metadata.deletionTimestamp ? 'Terminating' : text('status', 'phase')(claim),
    ),
    column('Volume', text('spec', 'volumeName')),
    column('Capacity', (claim) =>
      valueAt(claim, 'spec', 'volumeName') === undefined ? '' : text('status', 'capacity', 'storage')(claim),
    ),
    column('Access Modes', (claim) =>
      valueAt(claim, 'spec', 'volumeName') === undefined
        ? ''
        : accessModes(valueAt(claim, 'status', 'accessModes')),
    ),
    column('StorageClass', text('spec', 'storageClassName')),
    column('VolumeAttributesClass', (claim) => text('spec', 'volumeAttributesClassName')(claim) || '<unset>'),
    age(),
    wide('VolumeMode', (claim) => text('spec', 'volumeMode')(claim) || '<unset>'),
  ],
  persistentvolumes: [
    column('Capacity', text('spec', 'capacity', 'storage')),
    column('Access Modes', (volume) => accessModes(valueAt(volume, 'spec', 'accessModes'))),
    column('Reclaim Policy', text('spec', 'persistentVolumeReclaimPolicy')),
    column('Status', (volume) =>
      volume.metadata.deletionTimestamp ? 'Terminating' : text('status', 'phase')(volume),
    ),
    column('Claim', (volume) => {
      const { namespace, name } = fieldsOf(valueAt(volume, 'spec', 'claimRef'));
      return name === undefined ? '' : `${textOf(namespace)}/${textOf(name)}`;
    }),
    column('StorageClass', text('spec', 'storageClassName')),
    column(
      'VolumeAttributesClass',
      (volume) => text('spec', 'volumeAttributesClassName')(volume) || '<unset>',
    ),
    column('Reason', text('status', 'reason')),
    age(),
    wide('VolumeMode', (volume) => text('spec', 'volumeMode')(volume) || '<unset>'),
  ],
  pods: [
    column('Ready', (pod, now) => podRow(pod, now).ready),
    column('Status', (pod, now) => podRow(pod, now).status),
    column('Restarts', (pod, now) => podRow(pod, now).restarts),
    age(),
    wide('IP', orNone('status', 'podIP')),
    wide('Node', orNone('spec', 'nodeName')),
    wide('Nominated Node', orNone('status', 'nominatedNodeName')),
    wide('Readiness Gates', () => '<none>'),
  ],
  podtemplates: [
    column('Containers', (object) => names(valueAt(object, 'template', 'spec', 'containers'), 'name')),
    column('Images', (object) => names(valueAt(object, 'template', 'spec', 'containers'), 'image')),
    column('Pod Labels', (object) =>
      selectorText({ matchLabels: valueAt(object, 'template', 'metadata', 'labels') }),
    ),
  ],
  replicationcontrollers: replicaSetColumns(),
  resourcequotas: [
    column('Request', (quota) => quotaAmounts(quota, false)),
    column('Limit', (quota) => quotaAmounts(quota, true)),
    age(),
  ],
  secrets: [column('Type', text('type')), column('Data', (object) => size(object.data)), age()],
  serviceaccounts: [column('Secrets', (object) => listOf(object.secrets).length), age()],
  services: [
    column('Type', text('spec', 'type')),
    column('Cluster-IP', orNone('spec', 'clusterIP')),
    column('External-IP', serviceAddresses),
    column('Port(s)', servicePorts),
    age(),
    wide('Selector', (service) => selectorText({ matchLabels: valueAt(service, 'spec', 'selector') })),
  ],
  'controllerrevisions.apps': [
    column('Controller', (revision) => {
      const owner = (revision.metadata.ownerReferences ?? []).find(({ controller }) => controller === true);
      if (!owner) return '<none>';
      const group = owner.apiVersion.includes('/') ? `.${owner.apiVersion.split('/')[0] ?? ''}` : '';
      return `${owner.kind.toLowerCase()}${group}/${owner.name}`;
    }),
    column('Revision', (revision) => revision.revision ?? 0),
    age(),
  ],
  'daemonsets.apps': [
    count('Desired', 'status', 'desiredNumberScheduled'),
    count('Current', 'status', 'currentNumberScheduled'),
    count('Ready', 'status', 'numberReady'),
    count('Up-to-date', 'status', 'updatedNumberScheduled'),
    count('Available', 'status', 'numberAvailable'),
    column('Node Selector', (object) =>
      selectorText({ matchLabels: valueAt(object, 'spec', 'template', 'spec', 'nodeSelector') }),
    ),
    age(),
    ...templateColumns(),
    wide('Selector', (object) => selectorText(valueAt(object, 'spec', 'selector'))),
  ],
  'deployments.apps': [
    column(
      'Ready',
      (object) => `${numberAt(object, 'status', 'readyReplicas')}/${numberAt(object, 'spec', 'replicas')}`,
    ),
    column('Up-to-date', (object) => numberAt(object, 'status', 'updatedReplicas')),
    column('Available', (object) => numberAt(object, 'status', 'availableReplicas')),
    age(),
    ...templateColumns(),
    wide('Selector', (object) => selectorText(valueAt(object, 'spec', 'selector'))),
  ],
  'replicasets.apps': replicaSetColumns(),
  'statefulsets.apps': [
    column(
      'Ready',
      (object) => `${numberAt(object, 'status', 'readyReplicas')}/${numberAt(object, 'spec', 'replicas')}`,
    ),
    age(),
    ...templateColumns(),
  ],
  'horizontalpodautoscalers.autoscaling': [
    column('Reference', (object) => {
      const { kind, name } = fieldsOf(valueAt(object, 'spec', 'scaleTargetRef'));
      return `${textOf(kind)}/${textOf(name)}`;
    }),
    column('Targets', autoscalerTargets),
    column('MinPods', (object) => printable(valueAt(object, 'spec', 'minReplicas')) || '<unset>'),
    column('MaxPods', (object) => numberAt(object, 'spec', 'maxReplicas')),
    column('Replicas', (object) => numberAt(object, 'status', 'currentReplicas')),
    age(),
  ],
  'cronjobs.batch': [
    column('Schedule', text('spec', 'schedule')),
    column('Timezone', orNone('spec', 'timeZone')),
    {
      ...column('Suspend', (object) => (valueAt(object, 'spec', 'suspend') === true ? 'True' : 'False')),
      type: 'boolean',
    },
    { ...column('Active', (object) => listOf(valueAt(object, 'status', 'active')).length), type: 'integer' },
    column('Last Schedule', (object, now) =>
      elapsed(textOf(valueAt(object, 'status', 'lastScheduleTime')), now, '<none>'),
    ),
    age(),
    ...templateColumns('spec', 'jobTemplate', 'spec', 'template'),
    wide('Selector', (object) => selectorText(valueAt(object, 'spec', 'jobTemplate', 'spec', 'selector'))),
  ],
  'jobs.batch': [
    column('Status', jobStatus),
    column('Completions', (object) => {
      const { completions, parallelism } = fieldsOf(object.spec);
      const succeeded = numberAt(object, 'status', 'succeeded');
      if (typeof completions === 'number') return `${succeeded}/${completions}`;
      return typeof parallelism === 'number' && parallelism > 1
        ? `${succeeded}/1 of ${parallelism}`
        : `${succeeded}/1`;
    }),
    column('Duration', (object, now) => {
      const end = Date.parse(textOf(valueAt(object, 'status', 'completionTime')));
      return elapsed(
        textOf(valueAt(object, 'status', 'startTime')),
        Number.isNaN(end) ? now : new Date(end),
        '',
      );
    }),
    age(),
    ...templateColumns(),
    wide('Selector', (object) => selectorText(valueAt(object, 'spec', 'selector'))),
  ],
  'poddisruptionbudgets.policy': [
    column('Min Available', (object) => printable(valueAt(object, 'spec', 'minAvailable')) || 'N/A'),
    column('Max Unavailable', (object) => printable(valueAt(object, 'spec', 'maxUnavailable')) || 'N/A'),
    count('Allowed Disruptions', 'status', 'disruptionsAllowed'),
    age(),
  ],
  'ingresses.networking.k8s.io': [
    column('Class', orNone('spec', 'ingressClassName')),
    column('Hosts', ingressHosts),
    column('Address', (object) =>
      listOf(valueAt(object, 'status', 'loadBalancer', 'ingress'))
        .map((item) => textOf(fieldsOf(item).ip) || textOf(fieldsOf(item).hostname))
        .join(','),
    ),
    column('Ports', ingressPorts),
    age(),
  ],
  'ingressclasses.networking.k8s.io': [
    column('Controller', text('spec', 'controller')),
    column('Parameters', (object) => {
      const { apiGroup, kind, name } = fieldsOf(valueAt(object, 'spec', 'parameters'));
      if (kind === undefined) return '<none>';
      return `${textOf(kind)}${textOf(apiGroup) === '' ? '' : `.${textOf(apiGroup)}`}/${textOf(name)}`;
    }),
    age(),
  ],
  'networkpolicies.networking.k8s.io': [
    column('Pod-Selector', (object) => selectorText(valueAt(object, 'spec', 'podSelector'))),
    age(),
  ],
  'leases.coordination.k8s.io': [column('Holder', text('spec', 'holderIdentity')), age()],
  'endpointslices.discovery.k8s.io': [
    column('AddressType', text('addressType')),
    column('Ports', slicePorts),
    column('Endpoints', sliceEndpoints),
    age(),
  ],
  'roles.rbac.authorization.k8s.io': [createdAt()],
  'clusterroles.rbac.authorization.k8s.io': [createdAt()],
  'rolebindings.rbac.authorization.k8s.io': bindingColumns(),
  'clusterrolebindings.rbac.authorization.k8s.io': bindingColumns(),
  'priorityclasses.scheduling.k8s.io': [
    count('Value', 'value'),
    { ...column('Global-Default', (object) => object.globalDefault === true), type: 'boolean' },
    age(),
    column('PreemptionPolicy', text('preemptionPolicy')),
  ],
  'storageclasses.storage.k8s.io': [
    column('Provisioner', text('provisioner')),
    column('ReclaimPolicy', text('reclaimPolicy')),
    column('VolumeBindingMode', text('volumeBindingMode')),
    column('AllowVolumeExpansion', (object) => object.allowVolumeExpansion === true),
    age(),
  ],
  'csidrivers.storage.k8s.io': [
    flag('AttachRequired', 'attachRequired', true),
    flag('PodInfoOnMount', 'podInfoOnMount', false),
    flag('StorageCapacity', 'storageCapacity', false),
    column(
      'TokenRequests',
      (object) => names(valueAt(object, 'spec', 'tokenRequests'), 'audience') || '<unset>',
    ),
    flag('RequiresRepublish', 'requiresRepublish', false),
    column(
      'Modes',
      (object) =>
        listOf(valueAt(object, 'spec', 'volumeLifecycleModes'))
          .map(textOf)
          .join(',') || '<none>',
    ),
    age(),
  ],
  'csinodes.storage.k8s.io': [
    { ...column('Drivers', (object) => listOf(valueAt(object, 'spec', 'drivers')).length), type: 'integer' },
    age(),
  ],
  'volumeattachments.storage.k8s.io': [
    { ...column('Attacher', text('spec', 'attacher')), format: 'name' },
    column('PV', text('spec', 'source', 'persistentVolumeName')),
    column('Node', text('spec', 'nodeName')),
    { ...column('Attached', (object) => valueAt(object, 'status', 'attached') === true), type: 'boolean' },
    age(),
  ],
  'mutatingwebhookconfigurations.admissionregistration.k8s.io': webhookColumns(),
  'validatingwebhookconfigurations.admissionregistration.k8s.io': webhookColumns(),
  'customresourcedefinitions.apiextensions.k8s.io': [createdAt()],
};

/** What kinds without columns of their own show. */
export const DEFAULT_COLUMNS: PrinterColumn[] = [age()];

function replicaSetColumns(): PrinterColumn[] {
  return [
    count('Desired', 'spec', 'replicas'),
    count('Current', 'status', 'replicas'),
    count('Ready', 'status', 'readyReplicas'),
    age(),
    ...templateColumns(),
    wide('Selector', (object) => {
      const selector = valueAt(object, 'spec', 'selector');
      return selectorText(object.kind === 'ReplicationController' ? { matchLabels: selector } : selector);
    }),
  ];
}

function templateColumns(...path: string[]): PrinterColumn[] {
  const template = path.length > 0 ? path : ['spec', 'template'];
  return [
    wide('Containers', (object) => names(valueAt(object, ...template, 'spec', 'containers'), 'name')),
    wide('Images', (object) => names(valueAt(object, ...template, 'spec', 'containers'), 'image')),
  ];
}

function bindingColumns(): PrinterColumn[] {
  const subjects = (kind: string) => (object: ApiObject) =>
    listOf(object.subjects)
      .map(fieldsOf)
      .filter((subject) => subject.kind === kind)
      .map(({ name, namespace }) =>
        kind === 'ServiceAccount' ? `${textOf(namespace)}/${textOf(name)}` : textOf(name),
      );
  return [
    column('Role', (object) => {
      const { kind, name } = fieldsOf(object.roleRef);
      return `${textOf(kind)}/${textOf(name)}`;
    }),
    age(),
    wide('Users', (object) => listed(subjects('User')(object))),
    wide('Groups', (object) => listed(subjects('Group')(object))),
    wide('ServiceAccounts', (object) => listed(subjects('ServiceAccount')(object))),
  ];
}

function webhookColumns(): PrinterColumn[] {
  return [{ ...column('Webhooks', (object) => listOf(object.webhooks).length), type: 'integer' }, age()];
}

function orUnknown(field: string): PrinterColumn['cell'] {
  return (node) => text('status', 'nodeInfo', field)(node) || '<unknown>';
}

function nodeAddress(node: ApiObject, type: string): string {
  const address = listOf(valueAt(node, 'status', 'addresses'))
    .map(fieldsOf)
    .find((item) => item.type === type);
  return textOf(address?.address) || '<none>';
}
