import { NODES, PODS } from '../../kubernetes/resources.ts';
import { keyOf, ownKey } from './controller.ts';
import type { Controller } from './controller.ts';
import type { Condition, Pod } from './kinds.ts';
import { deleteThis, find, isFinished, writeStatus } from './pod-set.ts';
import { timestamp } from './timestamp.ts';

/** How long a node may be missing before its pods are given up. */
const QUARANTINE = 40_000;

/** Removes pods that no kubelet ends any more: of nodes that are gone, and those that were deleted before they had a node. */
export const podGarbageCollector: Controller = {
  name: 'pod-garbage-collector',
  triggers: [
    { type: PODS, keys: ownKey },
    {
      type: NODES,
      keys: async ({ type, object }, { informers }) =>
        type === 'DELETED'
          ? (await informers.of<Pod>(PODS))
              .list()
              .filter(({ spec }) => spec?.nodeName === object.metadata?.name)
              .map(keyOf)
          : [],
    },
  ],
  async reconcile(subject, context) {
    const pod = await find<Pod>(context, PODS, subject);
    if (!pod) return undefined;
    const force = { gracePeriodSeconds: 0 };
    const node = pod.spec?.nodeName;
    if (!node) {
      if (pod.metadata?.deletionTimestamp) await deleteThis(context.client, PODS, pod, force);
      return undefined;
    }
    if (await find(context, NODES, { name: node })) return undefined;
    const scheduled = pod.status?.conditions?.find(({ type }) => type === 'PodScheduled');
    const since = Date.parse(scheduled?.lastTransitionTime ?? pod.metadata?.creationTimestamp ?? '');
    const wait = since + QUARANTINE - context.clock.now().getTime();
    if (wait > 0) return wait;
    if (!isFinished(pod)) {
      const condition: Condition = {
        type: 'DisruptionTarget',
        status: 'True',
        reason: 'DeletionByPodGC',
        message: 'PodGC: node no longer exists',
        lastTransitionTime: timestamp(context.clock.now()),
      };
      const others = (pod.status?.conditions ?? []).filter(({ type }) => type !== condition.type);
      await writeStatus(context.client, PODS, pod, {
        ...pod.status,
        phase: 'Failed',
        conditions: [...others, condition],
      });
    }
    await deleteThis(context.client, PODS, pod, force);
    return undefined;
  },
};
