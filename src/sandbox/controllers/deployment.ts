import { DEPLOYMENTS, PODS, REPLICA_SETS } from '../../kubernetes/resources.ts';
import type { KubernetesClient } from '../../kubernetes/client.ts';
import { controllerKeys, keyOf } from './controller.ts';
import type { Controller, ControllerContext } from './controller.ts';
import { controllerReference, nameOf } from './kinds.ts';
import type { Condition, Deployment, Pod, PodTemplate, ReplicaSet } from './kinds.ts';
import { deleteThis, find, ownedBy, writeStatus } from './pod-set.ts';
import { canonical, templateHash } from './template-hash.ts';

const REVISION = 'deployment.kubernetes.io/revision';
const HASH_LABEL = 'pod-template-hash';

/** Rolls out a Deployment's template: one ReplicaSet for each template that it had, the latest of them filled. */
export const deploymentController: Controller = {
  name: 'deployments',
  triggers: [
    { type: DEPLOYMENTS, keys: (object) => [keyOf(object)] },
    { type: REPLICA_SETS, keys: controllerKeys('Deployment') },
  ],
  async reconcile(subject, context) {
    const { client } = context;
    const deployment = await find<Deployment>(client, DEPLOYMENTS, subject);
    if (!deployment || deployment.metadata?.deletionTimestamp) return undefined;
    const sets = await ownedBy<ReplicaSet>(client, REPLICA_SETS, deployment);
    const known = sets.find((set) => sameTemplate(set.spec.template, deployment.spec.template));
    const current =
      known ?? (deployment.spec.paused ? undefined : await createReplicaSet(client, deployment, sets));
    const others = sets.filter((set) => set !== known);
    // What must be looked at again after a time: pods of a Recreate that are still ending are no ReplicaSet's status.
    const again = await rollOut(context, deployment, current, others);
    if (current) await markRevision(client, deployment, current, others);
    await removeHistory(client, deployment, others);
    await writeDeploymentStatus(context, deployment);
    return again;
  },
};

function sameTemplate(template: PodTemplate, wanted: PodTemplate): boolean {
  const { [HASH_LABEL]: _hash, ...labels } = template.metadata?.labels ?? {};
  return (
    canonical({ ...template, metadata: { ...template.metadata, labels } }) === canonical(withLabels(wanted))
  );
}

const withLabels = (template: PodTemplate): PodTemplate => ({
  ...template,
  metadata: { ...template.metadata, labels: { ...template.metadata?.labels } },
});

async function createReplicaSet(
  client: KubernetesClient,
  deployment: Deployment,
  others: ReplicaSet[],
): Promise<ReplicaSet> {
  const { namespace, name } = nameOf(deployment);
  const { template, selector, minReadySeconds, replicas, strategy } = deployment.spec;
  const hash = templateHash(template);
  const labels = { ...template.metadata?.labels, [HASH_LABEL]: hash };
  const running = others.reduce((sum, set) => sum + set.spec.replicas, 0);
  return client.create<ReplicaSet>(REPLICA_SETS, {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name: `${name}-${hash}`,
      namespace,
      labels,
      annotations: { [REVISION]: String(nextRevision(others)) },
      ownerReferences: [controllerReference(deployment, 'apps/v1', 'Deployment')],
    },
    spec: {
      replicas: running > 0 ? 0 : strategy.type === 'Recreate' ? 0 : replicas,
      ...(minReadySeconds !== undefined && { minReadySeconds }),
      selector: { ...selector, matchLabels: { ...selector.matchLabels, [HASH_LABEL]: hash } },
      template: { ...template, metadata: { ...template.metadata, labels } },
    },
  });
}

const revisionOf = ({ metadata }: ReplicaSet): number => Number(metadata?.annotations?.[REVISION] ?? 0);

const nextRevision = (sets: ReplicaSet[]): number => Math.max(0, ...sets.map(revisionOf)) + 1;

/** A template that comes back gets the newest revision; the Deployment shows the revision that it is at. */
async function markRevision(
  client: KubernetesClient,
  deployment: Deployment,
  current: ReplicaSet,
  others: ReplicaSet[],
): Promise<void> {
  const revision = String(Math.max(revisionOf(current), nextRevision(others)));
  if (revisionOf(current) !== Number(revision)) {
    const body = { metadata: { annotations: { [REVISION]: revision } } };
    await client.patch(REPLICA_SETS, nameOf(current), { type: 'merge', body });
  }
  if (deployment.metadata?.annotations?.[REVISION] !== revision) {
    const body = { metadata: { annotations: { [REVISION]: revision } } };
    await client.patch(DEPLOYMENTS, nameOf(deployment), { type: 'merge', body });
  }
}

async function rollOut(
  context: ControllerContext,
  deployment: Deployment,
  current: ReplicaSet | undefined,
  others: ReplicaSet[],
): Promise<number | undefined> {
  const { client } = context;
  const { replicas, strategy, paused } = deployment.spec;
  if (!current) return undefined;
  const old = others.filter((set) => set.spec.replicas > 0);
  if (old.length === 0 && strategy.type !== 'Recreate') {
    await scaleTo(client, current, replicas);
    return undefined;
  }
  if (paused) return undefined;
  if (strategy.type === 'Recreate') {
    for (const set of old) await scaleTo(client, set, 0);
    if (await hasPods(client, others)) return RECREATE_POLL;
    await scaleTo(client, current, replicas);
    return undefined;
  }
  const surge = bound(strategy.rollingUpdate?.maxSurge, replicas, Math.ceil);
  const asked = bound(strategy.rollingUpdate?.maxUnavailable, replicas, Math.floor);
  const unavailable = surge === 0 && asked === 0 ? 1 : asked;
  const total = [current, ...old].reduce((sum, set) => sum + set.spec.replicas, 0);
  const room = Math.max(replicas + surge - total, 0);
  const target =
    current.spec.replicas > replicas ? replicas : Math.min(current.spec.replicas + room, replicas);
  await scaleTo(client, current, target);
  await shrinkOld(client, current, old, replicas - unavailable);
  return undefined;
}

