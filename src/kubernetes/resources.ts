import type { ResourceType } from './objects.ts';

/** A resource of version v1, as most are. */
export const named = (group: string, resource: string, kind: string, namespaced = true): ResourceType => ({
  group,
  version: 'v1',
  resource,
  kind,
  namespaced,
});
const core = (resource: string, kind: string, namespaced = true): ResourceType =>
  named('', resource, kind, namespaced);

/** The built-in resources that this program addresses by name. */
export const PODS = core('pods', 'Pod');
export const NAMESPACES = core('namespaces', 'Namespace', false);
export const SECRETS = core('secrets', 'Secret');
export const CONFIG_MAPS = core('configmaps', 'ConfigMap');
export const SERVICES = core('services', 'Service');
export const SERVICE_ACCOUNTS = core('serviceaccounts', 'ServiceAccount');
export const EVENTS = core('events', 'Event');
export const NODES = core('nodes', 'Node', false);
export const PERSISTENT_VOLUMES = core('persistentvolumes', 'PersistentVolume', false);
export const PERSISTENT_VOLUME_CLAIMS = core('persistentvolumeclaims', 'PersistentVolumeClaim');
export const REPLICATION_CONTROLLERS = core('replicationcontrollers', 'ReplicationController');
export const DEPLOYMENTS = named('apps', 'deployments', 'Deployment');
export const REPLICA_SETS = named('apps', 'replicasets', 'ReplicaSet');
export const STATEFUL_SETS = named('apps', 'statefulsets', 'StatefulSet');
export const DEPLOYMENT_CONFIGS = named('apps.openshift.io', 'deploymentconfigs', 'DeploymentConfig');
export const JOBS = named('batch', 'jobs', 'Job');
export const LEASES = named('coordination.k8s.io', 'leases', 'Lease');
export const CUSTOM_RESOURCE_DEFINITIONS = named(
  'apiextensions.k8s.io',
  'customresourcedefinitions',
  'CustomResourceDefinition',
  false,
);
