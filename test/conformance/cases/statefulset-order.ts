import { conformanceCase } from '../conformance-case.ts';
import { apps, core, eventsOf, items, seen, template, untilItems } from './workload-parts.ts';
import type { Loose, Seen } from './workload-parts.ts';

const set = (more: Loose = {}): Loose => ({
  apiVersion: 'apps/v1',
  kind: 'StatefulSet',
  metadata: { name: 's' },
  spec: {
    replicas: 2,
    serviceName: 's',
    selector: { matchLabels: { app: 's' } },
    template: template('s'),
    ...more,
  },
});

const ready =
  (count: number) =>
  (object: Loose): boolean => {
    const status = object.status as Loose | undefined;
    const { generation } = object.metadata as { generation: number };
    return (
      (status?.readyReplicas ?? 0) === count &&
      status?.replicas === count &&
      status.observedGeneration === generation
    );
  };

const steady = (object: Loose): boolean => {
  const status = object.status as Loose | undefined;
  return status?.currentRevision === status?.updateRevision && status?.updatedReplicas === status?.replicas;
};

const names = (pods: Seen[]): string[] => pods.map(({ metadata }) => metadata.name).toSorted();

conformanceCase('statefulset-order', 'pods come in order and go in reverse', async (t) => {
  await t.quietly(() => t.post(apps(t, 'statefulsets'), set()));
  const first = seen(
    await t.until(`${apps(t, 'statefulsets')}/s`, (object) => ready(2)(object) && steady(object)),
  );
  const { currentRevision: _current, updateRevision: _update, ...counts } = first.status;
  t.note('status', counts);
  const pods = await items(t, core(t, 'pods'));
  t.note(
    'pods',
    pods.map(({ metadata, spec }) => [
      metadata.name,
      Object.keys(metadata.labels ?? {}),
      spec.hostname,
      spec.subdomain,
    ]),
  );
  const created = pods.map(({ metadata, status }) => ({
    name: metadata.name,
    started: status.startTime as string,
    ready:
      (status.conditions as unknown as { type: string; lastTransitionTime: string }[]).find(
        ({ type }) => type === 'Ready',
      )?.lastTransitionTime ?? '',
  }));
  t.note(
    'the second starts after the first is ready',
    (created[1]?.started ?? '') >= (created[0]?.ready ?? ''),
  );
  await t.quietly(() => t.patch(`${apps(t, 'statefulsets')}/s`, 'merge', { spec: { replicas: 1 } }));
  await t.until(`${apps(t, 'statefulsets')}/s`, ready(1));
  t.note('left', names(await items(t, core(t, 'pods'))));
  t.note('events', await eventsOf(t, 's'));
});

conformanceCase(
  'statefulset-order',
  'an update leaves the pods below the partition as they are',
  async (t) => {
    await t.quietly(() => t.post(apps(t, 'statefulsets'), set({ podManagementPolicy: 'Parallel' })));
    await t.until(`${apps(t, 'statefulsets')}/s`, (object) => ready(2)(object) && steady(object));
    const changed = {
      spec: {
        updateStrategy: { rollingUpdate: { partition: 1 } },
        template: { metadata: { labels: { app: 's', version: '2' } } },
      },
    };
    await t.quietly(() => t.patch(`${apps(t, 'statefulsets')}/s`, 'merge', changed));
    const updated = await untilItems(
      t,
      `${core(t, 'pods')}?labelSelector=version=2`,
      (found) => found.length === 1,
    );
    t.note('updated', names(updated));
    const { status } = seen(
      await t.until(
        `${apps(t, 'statefulsets')}/s`,
        (object) => ready(2)(object) && (object.status as Loose).updatedReplicas === 1,
      ),
    );
    t.note('counts', [
      status.replicas,
      status.currentReplicas,
      status.updatedReplicas,
      status.currentRevision === status.updateRevision,
    ]);
    const revisions = (await items(t, apps(t, 'controllerrevisions'))) as unknown as { revision: number }[];
    t.note(
      'revisions',
      revisions.map(({ revision }) => revision).toSorted((a, b) => a - b),
    );
  },
);

conformanceCase('statefulset-order', 'claims go with their set where it says so', async (t) => {
  const more = {
    replicas: 1,
    persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Delete' },
    volumeClaimTemplates: [
      {
        metadata: { name: 'files' },
        spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
      },
    ],
  };
  await t.quietly(() => t.post(apps(t, 'statefulsets'), set(more)));
  await t.until(`${apps(t, 'statefulsets')}/s`, ready(1));
  const owned = await untilItems(
    t,
    core(t, 'persistentvolumeclaims'),
    (found) => found[0]?.metadata.ownerReferences !== undefined,
  );
  t.note(
    'owners',
    owned.map(({ metadata }) => [
      metadata.name,
      metadata.labels,
      metadata.ownerReferences?.map(({ kind, name }) => `${kind} ${name}`),
    ]),
  );
  await t.quietly(() => t.delete(`${apps(t, 'statefulsets')}/s`));
  await untilItems(t, core(t, 'persistentvolumeclaims'), (found) => found.length === 0);
});

conformanceCase('statefulset-order', 'what cannot be changed is refused', async (t) => {
  await t.quietly(() => t.post(apps(t, 'statefulsets'), set({ replicas: 0 })));
  await t.patch(`${apps(t, 'statefulsets')}/s`, 'merge', { spec: { serviceName: 'other' } });
});
