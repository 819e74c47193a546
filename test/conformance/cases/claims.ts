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
  items,
  seen,
  sleeper,
  untilEvent,
} from './workload-parts.ts';
import type { Loose } from './workload-parts.ts';

const CLAIMS = 'persistentvolumeclaims';
const VOLUMES = '/api/v1/persistentvolumes';

const volume = (
  name: string,
  className: string,
  more: Loose = {},
): Loose & { metadata: { name: string } } => ({
  apiVersion: 'v1',
  kind: 'PersistentVolume',
  metadata: { name },
  spec: {
    capacity: { storage: '2Gi' },
    accessModes: ['ReadWriteOnce'],
    storageClassName: className,
    hostPath: { path: `/tmp/${name}` },
    ...more,
  },
});

const provisioned = async (t: Conversation, line: string): Promise<string> =>
  line.replaceAll(await driverOf(t), 'DRIVER');

conformanceCase(
  'pvc-binding',
  'a claim of the default class gets a volume, which goes with it',
  async (t) => {
    const bound = await boundClaim(t, 'c');
    t.note('annotations', JSON.parse(await provisioned(t, JSON.stringify(bound.metadata.annotations))));
    t.note('finalizers', bound.metadata.finalizers);
    t.note('status', bound.status);
    const name = String(bound.spec.volumeName);
    t.note('named after the claim', name === `pvc-${bound.metadata.uid}`);
    const made = seen(await t.quietly(() => t.get(`${VOLUMES}/${name}`)));
    t.note('volume', [
      made.metadata.finalizers?.toSorted(),
      made.spec.persistentVolumeReclaimPolicy,
      made.spec.capacity,
      made.status.phase,
    ]);
    const lines = await eventsOf(t, 'c');
    t.note('events', (await provisioned(t, lines.join('\n'))).split('\n'));
    await t.quietly(() => t.delete(`${core(t, CLAIMS)}/c`));
    await t.until(`${VOLUMES}/${name}`, gone);
  },
);

conformanceCase(
  'pvc-binding',
  'a claim takes the volume that it names, and leaves it released',
  async (t) => {
    const name = `pv-${t.token}`;
    await clusterWide(t, VOLUMES, volume(name, 'manual'));
    await t.until(`${VOLUMES}/${name}`, ({ status }) => (status as Loose)?.phase === 'Available');
    await t.quietly(() =>
      t.post(core(t, CLAIMS), claim('c', { storageClassName: 'manual', volumeName: name })),
    );
    const bound = seen(
      await t.until(`${core(t, CLAIMS)}/c`, ({ status }) => (status as Loose)?.phase === 'Bound'),
    );
    t.note('claim', [bound.metadata.annotations, bound.status]);
    await t.quietly(() => t.delete(`${core(t, CLAIMS)}/c`));
    await t.until(`${VOLUMES}/${name}`, ({ status }) => (status as Loose)?.phase === 'Released');
  },
);

conformanceCase('pvc-binding', 'a claim takes the smallest volume that fits', async (t) => {
  const className = `class-${t.token}`;
  await clusterWide(t, VOLUMES, volume(`large-${t.token}`, className, { capacity: { storage: '9Gi' } }));
  await clusterWide(t, VOLUMES, volume(`small-${t.token}`, className, { capacity: { storage: '512Mi' } }));
  await clusterWide(t, VOLUMES, volume(`fit-${t.token}`, className, { capacity: { storage: '3Gi' } }));
  for (const name of ['large', 'small', 'fit'])
    await t.until(`${VOLUMES}/${name}-${t.token}`, ({ status }) => (status as Loose)?.phase === 'Available');
  await t.quietly(() => t.post(core(t, CLAIMS), claim('c', { storageClassName: className })));
  const bound = seen(
    await t.until(`${core(t, CLAIMS)}/c`, ({ status }) => (status as Loose)?.phase === 'Bound'),
  );
  t.note('volume', bound.spec.volumeName);
  t.note('capacity', bound.status.capacity);
});

