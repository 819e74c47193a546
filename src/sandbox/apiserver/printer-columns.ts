import { fieldsOf, listOf, textOf, valueAt } from './json-value.ts';
import type { ApiObject, PrinterColumn } from './resource-definition.ts';

/** The columns that `kubectl get` shows, as the server computes them. */
export const PRINTER_COLUMNS: Record<string, PrinterColumn[]> = {
  pods: [
    column('Ready', (pod) => `${readyContainers(pod)}/${listOf(valueAt(pod, 'spec', 'containers')).length}`),
    column('Status', podStatus),
    column('Restarts', (pod) => String(restarts(pod))),
    age(),
    column('IP', at('status', 'podIP'), 1),
    column('Node', at('spec', 'nodeName'), 1),
  ],
  namespaces: [column('Status', at('status', 'phase')), age()],
  nodes: [
    column('Status', nodeStatus),
    column('Roles', () => '<none>'),
    age(),
    column('Version', at('status', 'nodeInfo', 'kubeletVersion')),
  ],
  configmaps: [
    column(
      'Data',
      (object) => Object.keys({ ...fieldsOf(object.data), ...fieldsOf(object.binaryData) }).length,
    ),
    age(),
  ],
  secrets: [
    column('Type', at('type')),
    column('Data', (object) => Object.keys(fieldsOf(object.data)).length),
    age(),
  ],
  serviceaccounts: [column('Secrets', (object) => listOf(object.secrets).length), age()],
  services: [
    column('Type', at('spec', 'type')),
    column('Cluster-IP', at('spec', 'clusterIP')),
    column('External-IP', () => '<none>'),
    column('Port(s)', servicePorts),
    age(),
  ],
  endpoints: [age()],
  events: [
    column('Last Seen', (event, now) => elapsed(textOf(event.lastTimestamp) || textOf(event.eventTime), now)),
    column('Type', at('type')),
    column('Reason', at('reason')),
    column('Object', (event) => {
      const { kind, name } = fieldsOf(event.involvedObject);
      return `${textOf(kind).toLowerCase()}/${textOf(name)}`;
    }),
    column('Message', (event) => textOf(event.message).trim()),
  ],
  persistentvolumes: [
    column('Capacity', at('spec', 'capacity', 'storage')),
    column('Access Modes', (volume) => accessModes(valueAt(volume, 'spec', 'accessModes'))),
    column('Reclaim Policy', at('spec', 'persistentVolumeReclaimPolicy')),
    column('Status', at('status', 'phase')),
    column('Claim', (volume) => {
      const { namespace, name } = fieldsOf(valueAt(volume, 'spec', 'claimRef'));
      return name === undefined ? '' : `${textOf(namespace)}/${textOf(name)}`;
    }),
    column('StorageClass', at('spec', 'storageClassName')),
    age(),
  ],
  persistentvolumeclaims: [
    column('Status', at('status', 'phase')),
    column('Volume', at('spec', 'volumeName')),
    column('Capacity', at('status', 'capacity', 'storage')),
    column('Access Modes', (claim) => accessModes(valueAt(claim, 'status', 'accessModes'))),
    column('StorageClass', at('spec', 'storageClassName')),
    age(),
  ],
  'deployments.apps': [
    column(
      'Ready',
      (object) => `${count(object, 'status', 'readyReplicas')}/${count(object, 'spec', 'replicas')}`,
    ),
    column('Up-to-date', (object) => count(object, 'status', 'updatedReplicas')),
    column('Available', (object) => count(object, 'status', 'availableReplicas')),
    age(),
  ],
  'replicasets.apps': [
    column('Desired', (object) => count(object, 'spec', 'replicas')),
    column('Current', (object) => count(object, 'status', 'replicas')),
    column('Ready', (object) => count(object, 'status', 'readyReplicas')),
    age(),
  ],
  'statefulsets.apps': [
    column(
      'Ready',
      (object) => `${count(object, 'status', 'readyReplicas')}/${count(object, 'spec', 'replicas')}`,
    ),
    age(),
  ],
  'jobs.batch': [
    column('Status', jobStatus),
    column(
      'Completions',
      (object) => `${count(object, 'status', 'succeeded')}/${count(object, 'spec', 'completions') || 1}`,
    ),
    column('Duration', (object, now) => {
      const end = Date.parse(textOf(valueAt(object, 'status', 'completionTime')));
      return elapsed(
        textOf(valueAt(object, 'status', 'startTime')),
        Number.isNaN(end) ? now : new Date(end),
        '',
      );
    }),
    age(),
  ],
  'leases.coordination.k8s.io': [column('Holder', at('spec', 'holderIdentity')), age()],
  'storageclasses.storage.k8s.io': [
    column('Provisioner', at('provisioner')),
    column('ReclaimPolicy', at('reclaimPolicy')),
    column('VolumeBindingMode', at('volumeBindingMode')),
    age(),
  ],
  'customresourcedefinitions.apiextensions.k8s.io': [
    column('Created At', (object) => object.metadata.creationTimestamp),
  ],
};

