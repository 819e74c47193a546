import { isAlreadyExists } from '../../kubernetes/api-error.ts';
import { DEPLOYMENTS, REPLICA_SETS } from '../../kubernetes/resources.ts';
import type { ControllerContext } from './controller.ts';
import { DESIRED, MAXIMUM, surgeOf } from './deployment-bounds.ts';
import { controllerOf, controllerReference, nameOf } from './kinds.ts';
import type { Deployment, PodTemplate, ReplicaSet } from './kinds.ts';
import { find, writeStatus } from './pod-set.ts';
import { canonical, templateHash } from './template-hash.ts';

const REVISION = 'deployment.kubernetes.io/revision';
const HISTORY = 'deployment.kubernetes.io/revision-history';
const HASH_LABEL = 'pod-template-hash';

/** Annotations of a Deployment that its sets do not take over. */
const OWN = new Set([
  'kubectl.kubernetes.io/last-applied-configuration',
  REVISION,
  HISTORY,
  DESIRED,
  MAXIMUM,
  'deprecated.deployment.rollback.to',
]);

export const revisionOf = ({ metadata }: ReplicaSet): number =>
  Number(metadata?.annotations?.[REVISION] ?? 0);

/** The set of the Deployment's template; of several equal ones the oldest. */
export const findNewReplicaSet = ({ spec }: Deployment, sets: ReplicaSet[]): ReplicaSet | undefined =>
  sets.find((set) => withoutHash(set.spec.template) === withoutHash(spec.template));

function withoutHash(template: PodTemplate): string {
  const { [HASH_LABEL]: _hash, ...labels } = template.metadata?.labels ?? {};
  return canonical({ ...template, metadata: { ...template.metadata, labels } });
}

/**
 * Brings the set of the Deployment's template up to date: it has the highest revision (a template that comes back gets a new one) and the
 * Deployment's annotations. Makes it where it is missing and `createWhen` says so.
 */
export async function newReplicaSet(
  context: ControllerContext,
  deployment: Deployment,
  sets: ReplicaSet[],
  options: { createWhen?(): Promise<boolean> } = {},
): Promise<void> {
  const { client } = context;
  const existing = findNewReplicaSet(deployment, sets);
  const revision = Math.max(0, ...sets.filter((set) => set !== existing).map(revisionOf)) + 1;
  if (!existing) {
    if (!(await options.createWhen?.())) return;
    await create(context, deployment, sets, revision);
    return;
  }
  const annotations = inherited(deployment, existing, revision);
  const { minReadySeconds } = deployment.spec;
  const changed =
    canonical(annotations) !== canonical(existing.metadata?.annotations) ||
    (existing.spec.minReadySeconds ?? 0) !== (minReadySeconds ?? 0);
  if (changed) {
    const body = { metadata: { annotations }, spec: { minReadySeconds: minReadySeconds ?? 0 } };
    await client.patch(REPLICA_SETS, nameOf(existing), { type: 'merge', body });
  }
  await showRevision(context, deployment, annotations[REVISION] ?? String(revision));
}

function inherited(deployment: Deployment, set: ReplicaSet, revision: number): Record<string, string> {
  const own = set.metadata?.annotations ?? {};
  const taken = Object.entries(deployment.metadata?.annotations ?? {}).filter(([key]) => !OWN.has(key));
  const before = revisionOf(set);
  const annotations = { ...own, ...Object.fromEntries(taken) };
  if (before >= revision) return annotations;
  const history = own[HISTORY];
  return {
    ...annotations,
    [REVISION]: String(revision),
    ...(before > 0 && { [HISTORY]: history ? `${history},${before}` : String(before) }),
  };
}

async function showRevision(
  context: ControllerContext,
  deployment: Deployment,
  revision: string,
): Promise<void> {
  if (deployment.metadata?.annotations?.[REVISION] === revision) return;
  const body = { metadata: { annotations: { [REVISION]: revision } } };
  // With the status, as a real controller writes it: one owner has both.
  const subresource = 'status';
  await context.client.patch(DEPLOYMENTS, nameOf(deployment), { type: 'merge', body }, { subresource });
}

async function create(
  context: ControllerContext,
  deployment: Deployment,
  sets: ReplicaSet[],
  revision: number,
): Promise<void> {
  const { client, events } = context;
  const { namespace, name } = nameOf(deployment);
  const { template, selector, minReadySeconds, replicas } = deployment.spec;
  const { collisionCount } = deployment.status ?? {};
  const hash = templateHash(collisionCount === undefined ? template : [template, collisionCount]);
  const labels = { ...template.metadata?.labels, [HASH_LABEL]: hash };
  const size = initialSize(deployment, sets);
  const taken = Object.entries(deployment.metadata?.annotations ?? {}).filter(([key]) => !OWN.has(key));
  const wanted: ReplicaSet = {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name: `${name}-${hash}`,
      namespace,
      labels,
      annotations: {
        ...Object.fromEntries(taken),
        [REVISION]: String(revision),
        [DESIRED]: String(replicas),
        [MAXIMUM]: String(replicas + surgeOf(deployment)),
      },
      ownerReferences: [controllerReference(deployment, DEPLOYMENTS)],
    },
    spec: {
      replicas: size,
      minReadySeconds,
      selector: { ...selector, matchLabels: { ...selector.matchLabels, [HASH_LABEL]: hash } },
      template: { ...template, metadata: { ...template.metadata, labels } },
    },
  };
  try {
    await client.create<ReplicaSet>(REPLICA_SETS, wanted);
  } catch (error) {
    if (!isAlreadyExists(error)) {
      const message = `Failed to create new replica set "${name}-${hash}": ${error instanceof Error ? error.message : String(error)}`;
      const reason = 'ReplicaSetCreateError';
      await events(DEPLOYMENTS, deployment, { type: 'Warning', reason, message, component: COMPONENT });
      throw error;
    }
    const other = await client.get<ReplicaSet>(REPLICA_SETS, { namespace, name: `${name}-${hash}` });
    if (controllerOf(other)?.uid === deployment.metadata?.uid) return;
    // A stranger has the name: the next one is another.
    await writeStatus(client, DEPLOYMENTS, deployment, {
      ...deployment.status,
      collisionCount: (collisionCount ?? 0) + 1,
    });
    throw error;
  }
  if (size > 0) {
    await events(DEPLOYMENTS, deployment, {
      type: 'Normal',
      reason: 'ScalingReplicaSet',
      message: `Scaled up replica set ${name}-${hash} from 0 to ${size}`,
      component: COMPONENT,
    });
  }
  const latest = (await find<Deployment>(context, DEPLOYMENTS, { namespace, name })) ?? deployment;
  await showRevision(context, latest, String(revision));
}

export const COMPONENT = 'deployment-controller';

/** As many as fit beside the old ones. */
function initialSize(deployment: Deployment, sets: ReplicaSet[]): number {
  const { replicas, strategy } = deployment.spec;
  if (strategy.type === 'Recreate') return replicas;
  const current = sets.reduce((sum, set) => sum + set.spec.replicas, 0);
  return Math.min(Math.max(replicas + surgeOf(deployment) - current, 0), replicas);
}
