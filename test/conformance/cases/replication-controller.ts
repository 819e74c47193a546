import { conformanceCase } from '../conformance-case.ts';
import { core, eventsOf, items, seen, template, untilItems } from './workload-parts.ts';
import type { Loose } from './workload-parts.ts';

const controller = (replicas: number): Loose => ({
  apiVersion: 'v1',
  kind: 'ReplicationController',
  metadata: { name: 'rc' },
  spec: { replicas, selector: { app: 'rc' }, template: template('rc') },
});

const available =
  (count: number) =>
  (object: Loose): boolean => {
    const status = object.status as Loose | undefined;
    return (status?.availableReplicas ?? 0) === count && status?.replicas === count;
  };

conformanceCase('replication-controller', 'it keeps its number of pods', async (t) => {
  await t.quietly(() => t.post(core(t, 'replicationcontrollers'), controller(2)));
  const { status } = seen(await t.until(`${core(t, 'replicationcontrollers')}/rc`, available(2)));
  t.note('status', status);
  await t.quietly(() =>
    t.patch(`${core(t, 'replicationcontrollers')}/rc`, 'merge', { spec: { replicas: 1 } }),
  );
  await t.until(`${core(t, 'replicationcontrollers')}/rc`, available(1));
  const lines = (await eventsOf(t, 'rc')).map((line) => line.replace(/rc-[a-z0-9]{5}\b/, 'rc-SUFFIX'));
  t.note('events', [...new Set(lines)]);
});

conformanceCase(
  'replication-controller',
  'it adopts a pod that it selects, and lets one go that it no longer does',
  async (t) => {
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'stray', ...(template('rc').metadata as Loose) },
      spec: template('rc').spec,
    };
    await t.quietly(() => t.post(core(t, 'pods'), pod));
    await t.quietly(() => t.post(core(t, 'replicationcontrollers'), controller(1)));
    await t.until(`${core(t, 'pods')}/stray`, ({ metadata }) => metadata.ownerReferences !== undefined);
    t.note('pods', (await items(t, core(t, 'pods'))).length);
    await t.quietly(() =>
      t.patch(`${core(t, 'pods')}/stray`, 'merge', { metadata: { labels: { app: 'free' } } }),
    );
    await untilItems(t, `${core(t, 'pods')}?labelSelector=app=rc`, (found) => found.length === 1);
    const stray = seen(
      await t.until(`${core(t, 'pods')}/stray`, ({ metadata }) => metadata.ownerReferences === undefined),
    );
    t.note('owners', stray.metadata.ownerReferences ?? 'none');
  },
);

conformanceCase(
  'replication-controller',
  'a selector that does not find its own template is refused',
  async (t) => {
    const body = controller(1);
    await t.post(core(t, 'replicationcontrollers'), {
      ...body,
      spec: { ...(body.spec as Loose), selector: { app: 'x' } },
    });
  },
);
