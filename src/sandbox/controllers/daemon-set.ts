import { NODES, PODS } from '../../kubernetes/resources.ts';
import { controllerKeys, keyOf, ownKey } from './controller.ts';
import type { Controller, ControllerContext } from './controller.ts';
import { hashOf, REVISION_LABEL, removeOldRevisions, syncRevisions } from './controller-revision.ts';
import { daemonPodSpec, nodeOf, shouldContinue, shouldRun } from './daemon-pods.ts';
import { nameOf } from './kinds.ts';
import type { DaemonSet, Node, Pod } from './kinds.ts';
import {
  claimOwned,
  createOwnedPod,
  deleteOwnedPod,
  find,
  hasReadyCondition,
  isAvailable,
  isFinished,
  nextAvailable,
  writeStatus,
} from './pod-set.ts';
import { DAEMON_SETS } from './resource-types.ts';
import { shareOf } from './share.ts';

/** Runs one pod of a template on every node that fits it. */
export const daemonSetController: Controller = {
  name: 'daemonsets',
  triggers: [
    { type: DAEMON_SETS, keys: ownKey },
    { type: PODS, keys: controllerKeys('DaemonSet') },
    {
      type: NODES,
      keys: async (_event, { informers }) => (await informers.of(DAEMON_SETS)).list().map(keyOf),
    },
  ],
  async reconcile(subject, context) {
    const set = await find<DaemonSet>(context, DAEMON_SETS, subject);
    if (!set) return undefined;
    const revisions = await syncRevisions(context, set, DAEMON_SETS);
    const latest = revisions.at(-1);
    if (!latest) return undefined;
    const hash = hashOf(latest);
    const nodes = (await context.informers.of<Node>(NODES)).list();
    const own = (): Promise<Pod[]> => claimOwned<Pod>(context, PODS, set, DAEMON_SETS);
    if (!set.metadata?.deletionTimestamp) {
      const changed = await matchNodes(context, set, hash, nodes, await own());
      if (!changed && set.spec.updateStrategy?.type !== 'OnDelete') {
        await replaceOutdated(context, set, hash, nodes, await own());
      }
    }
    const pods = await own();
    await writeDaemonStatus(context, set, hash, nodes, pods);
    const live = new Set([hash, ...pods.map(hashLabel)]);
    await removeOldRevisions(context, set, revisions, (revision) => live.has(hashOf(revision)));
    return nextAvailable(pods, set.spec.minReadySeconds, context.clock);
  },
};

const hashLabel = ({ metadata }: Pod): string => metadata?.labels?.[REVISION_LABEL] ?? '';

const isLive = (pod: Pod): boolean => !pod.metadata?.deletionTimestamp;

/** A pod on each node that lacks one, none where none belongs, and none that has ended. True when something was done. */
async function matchNodes(
  context: ControllerContext,
  set: DaemonSet,
  hash: string,
  nodes: Node[],
  pods: Pod[],
): Promise<boolean> {
  let changed = false;
  const known = new Set(nodes.map((node) => nameOf(node).name));
  for (const pod of pods.filter(isLive)) {
    if (!isFinished(pod)) continue;
    const failed = pod.status?.phase === 'Failed';
    const where = `${nameOf(pod).namespace}/${nameOf(pod).name} on node ${nodeOf(pod) ?? ''}`;
    await context.events(DAEMON_SETS, set, {
      type: failed ? 'Warning' : 'Normal',
      reason: failed ? 'FailedDaemonPod' : 'SucceededDaemonPod',
      message: failed
        ? `Found failed daemon pod ${where}, will try to kill it`
        : `Found succeeded daemon pod ${where}, will try to delete it`,
      component: 'daemonset-controller',
    });
    await deleteOwnedPod(context, set, DAEMON_SETS, pod);
    changed = true;
  }
  for (const node of nodes) {
    const here = pods.filter((pod) => nodeOf(pod) === nameOf(node).name && !isFinished(pod));
    const live = here.filter(isLive);
    if (shouldRun(node, set) && here.length === 0) {
      await createDaemonPod(context, set, hash, node);
      changed = true;
    } else if (!shouldContinue(node, set)) {
      for (const pod of live) await deleteOwnedPod(context, set, DAEMON_SETS, pod);
      changed ||= live.length > 0;
    } else {
      changed = (await removeDoubles(context, set, hash, live)) || changed;
    }
  }
  for (const pod of pods.filter(isLive)) {
    const node = nodeOf(pod);
    if (node === undefined || known.has(node)) continue;
    await deleteOwnedPod(context, set, DAEMON_SETS, pod);
    changed = true;
  }
  return changed;
}

/** One old and one new pod may share a node while it is updated; of each the oldest stays. */
async function removeDoubles(
  context: ControllerContext,
  set: DaemonSet,
  hash: string,
  live: Pod[],
): Promise<boolean> {
  const age = ({ metadata }: Pod): string => metadata?.creationTimestamp ?? '';
  const groups = [true, false].map((updated) =>
    live
      .filter((pod) => (hashLabel(pod) === hash) === updated)
      .toSorted((a, b) => (age(a) < age(b) ? -1 : 1)),
  );
  const surplus = groups.flatMap((group) => group.slice(1));
  for (const pod of surplus) await deleteOwnedPod(context, set, DAEMON_SETS, pod);
  return surplus.length > 0;
}

