import type { KubernetesObject, ObjectName, ResourceType } from '../kubernetes/objects.ts';
import { PODS, REPLICA_SETS, REPLICATION_CONTROLLERS } from '../kubernetes/resources.ts';
import type { PodContext } from './follow-pod.ts';
import type { Pod } from './pod.ts';
import { isLeaving, presentPods } from './present-pods.ts';
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
  const { kubernetes, signal } = context;
  const list = async <T extends KubernetesObject>(type: ResourceType, among: typeof selection) =>
    (await kubernetes.list<T>(type, { ...among, signal })).items;
  if (kind === 'StatefulSet') {
    const pods = presentPods(ownedBy([workload], await list<Pod>(PODS, selection)));
    return runningMissing(pods, replicasOf(workload)) ?? settlingMissing(pods) ?? leavingMissing(pods);
  }
  const generationType = kind === 'Deployment' ? REPLICA_SETS : REPLICATION_CONTROLLERS;
  // A ReplicaSet has the labels of its pods, a ReplicationController those of its DeploymentConfig.
  const { namespace } = selection;
  const generations = ownedBy(
    [workload],
    await list(generationType, kind === 'Deployment' ? selection : { namespace }),
  );
  const current = generations.find((generation) => isCurrent(kind, workload, generation));
  if (!current) return `Could not find a ${generationType.kind} for ${kind}`;
  const pods = presentPods(await list<Pod>(PODS, selection));
  const ofCurrent = ownedBy([current], pods);
  return (
    runningMissing(ofCurrent, workload.status?.availableReplicas ?? 0) ??
    settlingMissing(ofCurrent) ??
    // Those of earlier generations hold the same volumes.
    leavingMissing(ownedBy(generations, pods))
  );
}

function ownedBy<T extends KubernetesObject>(owners: KubernetesObject[], objects: T[]): T[] {
  const owning = new Set(owners.map(({ metadata }) => metadata?.uid));
  return objects.filter(({ metadata }) => metadata?.ownerReferences?.some(({ uid }) => owning.has(uid)));
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

function runningMissing(pods: Pod[], wanted: number): string | undefined {
  const running = pods.filter(isRunning).length;
  return running === wanted
    ? undefined
    : `Specified ${wanted} replicas and only ${running} belong to running pods`;
}

function settlingMissing(pods: Pod[]): string | undefined {
  const settling = pods.filter((pod) => !isRunning(pod) && !isLeaving(pod)).length;
  return settling === 0 ? undefined : `${settling} pods are neither running nor finished`;
}

function leavingMissing(pods: Pod[]): string | undefined {
  const leaving = pods.filter(isLeaving).length;
  return leaving === 0 ? undefined : `${leaving} pods are being deleted and not gone yet`;
}

function isRunning({ status }: Pod): boolean {
  return status?.phase === 'Running';
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
