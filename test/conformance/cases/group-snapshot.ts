import { conformanceCase } from '../conformance-case.ts';
import type { Conversation } from '../conversation.ts';
import { claim, core, gone, seen, snapshots, untilItems } from './workload-parts.ts';
import type { Loose } from './workload-parts.ts';

const groups = (t: Conversation): string =>
  `/apis/groupsnapshot.storage.k8s.io/v1/namespaces/${t.namespace}/volumegroupsnapshots`;

const group = (spec: Loose): Loose => ({
  apiVersion: 'groupsnapshot.storage.k8s.io/v1',
  kind: 'VolumeGroupSnapshot',
  metadata: { name: 'g' },
  spec,
});

const ofApp = { source: { selector: { matchLabels: { app: 'db' } } } };

const twoClaims = async (t: Conversation): Promise<void> => {
  for (const name of ['a', 'b']) {
    const body = claim(name);
    const metadata = { name, labels: { app: 'db' } };
    await t.quietly(() => t.post(core(t, 'persistentvolumeclaims'), { ...body, metadata }));
    await t.until(
      `${core(t, 'persistentvolumeclaims')}/${name}`,
      ({ status }) => (status as Loose)?.phase === 'Bound',
    );
  }
};

conformanceCase('group-snapshot', 'all claims that a selector finds get a snapshot', async (t) => {
  await twoClaims(t);
  await t.quietly(() => t.post(groups(t), group(ofApp)));
  const ready = seen(await t.until(`${groups(t)}/g`, ({ status }) => (status as Loose)?.readyToUse === true));
  t.note('fields', Object.keys(ready.status).toSorted());
  const members = await untilItems(
    t,
    snapshots(t, 'volumesnapshots'),
    (found) => found.length === 2 && found.every(({ status }) => status?.readyToUse === true),
  );
  t.note(
    'owners',
    members.map(({ metadata }) => metadata.ownerReferences?.map(({ kind }) => kind)),
  );
  t.note(
    'sizes',
    members.map(({ status }) => status.restoreSize),
  );
});

conformanceCase('group-snapshot', 'its snapshots go with it', async (t) => {
  await twoClaims(t);
  await t.quietly(() => t.post(groups(t), group(ofApp)));
  // What is deleted while it is being made stays for ever, on a real cluster.
  await t.until(`${groups(t)}/g`, ({ status }) => (status as Loose)?.readyToUse === true);
  await untilItems(
    t,
    snapshots(t, 'volumesnapshots'),
    (found) => found.length === 2 && found.every(({ status }) => status?.readyToUse === true),
  );
  await t.quietly(() => t.delete(`${groups(t)}/g`));
  await t.until(`${groups(t)}/g`, gone);
  await untilItems(t, snapshots(t, 'volumesnapshots'), (found) => found.length === 0);
});

conformanceCase('group-snapshot', 'a selector that finds nothing says so', async (t) => {
  await t.quietly(() => t.post(groups(t), group(ofApp)));
  const failed = seen(
    await t.until(`${groups(t)}/g`, ({ status }) => (status as Loose)?.error !== undefined),
  );
  t.note('error', failed.status.error);
});
