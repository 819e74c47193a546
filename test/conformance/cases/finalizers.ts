import { conformanceCase } from '../conformance-case.ts';
import type { Conversation } from '../conversation.ts';
import { core } from './workload-parts.ts';

const FINALIZER = 'example.com/hold';
const path = (t: Conversation) => `${core(t, 'configmaps')}/a`;
const create = (t: Conversation, finalizers = [FINALIZER]) =>
  t.post(core(t, 'configmaps'), { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a', finalizers } });
const without = (t: Conversation) => t.patch(path(t), 'merge', { metadata: { finalizers: null } });

conformanceCase('finalizers', 'an object stays until its last one is taken away', async (t) => {
  await create(t, [FINALIZER, 'example.com/other']);
  await t.delete(path(t));
  await t.patch(path(t), 'merge', { metadata: { finalizers: [FINALIZER] } });
  await t.get(path(t));
  await without(t);
  await t.get(path(t));
});
conformanceCase('finalizers', 'what is being deleted may be changed, and gets no new ones', async (t) => {
  await create(t);
  await t.quietly(() => t.delete(path(t)));
  await t.patch(path(t), 'merge', { data: { still: 'here' } });
  await t.patch(path(t), 'merge', { metadata: { finalizers: [FINALIZER, 'example.com/late'] } });
  await t.patch(path(t), 'json', [{ op: 'add', path: '/metadata/finalizers/-', value: 'orphan' }]);
  await t.quietly(() => without(t));
});
conformanceCase('finalizers', 'a second delete changes nothing', async (t) => {
  await create(t);
  const first = await t.quietly(() => t.delete(path(t)));
  const second = await t.delete(path(t));
  t.note('the same', first.object.metadata['resourceVersion'] === second.object.metadata['resourceVersion']);
  await t.post(core(t, 'configmaps'), { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' } });
  await t.quietly(() => without(t));
});
conformanceCase('finalizers', 'nobody says himself that an object is being deleted', async (t) => {
  await t.post(core(t, 'configmaps'), {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name: 'a',
      deletionTimestamp: '2026-01-01T00:00:00Z',
      deletionGracePeriodSeconds: 5,
      finalizers: [FINALIZER],
    },
  });
  await t.patch(path(t), 'merge', { metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' } });
  await t.patch(path(t), 'merge', { metadata: { finalizers: ['no-domain', 'a b/c'] } });
  await t.quietly(() => without(t));
});
