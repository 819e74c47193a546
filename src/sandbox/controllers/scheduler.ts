import { NODES, PERSISTENT_VOLUME_CLAIMS, PODS } from '../../kubernetes/resources.ts';
import type { KubernetesObject } from '../../kubernetes/objects.ts';
import type { KubernetesClient } from '../../kubernetes/client.ts';
import { keyOf } from './controller.ts';
import type { Controller, ControllerContext, Key } from './controller.ts';
import { conditionHolds, nameOf } from './kinds.ts';
import type { Claim, Condition, Node, Pod } from './kinds.ts';
import { find, writeStatus } from './pod-set.ts';
import { recordEvent } from './record-event.ts';

const KIND = { apiVersion: 'v1', kind: 'Pod' };
const COMPONENT = 'default-scheduler';

/** Gives every pod a node that fits, or says on the pod why none does. */
export function scheduler(client: KubernetesClient): Controller {
  /** What may let pods be placed that could not be before. */
  const waiting = async (namespace: string | undefined): Promise<Key[]> => {
    const { items } = await client.list<Pod>(PODS, {
      fieldSelector: 'spec.nodeName=',
      ...(namespace !== undefined && { namespace }),
    });
    return items.map(keyOf);
  };
  return {
    name: 'scheduler',
    triggers: [
      { type: PODS, keys: (object) => (isUnplaced(object) ? [keyOf(object)] : []) },
      { type: NODES, keys: () => waiting(undefined) },
      { type: PERSISTENT_VOLUME_CLAIMS, keys: ({ metadata }) => waiting(metadata?.namespace) },
    ],
    async reconcile(subject, context) {
      const pod = await find<Pod>(context.client, PODS, subject);
      if (pod && isUnplaced(pod)) await place(context, pod);
      return undefined;
    },
  };
}

const isUnplaced = (object: KubernetesObject): boolean => {
  const { spec, metadata } = object as Pod;
  return !spec?.nodeName && !metadata?.deletionTimestamp;
};

async function place(context: ControllerContext, pod: Pod): Promise<void> {
  const { client } = context;
  const obstacle = await claimObstacle(client, pod);
  if (obstacle !== undefined) {
    await markUnschedulable(context, pod, obstacle);
    return;
  }
  const { items: nodes } = await client.list<Node>(NODES);
  const misfits = nodes.map((node) => ({ node, why: misfit(node, pod) }));
  const fitting = misfits.find(({ why }) => why === undefined)?.node;
  if (!fitting) {
    await markUnschedulable(context, pod, describe(misfits.map(({ why }) => why ?? '')));
    return;
  }
  const { namespace, name } = nameOf(pod);
  const node = fitting.metadata?.name ?? '';
  const binding = {
    apiVersion: 'v1',
    kind: 'Binding',
    metadata: { name, namespace },
    target: { apiVersion: 'v1', kind: 'Node', name: node },
  };
  await client.create<KubernetesObject>(PODS, binding, { subresource: 'binding' });
  await recordEvent(context, pod, KIND, {
    type: 'Normal',
    reason: 'Scheduled',
    message: `Successfully assigned ${namespace}/${name} to ${node}`,
    component: COMPONENT,
  });
}

function misfit(node: Node, pod: Pod): string | undefined {
  if (node.spec?.unschedulable) return 'were unschedulable';
  if (!conditionHolds(node.status?.conditions, 'Ready'))
    return 'had untolerated taint {node.kubernetes.io/not-ready: }';
  const labels = node.metadata?.labels ?? {};
  const fits = Object.entries(pod.spec?.nodeSelector ?? {}).every(([key, value]) => labels[key] === value);
  return fits ? undefined : "didn't match Pod's node affinity/selector";
}

function describe(reasons: string[]): string {
  if (reasons.length === 0) return 'no nodes available to schedule pods';
  const counts = new Map<string, number>();
  for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  const parts = [...counts].map(([reason, count]) => `${count} node(s) ${reason}`);
  return `0/${reasons.length} nodes are available: ${parts.join(', ')}. preemption: 0/${reasons.length} nodes are available: ${reasons.length} Preemption is not helpful for scheduling.`;
}

async function claimObstacle(client: KubernetesClient, pod: Pod): Promise<string | undefined> {
  const { namespace } = nameOf(pod);
  for (const { persistentVolumeClaim } of pod.spec?.volumes ?? []) {
    if (!persistentVolumeClaim) continue;
    const name = persistentVolumeClaim.claimName;
    const claim = await find<Claim>(client, PERSISTENT_VOLUME_CLAIMS, { namespace, name });
    if (!claim) return `0/1 nodes are available: persistentvolumeclaim "${name}" not found. not found`;
    if (claim.metadata?.deletionTimestamp) {
      return `0/1 nodes are available: persistentvolumeclaim "${name}" is being deleted.`;
    }
    if (claim.status?.phase !== 'Bound') {
      return '0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims. not found';
    }
  }
  return undefined;
}

async function markUnschedulable(context: ControllerContext, pod: Pod, message: string): Promise<void> {
  const before = pod.status?.conditions?.find(({ type }) => type === 'PodScheduled');
  if (before?.status === 'False' && before.message === message) return;
  const condition: Condition = {
    type: 'PodScheduled',
    status: 'False',
    reason: 'Unschedulable',
    message,
    lastProbeTime: null,
    lastTransitionTime: context.clock
      .now()
      .toISOString()
      .replace(/\.\d+Z$/, 'Z'),
  };
  const others = (pod.status?.conditions ?? []).filter(({ type }) => type !== 'PodScheduled');
  await writeStatus(context.client, PODS, pod, { ...pod.status, conditions: [...others, condition] });
  await recordEvent(context, pod, KIND, {
    type: 'Warning',
    reason: 'FailedScheduling',
    message,
    component: COMPONENT,
  });
}
