import { conformanceCase } from '../conformance-case.ts';
import {
  apps,
  conditionsOf,
  core,
  eventsOf,
  holds,
  items,
  seen,
  template,
  untilItems,
} from './workload-parts.ts';
import type { Loose } from './workload-parts.ts';

const deployment = (more: Loose = {}): Loose => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'd' },
  spec: { replicas: 2, selector: { matchLabels: { app: 'd' } }, template: template('d'), ...more },
});

const settled = (object: Loose): boolean => {
  const { metadata, status, spec } = object as { metadata: Loose; status?: Loose; spec: Loose };
  return (
    status?.observedGeneration === metadata.generation &&
    status?.availableReplicas === spec.replicas &&
    status?.replicas === spec.replicas &&
    status?.updatedReplicas === spec.replicas &&
    holds(object, 'Progressing')
  );
};

conformanceCase('deployment-rollout', 'a new template replaces the pods of the old one', async (t) => {
  await t.quietly(() => t.post(apps(t, 'deployments'), deployment()));
  await t.until(`${apps(t, 'deployments')}/d`, settled);
  const changed = { spec: { template: { metadata: { labels: { app: 'd', version: '2' } } } } };
  await t.quietly(() => t.patch(`${apps(t, 'deployments')}/d`, 'merge', changed));
  const done = seen(
    await t.until(
      `${apps(t, 'deployments')}/d`,
      (object) => settled(object) && JSON.stringify(object).includes('successfully progressed'),
    ),
  );
  t.note('annotations', done.metadata.annotations);
  const { conditions: _conditions, ...counts } = done.status;
  t.note('counts', counts);
  t.note(
    'conditions',
    conditionsOf(done).map((line) => line.replace(/d-[a-z0-9]+/, 'd-HASH')),
  );
  const sets = await untilItems(
    t,
    apps(t, 'replicasets'),
    (found) => found.length === 2 && found.some(({ status }) => status.replicas === 0),
  );
  t.note(
    'sets',
    sets
      .map(({ spec, metadata }) => [spec.replicas, metadata.annotations])
      .toSorted(([a], [b]) => Number(a) - Number(b)),
  );
});

conformanceCase('deployment-rollout', 'Recreate ends all old pods before the first new one', async (t) => {
  await t.quietly(() =>
    t.post(apps(t, 'deployments'), deployment({ replicas: 1, strategy: { type: 'Recreate' } })),
  );
  await t.until(`${apps(t, 'deployments')}/d`, settled);
  const [old] = await items(t, core(t, 'pods'));
  const changed = { spec: { template: { metadata: { labels: { app: 'd', version: '2' } } } } };
  await t.quietly(() => t.patch(`${apps(t, 'deployments')}/d`, 'merge', changed));
  await untilItems(t, `${core(t, 'pods')}?labelSelector=version=2`, (found) => found.length === 1);
  const pods = await items(t, core(t, 'pods'));
  t.note(
    'the old pod is gone',
    pods.every(({ metadata }) => metadata.name !== old?.metadata.name),
  );
});

conformanceCase(
  'deployment-rollout',
  'a paused Deployment keeps its pods, and goes on when it is resumed',
  async (t) => {
    await t.quietly(() => t.post(apps(t, 'deployments'), deployment({ replicas: 1 })));
    await t.until(`${apps(t, 'deployments')}/d`, settled);
    const changed = {
      spec: { paused: true, template: { metadata: { labels: { app: 'd', version: '2' } } } },
    };
    await t.quietly(() => t.patch(`${apps(t, 'deployments')}/d`, 'merge', changed));
    const paused = seen(
      await t.until(`${apps(t, 'deployments')}/d`, (object) => holds(object, 'Progressing', 'Unknown')),
    );
    t.note('paused', conditionsOf(paused));
    t.note('pods of the new template', (await items(t, `${core(t, 'pods')}?labelSelector=version=2`)).length);
    await t.quietly(() => t.patch(`${apps(t, 'deployments')}/d`, 'merge', { spec: { paused: false } }));
    await untilItems(t, `${core(t, 'pods')}?labelSelector=version=2`, (found) => found.length === 1);
  },
);

conformanceCase('deployment-rollout', 'a rollout that gets nowhere exceeds its deadline', async (t) => {
  const stuck = {
    replicas: 1,
    minReadySeconds: 1,
    progressDeadlineSeconds: 2,
    template: template('d', {
      nodeSelector: { no: 'where' },
      containers: [{ name: 'main', image: 'busybox:1.36' }],
    }),
  };
  await t.quietly(() => t.post(apps(t, 'deployments'), deployment(stuck)));
  const late = seen(
    await t.until(`${apps(t, 'deployments')}/d`, (object) => holds(object, 'Progressing', 'False')),
  );
  t.note(
    'error: late',
    conditionsOf(late).map((line) => line.replace(/d-[a-z0-9]+/, 'd-HASH')),
  );
  t.note(
    'events',
    (await eventsOf(t, 'd')).map((line) => line.replace(/d-[a-z0-9]+/, 'd-HASH')),
  );
});
