import { conformanceCase } from '../conformance-case.ts';
import type { Conversation } from '../conversation.ts';
import { core, eventsOf, gone, items, seen, untilEvent } from './workload-parts.ts';
import type { Loose, Seen } from './workload-parts.ts';

const map = (name: string, owners: Loose[] = []): Loose => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, ...(owners.length > 0 && { ownerReferences: owners }) },
});

const reference = ({ metadata }: Seen, more: Loose = {}): Loose => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  name: metadata.name,
  uid: metadata.uid,
  ...more,
});

const make = async (t: Conversation, body: Loose): Promise<Seen> =>
  seen(await t.quietly(() => t.post(core(t, 'configmaps'), body)));

conformanceCase('garbage-collection', 'dependents go after their owner', async (t) => {
  const owner = await make(t, map('owner'));
  await make(t, map('dependent', [reference(owner)]));
  await t.delete(`${core(t, 'configmaps')}/owner`, { propagationPolicy: 'Background' });
  await t.until(`${core(t, 'configmaps')}/dependent`, gone);
  await t.get(`${core(t, 'configmaps')}/dependent`);
});

conformanceCase(
  'garbage-collection',
  'an owner in the foreground waits for dependents that block it',
  async (t) => {
    const owner = await make(t, map('owner'));
    const held = map('dependent', [reference(owner, { blockOwnerDeletion: true })]);
    await make(t, { ...held, metadata: { ...(held.metadata as Loose), finalizers: ['example.com/held'] } });
    await t.delete(`${core(t, 'configmaps')}/owner`, { propagationPolicy: 'Foreground' });
    await t.until(
      `${core(t, 'configmaps')}/dependent`,
      ({ metadata }) => metadata.deletionTimestamp !== undefined,
    );
    await t.get(`${core(t, 'configmaps')}/owner`);
    await t.quietly(() =>
      t.patch(`${core(t, 'configmaps')}/dependent`, 'merge', { metadata: { finalizers: null } }),
    );
    await t.until(`${core(t, 'configmaps')}/owner`, gone);
  },
);

conformanceCase('garbage-collection', 'orphans stay, without their owner', async (t) => {
  const owner = await make(t, map('owner'));
  await make(t, map('dependent', [reference(owner)]));
  await t.delete(`${core(t, 'configmaps')}/owner`, { propagationPolicy: 'Orphan' });
  await t.until(`${core(t, 'configmaps')}/owner`, gone);
  await t.get(`${core(t, 'configmaps')}/dependent`);
});

conformanceCase(
  'garbage-collection',
  'an object with another owner left only loses the one that is gone',
  async (t) => {
    const [first, second] = [await make(t, map('first')), await make(t, map('second'))];
    await make(t, map('dependent', [reference(first), reference(second)]));
    await t.quietly(() => t.delete(`${core(t, 'configmaps')}/first`));
    const left = seen(
      await t.until(
        `${core(t, 'configmaps')}/dependent`,
        ({ metadata }) => (metadata.ownerReferences as unknown[]).length === 1,
      ),
    );
    t.note(
      'owners',
      left.metadata.ownerReferences?.map(({ name }) => name),
    );
  },
);

conformanceCase(
  'garbage-collection',
  'an owner in another namespace is none: the dependent is told and goes',
  async (t) => {
    const elsewhere = '/api/v1/namespaces/default/configmaps';
    const name = `owner-${t.token}`;
    const owner = seen(await t.quietly(() => t.post(elsewhere, map(name))));
    t.after(() => t.quietly(() => t.delete(`${elsewhere}/${name}`)));
    await make(t, map('dependent', [reference(owner)]));
    await t.until(`${core(t, 'configmaps')}/dependent`, gone);
    await untilEvent(t, 'dependent', 'OwnerRefInvalidNamespace');
    t.note('error', await eventsOf(t, 'dependent'));
    t.note('the owner stays', (await items(t, `${elsewhere}?fieldSelector=metadata.name=${name}`)).length);
  },
);
