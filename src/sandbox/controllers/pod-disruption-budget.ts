import type { KubernetesObject } from '../../kubernetes/objects.ts';
import { PODS } from '../../kubernetes/resources.ts';
import { selectorOf } from '../apiserver/label-selector.ts';
import { keyOf, ownKey } from './controller.ts';
import type { Controller, ControllerContext } from './controller.ts';
import { controllerOf, nameOf } from './kinds.ts';
import type { Condition, LabelSelectorObject, Pod } from './kinds.ts';
import { find, hasReadyCondition, isFinished, writeStatus } from './pod-set.ts';
import { POD_DISRUPTION_BUDGETS } from './resource-types.ts';
import { shareOf } from './share.ts';
import { timestamp } from './timestamp.ts';

export interface PodDisruptionBudget extends KubernetesObject {
  spec?: {
    minAvailable?: number | string;
    maxUnavailable?: number | string;
    selector?: LabelSelectorObject;
    unhealthyPodEvictionPolicy?: string;
  };
  status?: {
    disruptionsAllowed?: number;
    currentHealthy?: number;
    desiredHealthy?: number;
    expectedPods?: number;
    observedGeneration?: number;
    disruptedPods?: Record<string, string>;
    conditions?: (Condition & { observedGeneration?: number })[];
  };
}

/** How long a pod that was to be evicted counts as gone although it is not marked so. */
const DISRUPTION_TIMEOUT = 120_000;

/** Says how many of a budget's pods may be evicted. */
export const podDisruptionBudgetController: Controller = {
  name: 'poddisruptionbudgets',
  triggers: [
    { type: POD_DISRUPTION_BUDGETS, keys: ownKey },
    {
      type: PODS,
      keys: async ({ object, before }, { informers }) =>
        (await informers.of<PodDisruptionBudget>(POD_DISRUPTION_BUDGETS))
          .list(object.metadata?.namespace)
          .filter((budget) => [object, before].some((pod) => pod && covers(budget, pod)))
          .map(keyOf),
    },
  ],
  async reconcile(subject, context) {
    const budget = await find<PodDisruptionBudget>(context, POD_DISRUPTION_BUDGETS, subject);
    if (!budget || budget.metadata?.deletionTimestamp) return undefined;
    const pods = (await context.informers.of<Pod>(PODS))
      .list(subject.namespace)
      .filter((pod) => covers(budget, pod) && !isFinished(pod));
    if (pods.length === 0) {
      const message = 'No matching pods found';
      await context.events(POD_DISRUPTION_BUDGETS, budget, {
        type: 'Normal',
        reason: 'NoPods',
        message,
        component: 'controllermanager',
      });
    }
    return writeBudget(context, budget, pods);
  },
};

const covers = ({ spec }: PodDisruptionBudget, { metadata }: KubernetesObject): boolean =>
  selectorOf(spec?.selector)(metadata?.labels ?? {});

async function writeBudget(
  context: ControllerContext,
  budget: PodDisruptionBudget,
  pods: Pod[],
): Promise<number | undefined> {
  const now = context.clock.now();
  const { minAvailable, maxUnavailable } = budget.spec ?? {};
  const expected = await expectedPods(context, pods);
  const total = maxUnavailable !== undefined || typeof minAvailable === 'string' ? expected : pods.length;
  const desiredHealthy =
    maxUnavailable !== undefined
      ? Math.max(total - shareOf(maxUnavailable, total, Math.ceil), 0)
      : shareOf(minAvailable ?? 1, total, Math.ceil);
  const disruptedPods: Record<string, string> = {};
  for (const [name, since] of Object.entries(budget.status?.disruptedPods ?? {})) {
    const pod = pods.find((candidate) => nameOf(candidate).name === name);
    const fresh = Date.parse(since) + DISRUPTION_TIMEOUT > now.getTime();
    if (pod && !pod.metadata?.deletionTimestamp && fresh) disruptedPods[name] = since;
  }
  const healthy = pods.filter(
    (pod) =>
      !pod.metadata?.deletionTimestamp && !(nameOf(pod).name in disruptedPods) && hasReadyCondition(pod),
  ).length;
  const disruptionsAllowed = total <= 0 ? 0 : Math.max(healthy - desiredHealthy, 0);
  const condition = {
    type: 'DisruptionAllowed',
    status: disruptionsAllowed > 0 ? ('True' as const) : ('False' as const),
    reason: disruptionsAllowed > 0 ? 'SufficientPods' : 'InsufficientPods',
    message: '',
    observedGeneration: budget.metadata?.generation,
  };
  const before = budget.status?.conditions?.find(({ type }) => type === condition.type);
  const lastTransitionTime = before?.status === condition.status ? before.lastTransitionTime : timestamp(now);
  await writeStatus(context.client, POD_DISRUPTION_BUDGETS, budget, {
    observedGeneration: budget.metadata?.generation ?? 0,
    ...(Object.keys(disruptedPods).length > 0 && { disruptedPods }),
    disruptionsAllowed,
    currentHealthy: healthy,
    desiredHealthy,
    expectedPods: total,
    conditions: [{ ...condition, lastTransitionTime }],
  });
  return Object.keys(disruptedPods).length > 0 ? DISRUPTION_TIMEOUT : undefined;
}

interface Scaled extends KubernetesObject {
  spec?: { replicas?: number };
}

/** How many pods there should be: the sizes of the sets that they belong to. */
async function expectedPods(context: ControllerContext, pods: Pod[]): Promise<number> {
  const sizes = new Map<string, number>();
  for (const pod of pods) {
    const owner = await scaledOwner(context, pod);
    if (owner?.metadata?.uid) sizes.set(owner.metadata.uid, owner.spec?.replicas ?? 1);
  }
  return [...sizes.values()].reduce((sum, size) => sum + size, 0);
}

/** A ReplicaSet of a Deployment has the Deployment's size. */
async function scaledOwner(
  context: ControllerContext,
  object: KubernetesObject,
): Promise<Scaled | undefined> {
  const reference = controllerOf(object);
  if (!reference) return undefined;
  const group = reference.apiVersion.includes('/') ? reference.apiVersion.split('/')[0] : '';
  const type = context.types().find((served) => served.kind === reference.kind && served.group === group);
  if (!type) return undefined;
  const owner = await find<Scaled>(context, type, {
    namespace: nameOf(object).namespace,
    name: reference.name,
  });
  if (owner?.metadata?.uid !== reference.uid) return undefined;
  return (await scaledOwner(context, owner)) ?? owner;
}