/** What kinds without columns of their own show. */
export const DEFAULT_COLUMNS: PrinterColumn[] = [age()];

/** How long ago, as kubectl writes it: `45s`, `3m10s`, `5h`, `2d`. */
export function elapsed(since: string, now: Date, unknown = '<unknown>'): string {
  const start = Date.parse(since);
  if (Number.isNaN(start)) return unknown;
  const seconds = Math.floor((now.getTime() - start) / 1000);
  if (seconds < 0) return '0s';
  const pair = (size: number, unit: string, rest: number, restUnit: string) =>
    `${Math.floor(seconds / size)}${unit}${Math.floor((seconds % size) / rest) > 0 ? `${Math.floor((seconds % size) / rest)}${restUnit}` : ''}`;
  if (seconds < 120) return `${seconds}s`;
  if (seconds < 600) return pair(60, 'm', 1, 's');
  if (seconds < 3 * 3600) return `${Math.floor(seconds / 60)}m`;
  if (seconds < 8 * 3600) return pair(3600, 'h', 60, 'm');
  if (seconds < 48 * 3600) return `${Math.floor(seconds / 3600)}h`;
  if (seconds < 8 * 86400) return pair(86400, 'd', 3600, 'h');
  if (seconds < 2 * 365 * 86400) return `${Math.floor(seconds / 86400)}d`;
  return pair(365 * 86400, 'y', 86400, 'd');
}

function column(name: string, cell: PrinterColumn['cell'], priority = 0): PrinterColumn {
  return { name, type: 'string', priority, cell };
}

function age(): PrinterColumn {
  return column('Age', (object, now) => elapsed(object.metadata.creationTimestamp ?? '', now));
}

function at(...path: string[]): PrinterColumn['cell'] {
  return (object) => {
    const value = valueAt(object, ...path);
    return value === undefined || value === '' ? '<none>' : value;
  };
}

function count(object: ApiObject, ...path: string[]): number {
  const value = valueAt(object, ...path);
  return typeof value === 'number' ? value : 0;
}

const statuses = (pod: ApiObject): Record<string, unknown>[] =>
  listOf(valueAt(pod, 'status', 'containerStatuses')).map(fieldsOf);

function readyContainers(pod: ApiObject): number {
  return statuses(pod).filter(({ ready }) => ready === true).length;
}

function restarts(pod: ApiObject): number {
  return statuses(pod).reduce((sum, { restartCount }) => sum + Number(restartCount ?? 0), 0);
}

function podStatus(pod: ApiObject): string {
  if (pod.metadata.deletionTimestamp) return 'Terminating';
  for (const { state } of statuses(pod)) {
    const { waiting, terminated } = fieldsOf(state);
    const reason = textOf(fieldsOf(waiting).reason) || textOf(fieldsOf(terminated).reason);
    if (reason) return reason;
  }
  return textOf(valueAt(pod, 'status', 'reason')) || textOf(valueAt(pod, 'status', 'phase'));
}

function nodeStatus(node: ApiObject): string {
  const ready = listOf(valueAt(node, 'status', 'conditions'))
    .map(fieldsOf)
    .find(({ type }) => type === 'Ready');
  return ready === undefined ? 'Unknown' : ready.status === 'True' ? 'Ready' : 'NotReady';
}

function servicePorts(service: ApiObject): string {
  const ports = listOf(valueAt(service, 'spec', 'ports')).map(fieldsOf);
  return ports.map(({ port, protocol }) => `${String(port)}/${textOf(protocol)}`).join(',') || '<none>';
}

function jobStatus(job: ApiObject): string {
  const holds = (type: string) =>
    listOf(valueAt(job, 'status', 'conditions')).some(
      (item) => fieldsOf(item).type === type && fieldsOf(item).status === 'True',
    );
  return holds('Complete') ? 'Complete' : holds('Failed') ? 'Failed' : 'Running';
}

function accessModes(modes: unknown): string {
  const short: Record<string, string> = {
    ReadWriteOnce: 'RWO',
    ReadOnlyMany: 'ROX',
    ReadWriteMany: 'RWX',
    ReadWriteOncePod: 'RWOP',
  };
  return listOf(modes)
    .map((mode) => short[textOf(mode)] ?? textOf(mode))
    .join(',');
}
