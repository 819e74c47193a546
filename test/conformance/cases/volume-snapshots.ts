import { conformanceCase } from '../conformance-case.ts';
import type { Conversation } from '../conversation.ts';
import {
  boundClaim,
  claim,
  clusterWide,
  core,
  driverOf,
  eventsOf,
  gone,
  seen,
  snapshots,
  untilEvent,
} from './workload-parts.ts';
import type { Loose, Seen } from './workload-parts.ts';

const CONTENTS = '/apis/snapshot.storage.k8s.io/v1/volumesnapshotcontents';
const CLASSES = '/apis/snapshot.storage.k8s.io/v1/volumesnapshotclasses';

const snapshot = (name: string, spec: Loose): Loose => ({
  apiVersion: 'snapshot.storage.k8s.io/v1',
  kind: 'VolumeSnapshot',
  metadata: { name },
  spec,
});

const ofClaim = (name: string, claimName: string, more: Loose = {}): Loose =>
  snapshot(name, { source: { persistentVolumeClaimName: claimName }, ...more });

const take = async (t: Conversation, body: Loose): Promise<Seen> => {
  await t.quietly(() => t.post(snapshots(t, 'volumesnapshots'), body));
  const { name } = body.metadata as { name: string };
  return seen(
    await t.until(
      `${snapshots(t, 'volumesnapshots')}/${name}`,
      ({ status }) => (status as Loose)?.readyToUse === true,
    ),
  );
};

const failure = async (t: Conversation, body: Loose): Promise<Seen> => {
  await t.quietly(() => t.post(snapshots(t, 'volumesnapshots'), body));
  const { name } = body.metadata as { name: string };
  return seen(
    await t.until(
      `${snapshots(t, 'volumesnapshots')}/${name}`,
      ({ status }) => (status as Loose)?.error !== undefined,
    ),
  );
};

const contentOf = async (t: Conversation, { status }: Seen): Promise<Seen> =>
  seen(await t.quietly(() => t.get(`${CONTENTS}/${String(status.boundVolumeSnapshotContentName)}`)));

conformanceCase('volume-snapshot', 'a snapshot of a claim is ready, and bound to its content', async (t) => {
  await boundClaim(t, 'c');
  const ready = await take(t, ofClaim('s', 'c'));
  t.note('finalizers', ready.metadata.finalizers);
  t.note('fields', Object.keys(ready.status).toSorted());
  t.note('size', ready.status.restoreSize);
  t.note(
    'named after the snapshot',
    ready.status.boundVolumeSnapshotContentName === `snapcontent-${ready.metadata.uid}`,
  );
  const content = await contentOf(t, ready);
  t.note('content', [
    content.metadata.finalizers,
    Object.keys(content.spec).toSorted(),
    Object.keys(content.status).toSorted(),
    content.status.restoreSize,
    content.spec.sourceVolumeMode,
    content.spec.deletionPolicy,
  ]);
  await untilEvent(t, 's', 'SnapshotReady');
  t.note('events', await eventsOf(t, 's', /^(CreatingSnapshot|SnapshotCreated|SnapshotReady)$/));
});

conformanceCase('volume-snapshot', 'a snapshot of a claim that there is not says so', async (t) => {
  const failed = await failure(t, ofClaim('s', 'none'));
  t.note('error', failed.status.error);
  t.note('fields', Object.keys(failed.status).toSorted());
});

conformanceCase('volume-snapshot', 'a snapshot of a class that there is not says so', async (t) => {
  await boundClaim(t, 'c');
  const failed = await failure(t, ofClaim('s', 'c', { volumeSnapshotClassName: 'none-such' }));
  t.note('error', failed.status.error);
  await untilEvent(t, 's', 'GetSnapshotClassFailed');
});

conformanceCase('volume-snapshot', 'a snapshot of a content that there is not says so', async (t) => {
  const failed = await failure(
    t,
    snapshot('s', { source: { volumeSnapshotContentName: `none-${t.token}` } }),
  );
  t.note('error', failed.status.error);
  t.note('ready', failed.status.readyToUse);
});

conformanceCase('volume-snapshot', 'a source is one thing, and stays so', async (t) => {
  const both = { source: { persistentVolumeClaimName: 'c', volumeSnapshotContentName: 'd' } };
  await t.post(snapshots(t, 'volumesnapshots'), snapshot('s', both));
  await t.quietly(() => t.post(snapshots(t, 'volumesnapshots'), ofClaim('t', 'c')));
  await t.patch(`${snapshots(t, 'volumesnapshots')}/t`, 'merge', {
    spec: { source: { persistentVolumeClaimName: 'd' } },
  });
});

const fromSnapshot = (name: string): Loose => ({
  dataSource: { apiGroup: 'snapshot.storage.k8s.io', kind: 'VolumeSnapshot', name },
});

