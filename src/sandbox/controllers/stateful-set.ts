import { isAlreadyExists } from '../../kubernetes/api-error.ts';
import type { KubernetesClient } from '../../kubernetes/client.ts';
import { PERSISTENT_VOLUME_CLAIMS, PODS, STATEFUL_SETS } from '../../kubernetes/resources.ts';
import { controllerKeys, keyOf } from './controller.ts';
import type { Controller, ControllerContext } from './controller.ts';
import { controllerReference, nameOf } from './kinds.ts';
import type { Claim, Pod, StatefulSet } from './kinds.ts';
import {
  availableIn,
  deletePod,
  find,
  isActive,
  isAvailable,
  isReady,
  ownedBy,
  writeStatus,
} from './pod-set.ts';
import { templateHash } from './template-hash.ts';

const REVISION_LABEL = 'controller-revision-hash';

/** Keeps a StatefulSet's pods: each with a name and claims of its own, made in order and removed in reverse. */
export const statefulSetController: Controller = {
  name: 'statefulsets',
  triggers: [
    { type: STATEFUL_SETS, keys: (object) => [keyOf(object)] },
    { type: PODS, keys: controllerKeys('StatefulSet') },
  ],
  async reconcile(subject, context) {
    const set = await find<StatefulSet>(context.client, STATEFUL_SETS, subject);
    if (!set) return undefined;
    if (!set.metadata?.deletionTimestamp) await takeStep(context, set);
    return writeSetStatus(context, set);
  },
};

const revisionOf = (set: StatefulSet): string => `${nameOf(set).name}-${templateHash(set.spec.template)}`;

const firstOrdinal = (set: StatefulSet): number => set.spec.ordinals?.start ?? 0;

function ordinalOf(set: StatefulSet, pod: Pod): number {
  return Number((pod.metadata?.name ?? '').slice(nameOf(set).name.length + 1));
}

/** One step in order: what waits for a pod to be ready goes on when that pod changes. */
async function takeStep({ client, clock }: ControllerContext, set: StatefulSet): Promise<void> {
  const { replicas, podManagementPolicy, minReadySeconds } = set.spec;
  const parallel = podManagementPolicy === 'Parallel';
  const pods = new Map((await ownedBy<Pod>(client, PODS, set)).map((pod) => [ordinalOf(set, pod), pod]));
  const first = firstOrdinal(set);
  const settled = (pod: Pod): boolean => isAvailable(pod, minReadySeconds, clock);

  for (let ordinal = first; ordinal < first + replicas; ordinal += 1) {
    const pod = pods.get(ordinal);
    if (!pod) {
      await createPod(client, set, ordinal);
      if (!parallel) return;
    } else if (!pod.metadata?.deletionTimestamp && !isActive(pod)) {
      await deletePod(client, pod);
      if (!parallel) return;
    } else if (!parallel && !settled(pod)) {
      // A pod that cannot become ready because of its template must not keep a better template out.
      if (pod.metadata?.deletionTimestamp || !isOutdated(set, pod)) return;
    }
  }

  const surplus = [...pods].filter(([ordinal]) => ordinal < first || ordinal >= first + replicas);
  for (const [, pod] of surplus.toSorted(([a], [b]) => b - a)) {
    if (!pod.metadata?.deletionTimestamp) await deletePod(client, pod);
    if (!parallel) return;
  }
  await replaceOutdated(client, set, pods, settled);
}

/** Highest ordinal first, one at a time, and the next only when all is well again. */
async function replaceOutdated(
  client: KubernetesClient,
  set: StatefulSet,
  pods: Map<number, Pod>,
  settled: (pod: Pod) => boolean,
): Promise<void> {
  const { updateStrategy } = set.spec;
  if (updateStrategy?.type === 'OnDelete') return;
  const partition = updateStrategy?.rollingUpdate?.partition ?? 0;
  for (const [ordinal, pod] of [...pods].toSorted(([a], [b]) => b - a)) {
    if (ordinal < partition) return;
    if (pod.metadata?.deletionTimestamp) return;
    if (isOutdated(set, pod)) {
      await deletePod(client, pod);
      return;
    }
    if (!settled(pod)) return;
  }
}

