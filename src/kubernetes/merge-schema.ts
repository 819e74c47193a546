/**
 * Which lists of a kind a strategic merge patch merges item by item; all others are replaced as a whole. From the path of the list, list
 * items not counted (`containers.env`), to the field by which its items are told apart, or {@link PRIMITIVES}.
 */
export type MergeSchema = Readonly<Record<string, string>>;

/** A list of strings or numbers, which is merged as a set. */
export const PRIMITIVES = '*';

/** Kubernetes 1.31's PodSpec (the `patchMergeKey` tags of k8s.io/api/core/v1). */
export const POD_SPEC_SCHEMA: MergeSchema = {
  ...below('containers', container()),
  ...below('initContainers', container()),
  ...below('ephemeralContainers', container()),
  containers: 'name',
  initContainers: 'name',
  ephemeralContainers: 'name',
  imagePullSecrets: 'name',
  schedulingGates: 'name',
  resourceClaims: 'name',
  volumes: 'name',
  hostAliases: 'ip',
  topologySpreadConstraints: 'topologyKey',
};

/** What the built-in kinds have beside metadata and conditions. Empty for a kind whose lists are all replaced. */
export function mergeSchemaOf(group: string, kind: string): MergeSchema {
  return { ...METADATA, 'status.conditions': 'type', ...KINDS[`${group}/${kind}`] };
}

function container(): MergeSchema {
  return { env: 'name', ports: 'containerPort', volumeMounts: 'mountPath', volumeDevices: 'devicePath' };
}

/** The same lists, further down. */
function below(path: string, schema: MergeSchema): MergeSchema {
  return Object.fromEntries(Object.entries(schema).map(([name, key]) => [`${path}.${name}`, key]));
}

const METADATA: MergeSchema = { 'metadata.ownerReferences': 'uid', 'metadata.finalizers': PRIMITIVES };

const POD: MergeSchema = { ...METADATA, ...below('spec', POD_SPEC_SCHEMA) };

const KINDS: Record<string, MergeSchema> = {
  '/Pod': { ...POD, 'status.podIPs': 'ip', 'status.hostIPs': 'ip' },
  '/PodTemplate': below('template', POD),
  '/ReplicationController': below('spec.template', POD),
  '/Service': { 'spec.ports': 'port' },
  '/ServiceAccount': { secrets: 'name' },
  '/Node': { 'spec.podCIDRs': PRIMITIVES, 'status.addresses': 'type' },
  'apps/Deployment': below('spec.template', POD),
  'apps/ReplicaSet': below('spec.template', POD),
  'apps/StatefulSet': below('spec.template', POD),
  'apps/DaemonSet': below('spec.template', POD),
  'batch/Job': below('spec.template', POD),
  'batch/CronJob': below('spec.jobTemplate.spec.template', POD),
  'admissionregistration.k8s.io/MutatingWebhookConfiguration': { webhooks: 'name' },
  'admissionregistration.k8s.io/ValidatingWebhookConfiguration': { webhooks: 'name' },
  'storage.k8s.io/CSINode': { 'spec.drivers': 'name' },
};
