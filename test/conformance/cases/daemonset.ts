import { conformanceCase } from '../conformance-case.ts';
import { apps, core, eventsOf, items, seen, sleeper, template, untilItems } from './workload-parts.ts';
import type { Loose } from './workload-parts.ts';

const set = (spec: Loose = sleeper): Loose => ({
  apiVersion: 'apps/v1',
  kind: 'DaemonSet',
  metadata: { name: 'ds' },
  spec: { selector: { matchLabels: { app: 'ds' } }, template: template('ds', spec) },
});

const available = (object: Loose): boolean => {
  const status = object.status as Loose | undefined;
  const { generation } = object.metadata as { generation: number };
  return (
    Number(status?.numberAvailable ?? 0) > 0 &&
    status?.numberAvailable === status?.desiredNumberScheduled &&
    status?.updatedNumberScheduled === status?.desiredNumberScheduled &&
    status?.observedGeneration === generation
  );
};

conformanceCase('daemonset', 'a pod on every node', async (t) => {
  await t.quietly(() => t.post(apps(t, 'daemonsets'), set()));
  const { status } = seen(await t.until(`${apps(t, 'daemonsets')}/ds`, available));
  t.note('status', status);
  const [pod] = await items(t, core(t, 'pods'));
  t.note('labels', Object.keys(pod?.metadata.labels ?? {}).toSorted());
  t.note(
    'tolerations',
    ((pod?.spec.tolerations ?? []) as Loose[]).map(({ key, effect }) => `${String(key)}:${String(effect)}`),
  );
  const affinity = JSON.stringify(pod?.spec.affinity).replace(/"values":\["[^"]*"\]/, '"values":["NODE"]');
  t.note('affinity', affinity);
  t.note(
    'events',
    (await eventsOf(t, 'ds')).map((line) => line.replace(/ds-[a-z0-9]+/, 'ds-SUFFIX')),
  );
});

conformanceCase('daemonset', 'a new template replaces the pods', async (t) => {
  await t.quietly(() => t.post(apps(t, 'daemonsets'), set()));
  await t.until(`${apps(t, 'daemonsets')}/ds`, available);
  const changed = { spec: { template: { metadata: { labels: { app: 'ds', version: '2' } } } } };
  await t.quietly(() => t.patch(`${apps(t, 'daemonsets')}/ds`, 'merge', changed));
  await untilItems(
    t,
    core(t, 'pods'),
    (found) => found.length > 0 && found.every(({ metadata }) => metadata.labels?.version === '2'),
  );
  const { status } = seen(await t.until(`${apps(t, 'daemonsets')}/ds`, available));
  t.note('status', status);
  const revisions = (await items(t, apps(t, 'controllerrevisions'))) as unknown as { revision: number }[];
  t.note(
    'revisions',
    revisions.map(({ revision }) => revision).toSorted((a, b) => a - b),
  );
});

conformanceCase('daemonset', 'no pod where no node fits', async (t) => {
  await t.quietly(() => t.post(apps(t, 'daemonsets'), set({ ...sleeper, nodeSelector: { no: 'where' } })));
  const { status } = seen(
    await t.until(
      `${apps(t, 'daemonsets')}/ds`,
      (object) => (object.status as Loose | undefined)?.observedGeneration === 1,
    ),
  );
  t.note('error: nothing is scheduled', status);
  t.note('pods', (await items(t, core(t, 'pods'))).length);
});
