import { isNotFound } from '../../kubernetes/api-error.ts';
import type { KubernetesClient } from '../../kubernetes/client.ts';
import type { Clock } from '../../kubernetes/clock.ts';
import type { KubernetesObject, ObjectName, ResourceType } from '../../kubernetes/objects.ts';
import { PODS } from '../../kubernetes/resources.ts';
import { selectorOf } from '../apiserver/label-selector.ts';
import type { ControllerContext } from './controller.ts';
import { apiVersionOf, conditionHolds, controllerOf, controllerReference, nameOf } from './kinds.ts';
import type { LabelSelectorObject, Pod } from './kinds.ts';
import { canonical } from './template-hash.ts';

/** What the controllers of pods have in common. */

/** An object as it is known, or nothing where there is none. */
export async function find<T extends KubernetesObject>(
  { informers }: Pick<ControllerContext, 'informers'>,
  type: ResourceType,
  name: ObjectName,
): Promise<T | undefined> {
  return (await informers.of<T>(type)).get(name);
}

/** The objects that `owner` controls. */
export async function ownedBy<T extends KubernetesObject>(
  { informers }: ControllerContext,
  type: ResourceType,
  owner: KubernetesObject,
): Promise<T[]> {
  const items = (await informers.of<T>(type)).list(owner.metadata?.namespace ?? '');
  return items.filter((item) => controllerOf(item)?.uid === owner.metadata?.uid);
}

/**
 * The objects that `owner` controls, after those that its selector finds and nobody controls became its own, and those that its
 * selector no longer finds were let go. What `considers` refuses stays as it is.
 */
export async function claimOwned<T extends KubernetesObject>(
  context: ControllerContext,
  type: ResourceType,
  owner: KubernetesObject & { spec: { selector?: LabelSelectorObject | Record<string, string> } },
  ownerType: ResourceType,
  considers: (object: T) => boolean = () => true,
): Promise<T[]> {
  const items = (await context.informers.of<T>(type)).list(owner.metadata?.namespace ?? '');
  const selects = selectorOf(asSelector(owner.spec.selector, ownerType));
  const claimed: T[] = [];
  for (const item of items.filter(considers)) {
    const controller = controllerOf(item);
    const matches = selects(item.metadata?.labels ?? {});
    if (controller?.uid === owner.metadata?.uid) {
      if (matches || owner.metadata?.deletionTimestamp) claimed.push(item);
      else await release(context, type, item, owner);
    } else if (
      !controller &&
      matches &&
      !item.metadata?.deletionTimestamp &&
      !owner.metadata?.deletionTimestamp
    ) {
      const adopted = await adopt<T>(context, type, item, owner, ownerType);
      if (adopted) claimed.push(adopted);
    }
  }
  return claimed;
}

/** A ReplicationController's selector is plain labels. */
const asSelector = (
  selector: LabelSelectorObject | Record<string, string> | undefined,
  ownerType: ResourceType,
): unknown => (ownerType.kind === 'ReplicationController' ? { matchLabels: selector } : selector);

async function release(
  { client }: ControllerContext,
  type: ResourceType,
  { metadata }: KubernetesObject,
  owner: KubernetesObject,
): Promise<void> {
  const ownerReferences = (metadata?.ownerReferences ?? []).filter(({ uid }) => uid !== owner.metadata?.uid);
  const body = { metadata: { ownerReferences, uid: metadata?.uid } };
  await client.patch(type, nameOf({ metadata }), { type: 'merge', body });
}

async function adopt<T extends KubernetesObject>(
  { client }: ControllerContext,
  type: ResourceType,
  { metadata }: T,
  owner: KubernetesObject,
  ownerType: ResourceType,
): Promise<T | undefined> {
  const reference = controllerReference(owner, ownerType);
  const ownerReferences = [...(metadata?.ownerReferences ?? []), reference];
  try {
    return await client.patch<T>(type, nameOf({ metadata }), {
      type: 'merge',
      body: { metadata: { ownerReferences, uid: metadata?.uid } },
    });
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/** Creates a pod and tells of it, or of why it could not be. */
export async function createOwnedPod(
  context: ControllerContext,
  owner: KubernetesObject,
  ownerType: ResourceType,
  pod: Pick<Pod, 'metadata' | 'spec'>,
): Promise<Pod> {
  const component = COMPONENTS[ownerType.kind] ?? 'controller-manager';
  try {
    const created = await context.client.create<Pod>(PODS, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        ...pod.metadata,
        namespace: nameOf(owner).namespace,
        ownerReferences: [controllerReference(owner, ownerType)],
      },
      spec: pod.spec,
    });
    await context.events(ownerType, owner, {
      type: 'Normal',
      reason: 'SuccessfulCreate',
      message: `Created pod: ${nameOf(created).name}`,
      component,
    });
    return created;
  } catch (error) {
    const message = `Error creating: ${error instanceof Error ? error.message : String(error)}`;
    await context.events(ownerType, owner, { type: 'Warning', reason: 'FailedCreate', message, component });
    throw error;
  }
}

