import { conformanceCase } from '../conformance-case.ts';
import type { Conversation } from '../conversation.ts';
import {
  clusterWide,
  conditionsOf,
  core,
  eventsOf,
  holds,
  seen,
  sleeper,
  untilEvent,
} from './workload-parts.ts';
import type { Loose, Seen } from './workload-parts.ts';

const pod = (spec: Loose): Loose => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'p' },
  spec: { ...sleeper, ...spec },
});

const untilUnschedulable = async (t: Conversation, spec: Loose): Promise<Seen> => {
  await t.quietly(() => t.post(core(t, 'pods'), pod(spec)));
  return seen(await t.until(`${core(t, 'pods')}/p`, (object) => holds(object, 'PodScheduled', 'False')));
};

conformanceCase('scheduling', 'a pod that no node fits says why', async (t) => {
  const waiting = await untilUnschedulable(t, { nodeSelector: { no: 'where' } });
  t.note('error: conditions', conditionsOf(waiting));
  await untilEvent(t, 'p', 'FailedScheduling');
  t.note('events', await eventsOf(t, 'p'));
});

conformanceCase('scheduling', 'a pod that asks for more than any node has says of what', async (t) => {
  const containers = [
    { name: 'main', image: 'busybox:1.36', resources: { requests: { cpu: '5000', memory: '900Ti' } } },
  ];
  t.note('error: conditions', conditionsOf(await untilUnschedulable(t, { containers })));
});

conformanceCase('scheduling', 'a pod whose claim is missing says so', async (t) => {
  const volumes = [{ name: 'v', persistentVolumeClaim: { claimName: 'none' } }];
  t.note('error: conditions', conditionsOf(await untilUnschedulable(t, { volumes })));
});

conformanceCase('scheduling', 'a pod with gates waits for them to be taken away', async (t) => {
  const gated = await untilUnschedulable(t, { schedulingGates: [{ name: 'example.com/gate' }] });
  t.note('gated', conditionsOf(gated));
  await t.quietly(() => t.patch(`${core(t, 'pods')}/p`, 'merge', { spec: { schedulingGates: null } }));
  await t.until(`${core(t, 'pods')}/p`, (object) => holds(object, 'PodScheduled'));
});

conformanceCase('scheduling', 'a pod has its node, and the event names it', async (t) => {
  await t.quietly(() => t.post(core(t, 'pods'), pod({})));
  const placed = seen(
    await t.until(`${core(t, 'pods')}/p`, ({ spec }) => (spec as Loose).nodeName !== undefined),
  );
  await untilEvent(t, 'p', 'Scheduled');
  const [line = ''] = await eventsOf(t, 'p', /Scheduled/);
  t.note('event', line.replace(String(placed.spec.nodeName), 'NODE'));
});

const node = (name: string, more: Loose): Loose & { metadata: { name: string; labels: Loose } } => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name, labels: { conformance: name } },
  spec: more,
  status: {
    allocatable: { cpu: '1', memory: '1Gi', pods: '10' },
    capacity: { cpu: '1', memory: '1Gi', pods: '10' },
    conditions: [{ type: 'Ready', status: 'True' }],
  },
});

/** A pod that only the case's own node could take. */
const onlyOn = (name: string, more: Loose = {}): Loose => ({ nodeSelector: { conformance: name }, ...more });

conformanceCase('taints', 'a taint keeps pods away that do not tolerate it', async (t) => {
  const name = `node-${t.token}`;
  await clusterWide(
    t,
    '/api/v1/nodes',
    node(name, { taints: [{ key: 'team', value: t.token, effect: 'NoSchedule' }] }),
  );
  const waiting = await untilUnschedulable(t, onlyOn(name));
  const reasons = conditionsOf(waiting)
    .join()
    .match(new RegExp(`\\d node\\(s\\) had untolerated taint \\{team: ${t.token}\\}`));
  t.note('error', reasons?.[0] ?? conditionsOf(waiting));
});

conformanceCase('taints', 'a node that is cordoned takes no pods', async (t) => {
  const name = `node-${t.token}`;
  await clusterWide(t, '/api/v1/nodes', node(name, { unschedulable: true }));
  const waiting = await untilUnschedulable(t, onlyOn(name));
  t.note(
    'error',
    conditionsOf(waiting)
      .join()
      .match(/\d node\(s\) were unschedulable/)?.[0] ?? conditionsOf(waiting),
  );
});

conformanceCase('taints', 'a pod that tolerates a taint comes to its node', async (t) => {
  const name = `node-${t.token}`;
  await clusterWide(
    t,
    '/api/v1/nodes',
    node(name, { taints: [{ key: 'team', value: t.token, effect: 'NoSchedule' }] }),
  );
  const tolerations = [
    { key: 'team', operator: 'Equal', value: t.token, effect: 'NoSchedule' },
    // Nobody keeps this node's lease.
    { key: 'node.kubernetes.io/not-ready', operator: 'Exists' },
    { key: 'node.kubernetes.io/unreachable', operator: 'Exists' },
  ];
  await t.quietly(() => t.post(core(t, 'pods'), pod(onlyOn(name, { tolerations }))));
  const placed = seen(
    await t.until(`${core(t, 'pods')}/p`, ({ spec }) => (spec as Loose).nodeName !== undefined),
  );
  t.note('on the node', placed.spec.nodeName === name);
  await t.quietly(() => t.delete(`${core(t, 'pods')}/p`, { gracePeriodSeconds: 0 }));
});
