import { fieldsOf, isFields, listOf, ownFields, setDefault, textOf } from './json-value.ts';
import type { Fields } from './json-value.ts';

/** Fills in the spec of a pod or of a pod template as the API server does. Changes `spec`. */
export function applyPodSpecDefaults(spec: Fields): void {
  setDefault(spec, 'restartPolicy', 'Always');
  setDefault(spec, 'terminationGracePeriodSeconds', 30);
  setDefault(spec, 'dnsPolicy', 'ClusterFirst');
  setDefault(spec, 'schedulerName', 'default-scheduler');
  setDefault(spec, 'securityContext', {});
  // The older name of the same field: the newer one wins, and both show it.
  if (textOf(spec.serviceAccountName) === '' && textOf(spec.serviceAccount) !== '') {
    spec.serviceAccountName = spec.serviceAccount;
  }
  if (textOf(spec.serviceAccountName) !== '') spec.serviceAccount = spec.serviceAccountName;
  for (const container of containersOf(spec)) applyContainerDefaults(container);
  for (const volume of listOf(spec.volumes)) if (isFields(volume)) applyVolumeDefaults(volume);
}

/** What only a pod itself gets, not a template. Changes `spec`. */
export function applyPodDefaults(spec: Fields): void {
  for (const { resources } of containersOf(spec)) requestWhatIsLimited(fieldsOf(resources));
  setDefault(spec, 'enableServiceLinks', true);
  if (spec.hostNetwork !== true) return;
  for (const container of containersOf(spec)) {
    for (const port of listOf(container.ports)) {
      if (isFields(port) && !port.hostPort) port.hostPort = port.containerPort;
    }
  }
}

/** Guaranteed, Burstable or BestEffort, by the requests and limits of its containers. */
export function qosClass(spec: Fields): string {
  const parts = containersOf(spec).map(({ resources }) => ({
    requests: fieldsOf(fieldsOf(resources).requests),
    limits: fieldsOf(fieldsOf(resources).limits),
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

const containersOf = (spec: Fields): Fields[] =>
  [...listOf(spec.initContainers), ...listOf(spec.containers)].filter(isFields);

function requestWhatIsLimited(resources: Fields): void {
  if (isFields(resources.limits))
    resources.requests = { ...resources.limits, ...fieldsOf(resources.requests) };
}

function applyContainerDefaults(container: Fields): void {
  setDefault(container, 'terminationMessagePath', '/dev/termination-log');
  setDefault(container, 'terminationMessagePolicy', 'File');
  setDefault(container, 'resources', {});
  setDefault(container, 'imagePullPolicy', pullPolicyOf(textOf(container.image)));
  for (const port of listOf(container.ports)) if (isFields(port)) setDefault(port, 'protocol', 'TCP');
  for (const name of ['livenessProbe', 'readinessProbe', 'startupProbe']) {
    const probe = container[name];
    if (isFields(probe)) applyProbeDefaults(probe);
  }
  for (const hook of Object.values(fieldsOf(container.lifecycle))) applyRequestDefaults(fieldsOf(hook));
  for (const variable of listOf(container.env)) {
    const reference = fieldsOf(fieldsOf(variable).valueFrom).fieldRef;
    if (isFields(reference)) setDefault(reference, 'apiVersion', 'v1');
  }
}

/** What is called latest is fetched each time. */
function pullPolicyOf(image: string): string {
  if (image.includes('@')) return 'IfNotPresent';
  const tag = /:([^/:]+)$/.exec(image)?.[1];
  return tag === undefined || tag === 'latest' ? 'Always' : 'IfNotPresent';
}

function applyProbeDefaults(probe: Fields): void {
  const defaults = { timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 };
  for (const [field, value] of Object.entries(defaults)) if (!probe[field]) probe[field] = value;
  applyRequestDefaults(probe);
  if (isFields(probe.grpc)) setDefault(probe.grpc, 'service', '');
}

function applyRequestDefaults(handler: Fields): void {
  if (!isFields(handler.httpGet)) return;
  setDefault(handler.httpGet, 'path', '/');
  setDefault(handler.httpGet, 'scheme', 'HTTP');
}

function applyVolumeDefaults(volume: Fields): void {
  if (Object.keys(volume).every((key) => key === 'name')) volume.emptyDir = {};
  for (const kind of ['configMap', 'secret', 'projected', 'downwardAPI']) {
    const source = volume[kind];
    if (isFields(source)) setDefault(source, 'defaultMode', 0o644);
  }
  if (isFields(volume.hostPath)) setDefault(volume.hostPath, 'type', '');
  for (const source of listOf(fieldsOf(volume.projected).sources)) {
    const { serviceAccountToken: token, downwardAPI } = fieldsOf(source);
    if (isFields(token)) setDefault(token, 'expirationSeconds', 3600);
    applyFieldReferenceDefaults(downwardAPI);
  }
  applyFieldReferenceDefaults(volume.downwardAPI);
  const claim = fieldsOf(volume.ephemeral).volumeClaimTemplate;
  if (isFields(claim)) setDefault(ownFields(claim, 'spec'), 'volumeMode', 'Filesystem');
  if (isFields(volume.image))
    setDefault(volume.image, 'pullPolicy', pullPolicyOf(textOf(volume.image.reference)));
  const iscsi = volume.iscsi;
  if (isFields(iscsi)) setDefault(iscsi, 'iscsiInterface', 'default');
}

function applyFieldReferenceDefaults(downwardApi: unknown): void {
  for (const item of listOf(fieldsOf(downwardApi).items)) {
    const { fieldRef } = fieldsOf(item);
    if (isFields(fieldRef)) setDefault(fieldRef, 'apiVersion', 'v1');
  }
}