/** Deletes a pod of a set and tells of it. */
export async function deleteOwnedPod(
  context: ControllerContext,
  owner: KubernetesObject,
  ownerType: ResourceType,
  pod: Pod,
): Promise<void> {
  await deletePod(context.client, pod);
  await context.events(ownerType, owner, {
    type: 'Normal',
    reason: 'SuccessfulDelete',
    message: `Deleted pod: ${nameOf(pod).name}`,
    component: COMPONENTS[ownerType.kind] ?? 'controller-manager',
  });
}

const COMPONENTS: Record<string, string> = {
  ReplicaSet: 'replicaset-controller',
  ReplicationController: 'replication-controller',
  DaemonSet: 'daemonset-controller',
  Job: 'job-controller',
};

export const isFinished = ({ status }: Pod): boolean =>
  status?.phase === 'Succeeded' || status?.phase === 'Failed';

export const isActive = (pod: Pod): boolean => !pod.metadata?.deletionTimestamp && !isFinished(pod);

export const hasReadyCondition = ({ status }: Pod): boolean => conditionHolds(status?.conditions, 'Ready');

export const isReady = (pod: Pod): boolean => isActive(pod) && hasReadyCondition(pod);

/** Ready, and for long enough. */
export const isAvailable = (pod: Pod, minReadySeconds: number | undefined, clock: Clock): boolean =>
  isReady(pod) && availableIn(pod, minReadySeconds, clock) <= 0;

/** Milliseconds until a ready pod counts as available. */
export function availableIn(pod: Pod, minReadySeconds: number | undefined, clock: Clock): number {
  if (!minReadySeconds) return 0;
  const since = pod.status?.conditions?.find(({ type }) => type === 'Ready')?.lastTransitionTime;
  return Date.parse(since ?? '') + minReadySeconds * 1000 - clock.now().getTime();
}

/** Milliseconds until the next of these pods counts as available; nothing where none is about to. */
export function nextAvailable(
  pods: Pod[],
  minReadySeconds: number | undefined,
  clock: Clock,
): number | undefined {
  const waits = pods
    .filter(isReady)
    .map((pod) => availableIn(pod, minReadySeconds, clock))
    .filter((wait) => wait > 0);
  return waits.length > 0 ? Math.min(...waits) : undefined;
}

/** Those first that are missed least: without a node, pending, not ready, cheap by annotation, ready for a shorter time, often restarted, young. */
export function leastMissedFirst(pods: Pod[]): Pod[] {
  const phases: Record<string, number> = { Pending: 0, Unknown: 1, Running: 2 };
  const rank = (pod: Pod): (number | string)[] => [
    pod.spec?.nodeName ? 1 : 0,
    phases[pod.status?.phase ?? ''] ?? 0,
    hasReadyCondition(pod) ? 1 : 0,
    Number(pod.metadata?.annotations?.['controller.kubernetes.io/pod-deletion-cost'] ?? 0),
    -Date.parse(pod.status?.conditions?.find(({ type }) => type === 'Ready')?.lastTransitionTime ?? '') || 0,
    -Math.max(0, ...(pod.status?.containerStatuses ?? []).map(({ restartCount = 0 }) => restartCount)),
    -Date.parse(pod.metadata?.creationTimestamp ?? '') || 0,
  ];
  return pods.toSorted((a, b) => {
    const [left, right] = [rank(a), rank(b)];
    const at = left.findIndex((value, index) => value !== right[index]);
    return at < 0 ? 0 : Number(left[at]) - Number(right[at]);
  });
}

/** Deletes a pod, this very one; that it is gone already is as good. */
export async function deletePod(client: KubernetesClient, pod: Pod): Promise<void> {
  await deleteThis(client, PODS, pod, {});
}

export async function deleteThis(
  client: KubernetesClient,
  type: ResourceType,
  object: KubernetesObject,
  options: { propagationPolicy?: 'Background' | 'Foreground' | 'Orphan'; gracePeriodSeconds?: number } = {
    propagationPolicy: 'Background',
  },
): Promise<void> {
  const { uid } = object.metadata ?? {};
  try {
    await client.delete(type, nameIn(type, object), {
      ...options,
      ...(uid !== undefined && { preconditions: { uid } }),
    });
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}

export const nameIn = (type: ResourceType, { metadata }: KubernetesObject): ObjectName => ({
  name: metadata?.name ?? '',
  ...(type.namespaced && { namespace: metadata?.namespace ?? '' }),
});

/** Writes a status, unless it is as it was. Returns the object as it then is. */
export async function writeStatus<T extends KubernetesObject & { status?: unknown }>(
  client: KubernetesClient,
  type: ResourceType,
  object: T,
  status: object,
): Promise<T> {
  if (canonical(object.status ?? {}) === canonical(status)) return object;
  const { group, version, kind } = type;
  // What a list holds does not say its type.
  const written = { ...object, apiVersion: apiVersionOf({ group, version }), kind, status };
  return client.replace<T>(type, written, { subresource: 'status' });
}
