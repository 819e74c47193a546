import { isConflict, isNotFound } from '../../../src/kubernetes/api-error.ts';
import type { KubernetesClient } from '../../../src/kubernetes/client.ts';
import type { Clock } from '../../../src/kubernetes/clock.ts';
import { listWatch } from '../../../src/kubernetes/list-watch.ts';
import type { KubernetesObject, ObjectName, ResourceType } from '../../../src/kubernetes/objects.ts';
import { DEPLOYMENT_CONFIGS, REPLICATION_CONTROLLERS } from '../../../src/kubernetes/resources.ts';
import { isCurrent, replicationControllerOf, versionOf } from './replication-controller.ts';
import type {
  DeploymentConfig,
  DeploymentConfigStatus,
  ReplicationController,
} from './replication-controller.ts';

export interface DeploymentConfigControllerOptions {
  kubernetes: KubernetesClient;
  clock: Clock;
  random: () => number;
  /** Absent: all namespaces. */
  namespace?: string;
  /** Aborting it ends the controller, without an error. */
  signal: AbortSignal;
}

/**
 * Does for DeploymentConfigs what OpenShift does, as far as scaling and new versions go: each version of the template is a
 * ReplicationController `<config>-<n>`; the newest has the replicas, the others none; the status counts. Triggers, strategies and hooks
 * have no effect. Runs until `signal` aborts.
 * @throws {ApiError} when the server refuses, conflicts apart.
 */
export async function runDeploymentConfigController(
  options: DeploymentConfigControllerOptions,
): Promise<void> {
  const { kubernetes, clock, random, namespace, signal } = options;
  const failed = new AbortController();
  const scope = AbortSignal.any([signal, failed.signal]);
  const reconciliations = new Map<string, Promise<void>>();

  /** One at a time for each configuration; a change while one runs is looked at by the next. */
  const enqueue = (name: ObjectName) => {
    const key = `${name.namespace}/${name.name}`;
    const next = (reconciliations.get(key) ?? Promise.resolve())
      .then(() => reconcile(kubernetes, name, scope))
      .catch((error: unknown) => failed.abort(error));
    reconciliations.set(key, next);
  };
  const selection = { clock, random, signal: scope, ...(namespace !== undefined && { namespace }) };
  const follow = async (type: ResourceType, configOf: (object: KubernetesObject) => string | undefined) => {
    for await (const event of listWatch<KubernetesObject>(kubernetes, type, selection)) {
      for (const object of event.type === 'sync' ? event.items : [event.object]) {
        const name = configOf(object);
        if (name !== undefined) enqueue({ name, namespace: object.metadata?.namespace ?? '' });
      }
    }
  };
  await Promise.all([
    follow(DEPLOYMENT_CONFIGS, ({ metadata }) => metadata?.name),
    follow(REPLICATION_CONTROLLERS, ownerOf),
  ]);
  await Promise.all(reconciliations.values());
  if (failed.signal.aborted && !signal.aborted) throw failed.signal.reason;
}

const ownerOf = ({ metadata }: KubernetesObject) =>
  metadata?.ownerReferences?.find(({ kind }) => kind === 'DeploymentConfig')?.name;

async function reconcile(kubernetes: KubernetesClient, name: ObjectName, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  try {
    const config = await kubernetes.get<DeploymentConfig>(DEPLOYMENT_CONFIGS, name);
    if (config.metadata?.deletionTimestamp !== undefined) return; // the garbage collector takes the rest
    const { items } = await kubernetes.list<ReplicationController>(REPLICATION_CONTROLLERS, {
      ...(name.namespace !== undefined && { namespace: name.namespace }),
    });
    const versions = items
      .filter(({ metadata }) => metadata?.ownerReferences?.some(({ uid }) => uid === config.metadata?.uid))
      .toSorted((a, b) => versionOf(b) - versionOf(a));
    const current = await currentVersion(kubernetes, config, versions);
    await scale(kubernetes, current, config.spec.replicas ?? 1);
    for (const old of versions)
      if (old.metadata?.uid !== current.metadata?.uid) await scale(kubernetes, old, 0);
    await writeStatus(kubernetes, config, current, versions);
  } catch (error) {
    // Gone, or changed meanwhile: that is an event of its own, and looked at again.
    if (!isNotFound(error) && !isConflict(error)) throw error;
  }
}

async function currentVersion(
  kubernetes: KubernetesClient,
  config: DeploymentConfig,
  [newest]: ReplicationController[],
): Promise<ReplicationController> {
  if (newest && isCurrent(newest, config)) return newest;
  const version = (newest ? versionOf(newest) : 0) + 1;
  return kubernetes.create(REPLICATION_CONTROLLERS, replicationControllerOf(config, version));
}

async function scale(
  kubernetes: KubernetesClient,
  controller: ReplicationController,
  replicas: number,
): Promise<void> {
  if (controller.spec.replicas === replicas) return;
  await kubernetes.replace(REPLICATION_CONTROLLERS, {
    ...controller,
    spec: { ...controller.spec, replicas },
  });
}

async function writeStatus(
  kubernetes: KubernetesClient,
  config: DeploymentConfig,
  current: ReplicationController,
  versions: ReplicationController[],
): Promise<void> {
  const others = versions.filter(({ metadata }) => metadata?.uid !== current.metadata?.uid);
  const sum = (field: 'replicas' | 'readyReplicas' | 'availableReplicas') =>
    [current, ...others].reduce((total, { status }) => total + (status?.[field] ?? 0), 0);
  const replicas = sum('replicas');
  const availableReplicas = sum('availableReplicas');
  const status: DeploymentConfigStatus = {
    latestVersion: versionOf(current),
    observedGeneration: config.metadata?.generation ?? 0,
    replicas,
    updatedReplicas: current.status?.replicas ?? 0,
    availableReplicas,
    unavailableReplicas: replicas - availableReplicas,
    readyReplicas: sum('readyReplicas'),
  };
  const isSame = Object.entries(status).every(
    ([field, value]) => config.status?.[field as keyof typeof status] === value,
  );
  if (!isSame) await kubernetes.replace(DEPLOYMENT_CONFIGS, { ...config, status }, { subresource: 'status' });
}
