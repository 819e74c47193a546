import type { KubernetesObject } from '../../kubernetes/objects.ts';
import { NODES, PERSISTENT_VOLUMES, PERSISTENT_VOLUME_CLAIMS, PODS } from '../../kubernetes/resources.ts';
import { keyOf } from './controller.ts';
import type { Controller, ControllerContext, Key } from './controller.ts';
import { nameOf } from './kinds.ts';
import type { Condition, Node, Pod } from './kinds.ts';
import { misfitsOf } from './node-fit.ts';
import type { Misfit } from './node-fit.ts';
import { find, writeStatus } from './pod-set.ts';
import { readPodClaims, selectNode } from './pod-claims.ts';
import { timestamp } from './timestamp.ts';

const COMPONENT = 'default-scheduler';

/** Gives every pod a node that fits, or says on the pod why none does. */
export const scheduler: Controller = {
  name: 'scheduler',
  triggers: [
    {
      type: PODS,
      keys: ({ type, object, before }, context) =>
        isUnplaced(object) && type !== 'DELETED'
          ? [keyOf(object)]
          : // A pod that ends makes room.
            type === 'DELETED' || hasEnded(object, before)
            ? waiting(context)
            : [],
    },
    { type: NODES, keys: (_event, context) => waiting(context) },
    {
      type: PERSISTENT_VOLUME_CLAIMS,
      keys: ({ object }, context) => waiting(context, object.metadata?.namespace),
    },
    { type: PERSISTENT_VOLUMES, keys: (_event, context) => waiting(context) },
  ],
  async reconcile(subject, context) {
    const pod = await find<Pod>(context, PODS, subject);
    if (pod && isUnplaced(pod)) await place(context, pod);
    return undefined;
  },
};

/** What may be placed now that could not be before. */
async function waiting({ informers }: ControllerContext, namespace?: string): Promise<Key[]> {
  return (await informers.of<Pod>(PODS)).list(namespace).filter(isUnplaced).map(keyOf);
}

const isUnplaced = (object: KubernetesObject): boolean => {
  const { spec, metadata } = object as Pod;
  const ours = spec?.schedulerName === undefined || spec.schedulerName === COMPONENT;
  return ours && !spec?.nodeName && !metadata?.deletionTimestamp;
};

const hasEnded = (pod: Pod, before: Pod | undefined): boolean => {
  const phase = pod.status?.phase;
  return phase !== before?.status?.phase && (phase === 'Succeeded' || phase === 'Failed');
};

async function place(context: ControllerContext, pod: Pod): Promise<void> {
  const gates = pod.spec?.schedulingGates ?? [];
  if (gates.length > 0) {
    const message = 'Scheduling is blocked due to non-empty scheduling gates';
    await writeCondition(context, pod, 'SchedulingGated', message);
    return;
  }
  const nodes = (await context.informers.of<Node>(NODES)).list();
  if (nodes.length === 0) {
    await markUnschedulable(context, pod, 'no nodes available to schedule pods');
    return;
  }
  const claims = await readPodClaims(context, pod);
  if (claims.obstacle !== undefined) {
    await markUnschedulable(
      context,
      pod,
      `0/${nodes.length} nodes are available: ${claims.obstacle}. not found`,
    );
    return;
  }
  const placed = (await context.informers.of<Pod>(PODS)).list().filter(({ spec }) => spec?.nodeName);
  const misfits = new Map<Node, Misfit[]>();
  const fitting: Node[] = [];
  for (const node of nodes) {
    const found = misfitsOf(node, pod, { placed, nodes, claims });
    if (found.length === 0) fitting.push(node);
    else misfits.set(node, found);
  }
  const chosen = leastLoaded(fitting, placed);
  if (!chosen) {
    await markUnschedulable(context, pod, describe([...misfits.values()]));
    return;
  }
  const node = nameOf(chosen).name;
  // Claims that wait for their first consumer learn the node; the pod follows when they are bound.
  if (await selectNode(context, claims.waiting, node)) return;
  await bind(context, pod, node);
}

/** The emptiest node: pods spread over several of them. */
function leastLoaded(nodes: Node[], placed: Pod[]): Node | undefined {
  const load = (node: Node): number =>
    placed.filter(
      ({ spec, status }) =>
        spec?.nodeName === node.metadata?.name && status?.phase !== 'Succeeded' && status?.phase !== 'Failed',
    ).length;
  return nodes.toSorted((a, b) => load(a) - load(b) || (nameOf(a).name < nameOf(b).name ? -1 : 1))[0];
}

async function bind(context: ControllerContext, pod: Pod, node: string): Promise<void> {
  const { namespace, name } = nameOf(pod);
  const binding = {
    apiVersion: 'v1',
    kind: 'Binding',
    metadata: { name, namespace, uid: pod.metadata?.uid ?? '' },
    target: { apiVersion: 'v1', kind: 'Node', name: node },
  };
  await context.client.create<KubernetesObject>(PODS, binding, { subresource: 'binding' });
  await context.events(PODS, pod, {
    type: 'Normal',
    reason: 'Scheduled',
    message: `Successfully assigned ${namespace}/${name} to ${node}`,
    component: COMPONENT,
    action: 'Binding',
  });
}

/** Every reason with the number of nodes that give it, then what preemption would do. */
function describe(nodes: Misfit[][]): string {
  const counts = new Map<string, number>();
  for (const misfits of nodes)
    for (const { reason } of misfits) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  const reasons = [...counts].map(([reason, count]) => `${count} ${reason}`).toSorted();
  const total = `0/${nodes.length} nodes are available:`;
  const hopeless = nodes.filter((misfits) => !misfits.every(({ resolvable }) => resolvable)).length;
  const preemption = [
    ...(nodes.length > hopeless
      ? [`${nodes.length - hopeless} No preemption victims found for incoming pod`]
      : []),
    ...(hopeless > 0 ? [`${hopeless} Preemption is not helpful for scheduling`] : []),
  ];
  return `${total} ${reasons.join(', ')}. no new claims to deallocate, preemption: ${total} ${preemption.toSorted().join(', ')}.`;
}

async function markUnschedulable(context: ControllerContext, pod: Pod, message: string): Promise<void> {
  if (!(await writeCondition(context, pod, 'Unschedulable', message))) return;
  await context.events(PODS, pod, {
    type: 'Warning',
    reason: 'FailedScheduling',
    message,
    component: COMPONENT,
    action: 'Scheduling',
  });
}

/** False where the pod says so already. */
async function writeCondition(
  { client, clock }: ControllerContext,
  pod: Pod,
  reason: string,
  message: string,
): Promise<boolean> {
  const before = pod.status?.conditions?.find(({ type }) => type === 'PodScheduled');
  if (before?.status === 'False' && before.reason === reason && before.message === message) return false;
  const condition: Condition & { observedGeneration?: number } = {
    type: 'PodScheduled',
    status: 'False',
    observedGeneration: pod.metadata?.generation,
    reason,
    message,
    lastProbeTime: null,
    lastTransitionTime:
      before?.status === 'False' && before.lastTransitionTime !== undefined
        ? before.lastTransitionTime
        : timestamp(clock.now()),
  };
  const others = (pod.status?.conditions ?? []).filter(({ type }) => type !== 'PodScheduled');
  await writeStatus(client, PODS, pod, { ...pod.status, conditions: [...others, condition] });
  return true;
}
