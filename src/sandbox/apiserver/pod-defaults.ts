import { fieldsOf, isFields, listOf, setDefault, textOf } from './json-value.ts';
import type { Fields } from './json-value.ts';

/** Fills in a pod's or a pod template's spec as the API server does. Changes `spec`. */
export function applyPodSpecDefaults(spec: Fields): void {
  setDefault(spec, 'restartPolicy', 'Always');
  setDefault(spec, 'terminationGracePeriodSeconds', 30);
  setDefault(spec, 'dnsPolicy', 'ClusterFirst');
  setDefault(spec, 'schedulerName', 'default-scheduler');
  setDefault(spec, 'securityContext', {});
  if (textOf(spec.serviceAccountName) === '' && textOf(spec.serviceAccount) !== '') {
    spec.serviceAccountName = spec.serviceAccount;
  }
  if (textOf(spec.serviceAccountName) !== '') spec.serviceAccount = spec.serviceAccountName;
  for (const container of [...listOf(spec.initContainers), ...listOf(spec.containers)]) {
    if (isFields(container)) applyContainerDefaults(container);
  }
  for (const volume of listOf(spec.volumes)) if (isFields(volume)) applyVolumeDefaults(volume);
}

/** What admission adds to a pod itself, beyond what its template would get. Changes `spec`. */
export function applyPodAdmission(spec: Fields): void {
  setDefault(spec, 'serviceAccountName', 'default');
  spec.serviceAccount = spec.serviceAccountName;
  setDefault(spec, 'enableServiceLinks', true);
  setDefault(spec, 'preemptionPolicy', 'PreemptLowerPriority');
  setDefault(spec, 'priority', 0);
  const tolerations = listOf(spec.tolerations).map(fieldsOf);
  const missing = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable']
    .filter(
      (key) => !tolerations.some((toleration) => toleration.key === key || toleration.operator === 'Exists'),
    )
    .map((key) => ({ effect: 'NoExecute', key, operator: 'Exists', tolerationSeconds: 300 }));
  spec.tolerations = [...tolerations, ...missing];
}

/** Guaranteed, Burstable or BestEffort, by the requests and limits of its containers. */
export function qosClass(spec: Fields): string {
  const containers = [...listOf(spec.initContainers), ...listOf(spec.containers)].map((container) =>
    fieldsOf(fieldsOf(container).resources),
  );
  const parts = containers.map(({ requests, limits }) => ({
    requests: fieldsOf(requests),
    limits: fieldsOf(limits),
  }));
  if (parts.every(({ requests, limits }) => empty(requests) && empty(limits))) return 'BestEffort';
  const guaranteed = parts.every(({ requests, limits }) =>
    ['cpu', 'memory'].every(
      (name) => limits[name] !== undefined && (requests[name] ?? limits[name]) === limits[name],
    ),
  );
  return guaranteed ? 'Guaranteed' : 'Burstable';
}

const empty = (resources: Fields): boolean => resources.cpu === undefined && resources.memory === undefined;

function applyContainerDefaults(container: Fields): void {
  setDefault(container, 'terminationMessagePath', '/dev/termination-log');
  setDefault(container, 'terminationMessagePolicy', 'File');
  setDefault(container, 'resources', {});
  setDefault(container, 'imagePullPolicy', isLatest(textOf(container.image)) ? 'Always' : 'IfNotPresent');
  for (const port of listOf(container.ports)) if (isFields(port)) setDefault(port, 'protocol', 'TCP');
  const resources = fieldsOf(container.resources);
  if (isFields(resources.limits))
    resources.requests = { ...resources.limits, ...fieldsOf(resources.requests) };
  for (const name of ['livenessProbe', 'readinessProbe', 'startupProbe']) {
    const probe = container[name];
    if (isFields(probe)) applyProbeDefaults(probe);
  }
  for (const variable of listOf(container.env)) {
    const reference = fieldsOf(fieldsOf(variable).valueFrom).fieldRef;
    if (isFields(reference)) setDefault(reference, 'apiVersion', 'v1');
  }
}

function isLatest(image: string): boolean {
  if (image.includes('@')) return false;
  const tag = /:([^/:]+)$/.exec(image)?.[1];
  return tag === undefined || tag === 'latest';
}

function applyProbeDefaults(probe: Fields): void {
  setDefault(probe, 'timeoutSeconds', 1);
  setDefault(probe, 'periodSeconds', 10);
  setDefault(probe, 'successThreshold', 1);
  setDefault(probe, 'failureThreshold', 3);
  if (isFields(probe.httpGet)) {
    setDefault(probe.httpGet, 'path', '/');
    setDefault(probe.httpGet, 'scheme', 'HTTP');
  }
}

function applyVolumeDefaults(volume: Fields): void {
  for (const kind of ['configMap', 'secret', 'projected', 'downwardAPI']) {
    const source = volume[kind];
    if (isFields(source)) setDefault(source, 'defaultMode', 0o644);
  }
  if (isFields(volume.hostPath)) setDefault(volume.hostPath, 'type', '');
  const claim = fieldsOf(volume.ephemeral).volumeClaimTemplate;
  if (isFields(claim) && isFields(claim.spec)) setDefault(claim.spec, 'volumeMode', 'Filesystem');
}