conformanceCase('snapshot-restore', 'a claim is restored from a snapshot', async (t) => {
  await boundClaim(t, 'c');
  await take(t, ofClaim('s', 'c'));
  const restored = await boundClaim(t, 'r', fromSnapshot('s'));
  t.note('source', [restored.spec.dataSource, restored.spec.dataSourceRef]);
  t.note('status', restored.status);
});

conformanceCase('snapshot-restore', 'a claim is a copy of another', async (t) => {
  await boundClaim(t, 'c');
  const copy = await boundClaim(t, 'r', { dataSource: { kind: 'PersistentVolumeClaim', name: 'c' } });
  t.note('source', [copy.spec.dataSource, copy.spec.dataSourceRef]);
});

conformanceCase(
  'snapshot-restore',
  'a claim of a snapshot that there is not waits and says so',
  async (t) => {
    await t.quietly(() => t.post(core(t, 'persistentvolumeclaims'), claim('r', fromSnapshot('none'))));
    await untilEvent(t, 'r', 'ProvisioningFailed');
    const [line = ''] = await eventsOf(t, 'r', /ProvisioningFailed/);
    t.note('error', line.replace(/StorageClass "[^"]*"/, 'StorageClass "CLASS"'));
  },
);

conformanceCase('snapshot-restore', 'a claim smaller than its snapshot waits and says so', async (t) => {
  await boundClaim(t, 'c', { resources: { requests: { storage: '2Gi' } } });
  await take(t, ofClaim('s', 'c'));
  await t.quietly(() => t.post(core(t, 'persistentvolumeclaims'), claim('r', fromSnapshot('s'))));
  await untilEvent(t, 'r', 'ProvisioningFailed');
  const [line = ''] = await eventsOf(t, 'r', /ProvisioningFailed/);
  t.note('error', line.replace(/StorageClass "[^"]*"/, 'StorageClass "CLASS"'));
});

const snapshotClass = async (t: Conversation, deletionPolicy: string): Promise<string> => {
  const name = `class-${t.token}`;
  await clusterWide(t, CLASSES, {
    apiVersion: 'snapshot.storage.k8s.io/v1',
    kind: 'VolumeSnapshotClass',
    metadata: { name },
    driver: await driverOf(t),
    deletionPolicy,
  });
  return name;
};

conformanceCase('snapshot-deletion-policy', 'Delete: the content goes with its snapshot', async (t) => {
  await boundClaim(t, 'c');
  const ready = await take(
    t,
    ofClaim('s', 'c', { volumeSnapshotClassName: await snapshotClass(t, 'Delete') }),
  );
  await t.quietly(() => t.delete(`${snapshots(t, 'volumesnapshots')}/s`));
  await t.until(`${snapshots(t, 'volumesnapshots')}/s`, gone);
  await t.until(`${CONTENTS}/${String(ready.status.boundVolumeSnapshotContentName)}`, gone);
  await t.get(`${snapshots(t, 'volumesnapshots')}/s`);
});

conformanceCase(
  'snapshot-deletion-policy',
  'Retain: the content stays, and can be given to another snapshot',
  async (t) => {
    await boundClaim(t, 'c');
    const ready = await take(
      t,
      ofClaim('s', 'c', { volumeSnapshotClassName: await snapshotClass(t, 'Retain') }),
    );
    const name = String(ready.status.boundVolumeSnapshotContentName);
    await t.quietly(() => t.delete(`${snapshots(t, 'volumesnapshots')}/s`));
    await t.until(`${snapshots(t, 'volumesnapshots')}/s`, gone);
    const kept = seen(await t.quietly(() => t.get(`${CONTENTS}/${name}`)));
    t.after(() => t.quietly(() => t.delete(`${CONTENTS}/${name}`)));
    t.note('kept', [kept.metadata.annotations, kept.metadata.finalizers, kept.status.readyToUse]);
    const given = {
      apiVersion: 'snapshot.storage.k8s.io/v1',
      kind: 'VolumeSnapshotContent',
      metadata: { name: `given-${t.token}` },
      spec: {
        deletionPolicy: 'Retain',
        driver: await driverOf(t),
        source: { snapshotHandle: String(kept.status.snapshotHandle) },
        volumeSnapshotRef: { namespace: t.namespace, name: 'g' },
      },
    };
    await clusterWide(t, CONTENTS, given);
    const again = await take(
      t,
      snapshot('g', { source: { volumeSnapshotContentName: given.metadata.name } }),
    );
    t.note('again', Object.keys(again.status).toSorted());
    await t.quietly(() => t.delete(`${snapshots(t, 'volumesnapshots')}/g`));
    await t.until(`${snapshots(t, 'volumesnapshots')}/g`, gone);
  },
);

conformanceCase('snapshot-deletion-policy', 'a policy that there is not is refused', async (t) => {
  const body = {
    apiVersion: 'snapshot.storage.k8s.io/v1',
    kind: 'VolumeSnapshotClass',
    metadata: { name: `class-${t.token}` },
    driver: 'example.com',
    deletionPolicy: 'Recycle',
  };
  await t.post(CLASSES, body);
});