async function createDaemonPod(
  context: ControllerContext,
  set: DaemonSet,
  hash: string,
  node: Node,
): Promise<void> {
  const { metadata } = set.spec.template;
  await createOwnedPod(context, set, DAEMON_SETS, {
    metadata: {
      generateName: `${nameOf(set).name}-`,
      labels: {
        ...metadata?.labels,
        [REVISION_LABEL]: hash,
        'pod-template-generation': templateGeneration(set),
      },
      annotations: metadata?.annotations,
      finalizers: metadata?.finalizers,
    },
    spec: daemonPodSpec(set.spec.template.spec, nameOf(node).name),
  });
}

const templateGeneration = ({ metadata }: DaemonSet): string =>
  metadata?.annotations?.['deprecated.daemonset.template.generation'] ?? String(metadata?.generation ?? 1);

/** Replaces old pods: as many at once as may be missing, or, where more than one per node are allowed, the new one first. */
async function replaceOutdated(
  context: ControllerContext,
  set: DaemonSet,
  hash: string,
  nodes: Node[],
  pods: Pod[],
): Promise<void> {
  const desired = nodes.filter((node) => shouldRun(node, set));
  const { maxUnavailable = 1, maxSurge = 0 } = set.spec.updateStrategy?.rollingUpdate ?? {};
  const surge = shareOf(maxSurge, desired.length, Math.ceil);
  const allowed = shareOf(maxUnavailable, desired.length, Math.ceil);
  const available = (pod: Pod): boolean => isAvailable(pod, set.spec.minReadySeconds, context.clock);
  const states = desired.map((node) => {
    const live = pods.filter((pod) => nodeOf(pod) === nameOf(node).name && isLive(pod) && !isFinished(pod));
    return {
      node,
      fresh: live.find((pod) => hashLabel(pod) === hash),
      old: live.find((pod) => hashLabel(pod) !== hash),
    };
  });
  if (surge === 0) {
    const missing = states.filter(({ fresh, old }) => !(fresh ?? old) || (fresh && !available(fresh)));
    const broken = states.flatMap(({ fresh, old }) => (!fresh && old && !available(old) ? [old] : []));
    const sound = states.flatMap(({ fresh, old }) => (!fresh && old && available(old) ? [old] : []));
    const room = Math.max(allowed - missing.length - broken.length, 0);
    for (const pod of [...broken, ...sound.slice(0, room)])
      await deleteOwnedPod(context, set, DAEMON_SETS, pod);
    return;
  }
  for (const { fresh, old } of states)
    if (fresh && old && available(fresh)) await deleteOwnedPod(context, set, DAEMON_SETS, old);
  const surging = states.filter(({ fresh, old }) => fresh && old && !available(fresh)).length;
  const candidates = states.filter(({ fresh, old }) => old && !fresh);
  const urgent = candidates.filter(({ old }) => old && !available(old));
  const others = candidates.filter((state) => !urgent.includes(state));
  for (const { node } of [...urgent, ...others.slice(0, Math.max(surge - surging, 0))])
    await createDaemonPod(context, set, hash, node);
}

async function writeDaemonStatus(
  context: ControllerContext,
  read: DaemonSet,
  hash: string,
  nodes: Node[],
  pods: Pod[],
): Promise<void> {
  const { client, clock } = context;
  const set = await find<DaemonSet>(context, DAEMON_SETS, nameOf(read));
  if (!set) return;
  const counts = { desired: 0, current: 0, misplaced: 0, ready: 0, available: 0, updated: 0 };
  for (const node of nodes) {
    const here = pods.filter((pod) => nodeOf(pod) === nameOf(node).name);
    if (!shouldRun(node, read)) {
      if (here.length > 0) counts.misplaced += 1;
      continue;
    }
    counts.desired += 1;
    const age = ({ metadata }: Pod): string => metadata?.creationTimestamp ?? '';
    const [first] = here.toSorted((a, b) => (age(a) < age(b) ? -1 : 1));
    if (!first) continue;
    counts.current += 1;
    if (here.some((pod) => hasReadyCondition(pod) && isLive(pod))) counts.ready += 1;
    if (here.some((pod) => isAvailable(pod, read.spec.minReadySeconds, clock))) counts.available += 1;
    if (here.some((pod) => hashLabel(pod) === hash)) counts.updated += 1;
  }
  const unavailable = counts.desired - counts.available;
  await writeStatus(client, DAEMON_SETS, set, {
    currentNumberScheduled: counts.current,
    numberMisscheduled: counts.misplaced,
    desiredNumberScheduled: counts.desired,
    numberReady: counts.ready,
    observedGeneration: read.metadata?.generation ?? 0,
    ...(counts.updated > 0 && { updatedNumberScheduled: counts.updated }),
    ...(counts.available > 0 && { numberAvailable: counts.available }),
    ...(unavailable > 0 && { numberUnavailable: unavailable }),
  });
}