const RECREATE_POLL = 250;

/** Takes from the old sets what is not needed: first pods that serve nobody, then as many as the new set makes up for. */
async function shrinkOld(
  client: KubernetesClient,
  current: ReplicaSet,
  old: ReplicaSet[],
  minimumAvailable: number,
): Promise<void> {
  const available = (set: ReplicaSet): number => set.status?.availableReplicas ?? 0;
  const sizes = new Map(old.map((set) => [set, set.spec.replicas]));
  let spare = [current, ...old].reduce((sum, set) => sum + available(set), 0) - minimumAvailable;
  for (const set of old) {
    const size = set.spec.replicas;
    const idle = Math.max(size - available(set), 0);
    const serving = Math.min(size - idle, Math.max(spare, 0));
    spare -= serving;
    sizes.set(set, size - idle - serving);
  }
  for (const [set, size] of sizes) await scaleTo(client, set, size);
}

async function hasPods(client: KubernetesClient, sets: ReplicaSet[]): Promise<boolean> {
  const pods = await Promise.all(sets.map((set) => ownedBy<Pod>(client, PODS, set)));
  return pods.some((owned) =>
    owned.some(({ status }) => status?.phase !== 'Succeeded' && status?.phase !== 'Failed'),
  );
}

async function scaleTo(client: KubernetesClient, set: ReplicaSet, replicas: number): Promise<void> {
  if (set.spec.replicas === replicas) return;
  await client.patch(REPLICA_SETS, nameOf(set), { type: 'merge', body: { spec: { replicas } } });
}

/** A number, or a share of the replicas. */
function bound(
  value: number | string | undefined,
  replicas: number,
  round: (share: number) => number,
): number {
  if (typeof value === 'string' && value.endsWith('%'))
    return round((Number(value.slice(0, -1)) * replicas) / 100);
  return Number(value ?? 0);
}

async function removeHistory(
  client: KubernetesClient,
  deployment: Deployment,
  others: ReplicaSet[],
): Promise<void> {
  const empty = others.filter((set) => set.spec.replicas === 0 && (set.status?.replicas ?? 0) === 0);
  const surplus = empty.length - (deployment.spec.revisionHistoryLimit ?? 10);
  const oldest = empty.toSorted((a, b) => revisionOf(a) - revisionOf(b));
  for (const set of oldest.slice(0, Math.max(surplus, 0))) await deleteThis(client, REPLICA_SETS, set);
}

async function writeDeploymentStatus({ client, clock }: ControllerContext, read: Deployment): Promise<void> {
  const deployment = await find<Deployment>(client, DEPLOYMENTS, nameOf(read));
  if (!deployment) return;
  const sets = await ownedBy<ReplicaSet>(client, REPLICA_SETS, deployment);
  const current = sets.find((set) => sameTemplate(set.spec.template, read.spec.template));
  const sum = (field: 'replicas' | 'readyReplicas' | 'availableReplicas') =>
    sets.reduce((total, set) => total + (set.status?.[field] ?? 0), 0);
  const wanted = read.spec.replicas;
  const updated = current?.status?.replicas ?? 0;
  const [replicas, ready, available] = [sum('replicas'), sum('readyReplicas'), sum('availableReplicas')];
  const surgeless = bound(read.spec.strategy.rollingUpdate?.maxUnavailable, wanted, Math.floor);
  const enough = available >= wanted - (read.spec.strategy.type === 'RollingUpdate' ? surgeless : 0);
  const complete = updated === wanted && replicas === wanted && available === wanted;
  const now = clock
    .now()
    .toISOString()
    .replace(/\.\d+Z$/, 'Z');
  const condition = (type: string, holds: boolean, reason: string, message: string): Condition => {
    const status = holds ? 'True' : 'False';
    const before = deployment.status?.conditions?.find((item) => item.type === type);
    if (before?.status === status && before.reason === reason) return before;
    const lastTransitionTime = before?.status === status ? (before.lastTransitionTime ?? now) : now;
    return { type, status, reason, message, lastUpdateTime: now, lastTransitionTime };
  };
  const set = `ReplicaSet "${current?.metadata?.name ?? ''}"`;
  await writeStatus(client, DEPLOYMENTS, deployment, {
    observedGeneration: read.metadata?.generation ?? 0,
    ...(replicas > 0 && { replicas }),
    ...(updated > 0 && { updatedReplicas: updated }),
    ...(ready > 0 && { readyReplicas: ready }),
    ...(available > 0 && { availableReplicas: available }),
    ...(Math.max(wanted, replicas) > available && {
      unavailableReplicas: Math.max(wanted, replicas) - available,
    }),
    conditions: [
      enough
        ? condition('Available', true, 'MinimumReplicasAvailable', 'Deployment has minimum availability.')
        : condition(
            'Available',
            false,
            'MinimumReplicasUnavailable',
            'Deployment does not have minimum availability.',
          ),
      complete
        ? condition('Progressing', true, 'NewReplicaSetAvailable', `${set} has successfully progressed.`)
        : condition('Progressing', true, 'ReplicaSetUpdated', `${set} is progressing.`),
    ],
  });
}