const isOutdated = (set: StatefulSet, pod: Pod): boolean =>
  pod.metadata?.labels?.[REVISION_LABEL] !== revisionOf(set);

async function createPod(client: KubernetesClient, set: StatefulSet, ordinal: number): Promise<void> {
  const { namespace, name: setName } = nameOf(set);
  const { template, serviceName, volumeClaimTemplates = [] } = set.spec;
  const name = `${setName}-${ordinal}`;
  const claims = volumeClaimTemplates.map((claim) => ({
    template: claim,
    volume: claim.metadata?.name ?? '',
    name: `${claim.metadata?.name ?? ''}-${name}`,
  }));
  for (const claim of claims) await createClaim(client, set, claim.template, claim.name);
  const own = new Set(claims.map(({ volume }) => volume));
  await client.create<Pod>(PODS, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      generateName: `${setName}-`,
      namespace,
      labels: {
        ...template.metadata?.labels,
        'apps.kubernetes.io/pod-index': String(ordinal),
        [REVISION_LABEL]: revisionOf(set),
        'statefulset.kubernetes.io/pod-name': name,
      },
      ...(template.metadata?.annotations && { annotations: template.metadata.annotations }),
      ownerReferences: [controllerReference(set, 'apps/v1', 'StatefulSet')],
    },
    spec: {
      ...template.spec,
      hostname: name,
      ...(serviceName && { subdomain: serviceName }),
      volumes: [
        ...claims.map((claim) => ({ name: claim.volume, persistentVolumeClaim: { claimName: claim.name } })),
        ...(template.spec.volumes ?? []).filter((volume) => !own.has(volume.name)),
      ],
    },
  });
}

/** A claim outlives its pod: the next pod of this name finds it. */
async function createClaim(
  client: KubernetesClient,
  set: StatefulSet,
  template: Claim,
  name: string,
): Promise<void> {
  const { annotations, labels } = template.metadata ?? {};
  try {
    await client.create<Claim>(PERSISTENT_VOLUME_CLAIMS, {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: {
        name,
        namespace: nameOf(set).namespace,
        labels: { ...labels, ...set.spec.selector.matchLabels },
        ...(annotations && { annotations }),
      },
      spec: template.spec,
    });
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
  }
}

async function writeSetStatus(
  { client, clock }: ControllerContext,
  set: StatefulSet,
): Promise<number | undefined> {
  const pods = (await ownedBy<Pod>(client, PODS, set)).filter(
    (pod) => isActive(pod) || pod.metadata?.deletionTimestamp !== undefined,
  );
  const { minReadySeconds, replicas } = set.spec;
  const ready = pods.filter(isReady);
  const available = ready.filter((pod) => isAvailable(pod, minReadySeconds, clock));
  const updated = pods.filter((pod) => !isOutdated(set, pod));
  const updateRevision = revisionOf(set);
  const done = updated.length === pods.length && ready.length === replicas;
  const currentRevision = done ? updateRevision : (set.status?.currentRevision ?? updateRevision);
  const current = pods.filter(({ metadata }) => metadata?.labels?.[REVISION_LABEL] === currentRevision);
  await writeStatus(client, STATEFUL_SETS, set, {
    observedGeneration: set.metadata?.generation ?? 0,
    replicas: pods.length,
    ...(ready.length > 0 && { readyReplicas: ready.length }),
    availableReplicas: available.length,
    ...(current.length > 0 && { currentReplicas: current.length }),
    ...(updated.length > 0 && { updatedReplicas: updated.length }),
    currentRevision,
    updateRevision,
    collisionCount: 0,
  });
  const waits = ready.map((pod) => availableIn(pod, minReadySeconds, clock)).filter((wait) => wait > 0);
  return waits.length > 0 ? Math.min(...waits) : undefined;
}