conformanceCase('pvc-binding', 'a claim of a class that there is not waits and says so', async (t) => {
  await t.quietly(() => t.post(core(t, CLAIMS), claim('c', { storageClassName: 'none-such' })));
  await untilEvent(t, 'c', 'ProvisioningFailed');
  t.note('error', await eventsOf(t, 'c'));
  const waiting = seen(await t.quietly(() => t.get(`${core(t, CLAIMS)}/c`)));
  t.note('status', waiting.status);
});

conformanceCase('pvc-binding', 'a claim whose volume is taken away is lost', async (t) => {
  const name = `pv-${t.token}`;
  await clusterWide(t, VOLUMES, volume(name, 'manual'));
  await t.quietly(() =>
    t.post(core(t, CLAIMS), claim('c', { storageClassName: 'manual', volumeName: name })),
  );
  await t.until(`${core(t, CLAIMS)}/c`, ({ status }) => (status as Loose)?.phase === 'Bound');
  await t.quietly(() => t.delete(`${VOLUMES}/${name}`));
  await t.quietly(() => t.patch(`${VOLUMES}/${name}`, 'merge', { metadata: { finalizers: null } }));
  const lost = seen(
    await t.until(`${core(t, CLAIMS)}/c`, ({ status }) => (status as Loose)?.phase === 'Lost'),
  );
  t.note('status', lost.status);
  await untilEvent(t, 'c', 'ClaimLost');
  t.note('error', await eventsOf(t, 'c', /ClaimLost/));
});

const waitingClass = async (t: Conversation): Promise<string> => {
  const name = `wait-${t.token}`;
  await clusterWide(t, '/apis/storage.k8s.io/v1/storageclasses', {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: { name },
    provisioner: await driverOf(t),
    volumeBindingMode: 'WaitForFirstConsumer',
  });
  return name;
};

conformanceCase('pvc-wait-for-consumer', 'a claim waits for its first pod', async (t) => {
  const storageClassName = await waitingClass(t);
  await t.quietly(() => t.post(core(t, CLAIMS), claim('c', { storageClassName })));
  await untilEvent(t, 'c', 'WaitForFirstConsumer');
  const waiting = seen(await t.quietly(() => t.get(`${core(t, CLAIMS)}/c`)));
  t.note('waiting', [waiting.status, waiting.metadata.annotations ?? 'none']);
  t.note('events', await eventsOf(t, 'c'));
});

conformanceCase('pvc-wait-for-consumer', 'the claim is bound when its pod has a node', async (t) => {
  const storageClassName = await waitingClass(t);
  await t.quietly(() => t.post(core(t, CLAIMS), claim('c', { storageClassName })));
  const volumes = [{ name: 'v', persistentVolumeClaim: { claimName: 'c' } }];
  const body = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' }, spec: { ...sleeper, volumes } };
  await t.quietly(() => t.post(core(t, 'pods'), body));
  const pod = seen(
    await t.until(`${core(t, 'pods')}/p`, ({ spec }) => (spec as Loose).nodeName !== undefined),
  );
  const bound = seen(
    await t.until(`${core(t, CLAIMS)}/c`, ({ status }) => (status as Loose)?.phase === 'Bound'),
  );
  const { 'volume.kubernetes.io/selected-node': selected } = bound.metadata.annotations ?? {};
  t.note('selected the node of the pod', selected === pod.spec.nodeName);
  t.note('annotations', Object.keys(bound.metadata.annotations ?? {}).toSorted());
});

conformanceCase('pvc-wait-for-consumer', 'a pod that fits no node leaves its claim waiting', async (t) => {
  const storageClassName = await waitingClass(t);
  await t.quietly(() => t.post(core(t, CLAIMS), claim('c', { storageClassName })));
  const spec = {
    ...sleeper,
    nodeSelector: { no: 'where' },
    volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'c' } }],
  };
  await t.quietly(() =>
    t.post(core(t, 'pods'), { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' }, spec }),
  );
  await untilEvent(t, 'p', 'FailedScheduling');
  t.note('error', await eventsOf(t, 'p'));
  const waiting = await items(t, core(t, CLAIMS));
  t.note(
    'claim',
    waiting.map(({ status }) => status),
  );
});
