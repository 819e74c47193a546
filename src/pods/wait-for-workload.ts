import type { KubernetesObject, ObjectName, ResourceType } from '../kubernetes/objects.ts';
import { PODS, REPLICA_SETS, REPLICATION_CONTROLLERS } from '../kubernetes/resources.ts';
import type { PodContext } from './follow-pod.ts';
import type { Pod } from './pod.ts';
import { waitUntil } from './wait-until.ts';
import { replicasOf, WORKLOAD_TYPES, type WorkloadKind, type WorkloadObject } from './workload.ts';

/**
 * Waits until a workload has as many ready pods as it asks for, and no others: those of before are gone, not only on their way out. `changed`
 * is the workload as it was last written; its deletion ends the wait.
 * @throws {ApiError} when it is deleted, or may not be read
 */
export async function waitForWorkload(
  context: PodContext,
  kind: WorkloadKind,
  changed: WorkloadObject,
): Promise<void> {
  const type = WORKLOAD_TYPES[kind];
  const namespace = changed.metadata?.namespace ?? '';
  const name: ObjectName = { name: changed.metadata?.name ?? '', namespace };
  const selection = { namespace, ...podSelector(kind, changed) };
  await waitUntil(
    context,
    [
      { type, namespace, fieldSelector: `metadata.name=${name.name}` },
      { type: PODS, ...selection },
    ],
    async () => {
      const { kubernetes, signal } = context;
      const workload = await kubernetes.get<WorkloadObject>(type, name, { signal });
      const missing = kind === 'StatefulSet' ? statefulSetMissing(workload) : rolloutMissing(workload);
      return missing ?? podsMissing(context, kind, workload, selection);
    },
  );
}

/** The status of a workload is silent about pods that are still on their way out. */
async function podsMissing(
  context: PodContext,
  kind: WorkloadKind,
  workload: WorkloadObject,
  selection: { namespace: string; labelSelector?: string },
): Promise<string | undefined> {
  const ownedBy = async <T extends KubernetesObject>(
    owner: KubernetesObject,
    type: ResourceType,
    among: { namespace: string; labelSelector?: string } = selection,
  ) => {
    const { items } = await context.kubernetes.list<T>(type, { ...among, signal: context.signal });
    return items.filter(({ metadata }) =>
      metadata?.ownerReferences?.some(({ uid }) => uid === owner.metadata?.uid),
    );
  };
  if (kind === 'StatefulSet') {
    return runningMissing(await ownedBy<Pod>(workload, PODS), replicasOf(workload));
  }
  const generationType = kind === 'Deployment' ? REPLICA_SETS : REPLICATION_CONTROLLERS;
  // A ReplicaSet has the labels of its pods, a ReplicationController those of its DeploymentConfig.
  const { namespace } = selection;
  const among = kind === 'Deployment' ? selection : { namespace };
  const generations = await ownedBy(workload, generationType, among);
  const current = generations.find((generation) => isCurrent(kind, workload, generation));
  if (!current) return `Could not find a ${generationType.kind} for ${kind}`;
  const pods = await ownedBy<Pod>(current, PODS);
  return runningMissing(pods, workload.status?.availableReplicas ?? 0) ?? settlingMissing(pods);
}

function statefulSetMissing(workload: WorkloadObject): string | undefined {
  return outdated(workload) ?? countMissing(workload, workload.status?.readyReplicas, 'are ready');
}

function rolloutMissing(workload: WorkloadObject): string | undefined {
  const { status } = workload;
  return (
    outdated(workload) ??
    countMissing(workload, status?.replicas, 'exist') ??
    countMissing(workload, status?.updatedReplicas, 'are updated') ??
    countMissing(workload, status?.availableReplicas, 'are available')
  );
}

function outdated({ metadata, status }: WorkloadObject): string | undefined {
  const generation = metadata?.generation ?? 0;
  const observed = status?.observedGeneration ?? 0;
  return observed >= generation
    ? undefined
    : `The controller has seen generation ${observed} and not yet ${generation}`;
}

function countMissing(workload: WorkloadObject, count = 0, are: string): string | undefined {
  const wanted = replicasOf(workload);
  return count === wanted ? undefined : `Specified ${wanted} replicas and only ${count} ${are}`;
}

/** A pod on its way out counts until it is gone: it may still hold its volume. */
function runningMissing(pods: Pod[], wanted: number): string | undefined {
  const running = pods.filter((pod) => pod.status?.phase === 'Running').length;
  return running === wanted
    ? undefined
    : `Specified ${wanted} replicas and only ${running} belong to running pods`;
}

/** Pods that have ended, evicted ones above all, stay for long and mean nothing. */
function settlingMissing(pods: Pod[]): string | undefined {
  const settling = pods.filter(
    (pod) => !['Running', 'Succeeded', 'Failed'].includes(pod.status?.phase ?? ''),
  );
  return settling.length === 0 ? undefined : `${settling.length} pods are neither running nor finished`;
}

function isCurrent(kind: WorkloadKind, workload: WorkloadObject, generation: KubernetesObject): boolean {
  const annotations = generation.metadata?.annotations ?? {};
  if (kind === 'DeploymentConfig') {
    return (
      annotations['openshift.io/deployment-config.latest-version'] === String(workload.status?.latestVersion)
    );
  }
  const revision = 'deployment.kubernetes.io/revision';
  return (
    annotations[revision] !== undefined &&
    annotations[revision] === workload.metadata?.annotations?.[revision]
  );
}

/** Empty where labels alone don't say it: then all pods of the namespace are looked at. */
function podSelector(kind: WorkloadKind, workload: WorkloadObject): { labelSelector?: string } {
  const selector = workload.spec?.selector ?? {};
  const labels: unknown = kind === 'DeploymentConfig' ? selector : selector.matchLabels;
  if (typeof labels !== 'object' || labels === null || 'matchExpressions' in selector) return {};
  const pairs = Object.entries(labels).map(([key, value]) => `${key}=${String(value)}`);
  return pairs.length === 0 ? {} : { labelSelector: pairs.join(',') };
}
