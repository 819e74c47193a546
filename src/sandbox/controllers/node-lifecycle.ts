import { NODES, PODS } from '../../kubernetes/resources.ts';
import { keyOf, ownKey } from './controller.ts';
import type { Controller, ControllerContext } from './controller.ts';
import { nameOf } from './kinds.ts';
import type { Condition, Node, Pod, Taint } from './kinds.ts';
import { tolerates } from './node-fit.ts';
import { deleteThis, find, isFinished, writeStatus } from './pod-set.ts';
import { canonical } from './template-hash.ts';
import { timestamp } from './timestamp.ts';

const UNSCHEDULABLE = 'node.kubernetes.io/unschedulable';
const NOT_READY = 'node.kubernetes.io/not-ready';

/** Shows by a taint that a node is cordoned, and takes away the one of a new node that has become ready. */
export const nodeLifecycleController: Controller = {
  name: 'node-lifecycle',
  triggers: [{ type: NODES, keys: ownKey }],
  async reconcile({ name }, { client, informers, clock }) {
    const node = (await informers.of<Node>(NODES)).get({ name });
    if (!node || node.metadata?.deletionTimestamp) return undefined;
    const before = node.spec?.taints ?? [];
    const ready = node.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True');
    const others = before.filter(
      ({ key, effect }) => key !== UNSCHEDULABLE && !(ready && key === NOT_READY && effect === 'NoSchedule'),
    );
    const known = before.find(({ key }) => key === UNSCHEDULABLE);
    const taint: Taint = known ?? {
      key: UNSCHEDULABLE,
      effect: 'NoSchedule',
      timeAdded: timestamp(clock.now()),
    };
    const taints = node.spec?.unschedulable ? [...others, taint] : others;
    if (canonical(taints) === canonical(before)) return undefined;
    const body = { metadata: { resourceVersion: node.metadata?.resourceVersion }, spec: { taints } };
    await client.patch(NODES, { name }, { type: 'merge', body });
    return undefined;
  },
};

/** Drives pods out of nodes whose NoExecute taints they do not bear, or bear only for a time. */
export const taintEvictionController: Controller = {
  name: 'taint-eviction',
  triggers: [
    { type: PODS, keys: ownKey },
    {
      type: NODES,
      keys: async ({ object }, { informers }) =>
        (await informers.of<Pod>(PODS))
          .list()
          .filter(({ spec }) => spec?.nodeName === object.metadata?.name)
          .map(keyOf),
    },
  ],
  async reconcile(subject, context) {
    const pod = await find<Pod>(context, PODS, subject);
    if (!pod?.spec?.nodeName || pod.metadata?.deletionTimestamp || isFinished(pod)) return undefined;
    const node = await find<Node>(context, NODES, { name: pod.spec.nodeName });
    const taints = (node?.spec?.taints ?? []).filter(({ effect }) => effect === 'NoExecute');
    if (taints.length === 0) return undefined;
    if (taints.some((taint) => !tolerates(pod, taint))) {
      await evict(context, pod);
      return undefined;
    }
    const due = Math.min(...taints.map((taint) => toleratedUntil(pod, taint)));
    const wait = due - context.clock.now().getTime();
    if (wait > 0) return Number.isFinite(wait) ? wait : undefined;
    await evict(context, pod);
    return undefined;
  },
};

function toleratedUntil({ spec }: Pod, taint: Taint): number {
  const seconds = (spec?.tolerations ?? [])
    .filter((toleration) => tolerates({ spec: { tolerations: [toleration] } }, taint))
    .map(({ tolerationSeconds }) => tolerationSeconds ?? Infinity);
  return Date.parse(taint.timeAdded ?? '') + Math.max(0, Math.min(...seconds)) * 1000;
}

async function evict({ client, clock, events }: ControllerContext, pod: Pod): Promise<void> {
  const { namespace, name } = nameOf(pod);
  const condition: Condition = {
    type: 'DisruptionTarget',
    status: 'True',
    reason: 'DeletionByTaintManager',
    message: 'Taint manager: deleting due to NoExecute taint',
    lastTransitionTime: timestamp(clock.now()),
  };
  await events(PODS, pod, {
    type: 'Normal',
    reason: 'TaintManagerEviction',
    message: `Marking for deletion Pod ${namespace}/${name}`,
    component: 'taint-eviction-controller',
  });
  const others = (pod.status?.conditions ?? []).filter(({ type }) => type !== condition.type);
  const marked = await writeStatus(client, PODS, pod, { ...pod.status, conditions: [...others, condition] });
  await deleteThis(client, PODS, marked, {});
}
