import { conformanceCase } from '../conformance-case.ts';
import { createDefinition } from '../custom-resource-of-case.ts';
import type { Conversation } from '../conversation.ts';

const paths = (t: Conversation) => ({
  configMaps: `/api/v1/namespaces/${t.namespace}/configmaps`,
  services: `/api/v1/namespaces/${t.namespace}/services`,
  roles: `/apis/rbac.authorization.k8s.io/v1/namespaces/${t.namespace}/roles`,
});

/** A refusal whose text contains a name that was generated. */
async function noteRefusal(t: Conversation, path: string, body: object): Promise<void> {
  const { status, body: answer } = await t.quietly(() => t.post(path, body));
  const masked = JSON.stringify(answer).replaceAll(/(Made_|1made-)[a-z0-9]{5}/g, '$1<suffix>');
  t.note(`error: ${JSON.stringify(body)}`, { status, answer: JSON.parse(masked) as unknown });
}

conformanceCase('generate-name', 'a name is made of the prefix', async (t) => {
  const { configMaps } = paths(t);
  await t.post(configMaps, { metadata: { generateName: 'made-' } });
  await t.post(configMaps, { metadata: { generateName: 'made-', name: 'given' } });
  await t.post(`${configMaps}?dryRun=All`, { metadata: { generateName: 'made-' } });
});

conformanceCase('generate-name', 'a prefix that is too long is cut', async (t) => {
  const { configMaps } = paths(t);
  const answer = await t.quietly(() => t.post(configMaps, { metadata: { generateName: 'x'.repeat(300) } }));
  const { name } = answer.object.metadata as { name?: string };
  t.note('length', { status: answer.status, length: name?.length });
});

conformanceCase('generate-name', 'prefixes that make no name', async (t) => {
  const { configMaps, services } = paths(t);
  await noteRefusal(t, configMaps, { metadata: { generateName: 'Made_' } });
  await noteRefusal(t, services, { metadata: { generateName: '1made-' }, spec: { ports: [{ port: 80 }] } });
  await t.post(configMaps, { metadata: {} });
  await t.post(configMaps, {});
  await t.post(configMaps, { metadata: { generateName: '' } });
});

conformanceCase('generate-name', 'of a custom resource', async (t) => {
  const { path, type } = await createDefinition(t, { schema: { type: 'object' } });
  await t.post(path, { ...type, metadata: { generateName: 'made-' } });
  await noteRefusal(t, path, { ...type, metadata: { generateName: 'Made_' } });
  await t.post(path, { ...type, metadata: {} });
});

conformanceCase('metadata-validation', 'names', async (t) => {
  const { configMaps, services, roles } = paths(t);
  for (const name of ['Upper', 'a_b', '-a', 'a.', 'a..b', 'x'.repeat(254), 'a/b', '..', 'a b']) {
    await t.post(configMaps, { metadata: { name } });
  }
  for (const name of ['1a', 'a.b', 'A', 'x'.repeat(64)])
    await t.post(services, { metadata: { name }, spec: { ports: [{ port: 80 }] } });
  for (const name of ['a:b', 'A_B', '.', '..', 'a/b', 'a%b'])
    await t.post(roles, { metadata: { name }, rules: [] });
  await t.post('/api/v1/namespaces', { metadata: { name: 'A.b' } });
  await t.post('/api/v1/namespaces', { metadata: { name: 'x'.repeat(64) } });
});

conformanceCase('metadata-validation', 'labels', async (t) => {
  const { configMaps } = paths(t);
  const keys = ['a b', '', 'a/b/c', '/b', 'a/', 'x'.repeat(64), 'A.example/b', '-a', `${'x'.repeat(254)}/a`];
  for (const key of keys) await t.post(configMaps, { metadata: { name: 'a', labels: { [key]: 'x' } } });
  for (const value of ['a b', 'x'.repeat(64), '-a', 'ä', 'a.']) {
    await t.post(configMaps, { metadata: { name: 'a', labels: { key: value } } });
  }
  // Only one: of several a real server tells in any order.
  await t.post(configMaps, { metadata: { name: 'a', labels: { 'a b': 'c d' } } });
});

conformanceCase('metadata-validation', 'annotations', async (t) => {
  const { configMaps } = paths(t);
  for (const key of ['a b', '', 'A/b', 'UPPER.example.com/x', 'a/b/c']) {
    await t.post(configMaps, { metadata: { name: 'a', annotations: { [key]: 'any text at all\n' } } });
  }
  const answer = await t.quietly(() =>
    t.post(configMaps, { metadata: { name: 'a', annotations: { a: 'x'.repeat(262_144) } } }),
  );
  t.note('error: too many', answer.body);
  const fits = await t.quietly(() =>
    t.post(configMaps, { metadata: { name: 'fits', annotations: { a: 'x'.repeat(262_143) } } }),
  );
  t.note('just fits', fits.status);
});

conformanceCase('metadata-validation', 'owners and finalizers', async (t) => {
  const { configMaps } = paths(t);
  const owner = { apiVersion: 'v1', kind: 'ConfigMap', name: 'o', uid: 'u' };
  for (const ownerReferences of [
    [{}],
    [{ ...owner, uid: '' }],
    [{ ...owner, apiVersion: 'a/b/c' }],
    [
      { ...owner, controller: true },
      { ...owner, uid: 'v', controller: true },
    ],
    [owner, owner],
    [{ ...owner, apiVersion: 'v1', kind: 'Event' }],
    [{ ...owner, kind: '', name: '' }],
  ]) {
    await t.post(configMaps, { metadata: { name: 'a', ownerReferences } });
    await t.quietly(() => t.delete(`${configMaps}/a`));
  }
  for (const finalizers of [
    ['nonsense'],
    ['a b'],
    [''],
    ['example.com/a', 'example.com/a'],
    ['foregroundDeletion', 'orphan'],
    ['kubernetes'],
  ]) {
    await t.post(`${configMaps}?dryRun=All`, { metadata: { name: 'a', finalizers } });
  }
});

conformanceCase('metadata-validation', 'names and namespaces that differ from the path', async (t) => {
  const { configMaps } = paths(t);
  await t.post(configMaps, { metadata: { name: 'a', namespace: 'other' } });
  await t.post(configMaps, { metadata: { name: 'a', namespace: '' } });
  await t.put(`${configMaps}/a`, { metadata: { name: 'b' } });
  await t.put(`${configMaps}/a`, { metadata: {} });
  await t.put(`${configMaps}/a`, { metadata: { name: 'a', namespace: 'other' } });
  await t.put(`${configMaps}/none`, { metadata: { name: 'none' } });
  await t.post('/api/v1/configmaps', { metadata: { name: 'a' } });
  await t.post('/api/v1/configmaps', { metadata: { name: 'a', namespace: t.namespace } });
  await t.post(`/api/v1/namespaces/missing-${t.token}/configmaps`, { metadata: { name: 'a' } });
  await t.post(`${configMaps}/a`, { metadata: { name: 'a' } });
});

conformanceCase('metadata-validation', 'what cannot change', async (t) => {
  const { configMaps } = paths(t);
  const created = await t.quietly(() => t.post(configMaps, { metadata: { name: 'a', generateName: 'g-' } }));
  const { metadata } = created.object;
  const put = (more: object) =>
    t.put(`${configMaps}/a`, {
      ...created.object,
      metadata: { ...metadata, resourceVersion: undefined, ...more },
    });
  await put({ uid: 'other' });
  await put({ uid: '' });
  await put({ creationTimestamp: '2020-01-01T00:00:00Z' });
  await put({ generateName: 'h-' });
  await put({ generation: 9, selfLink: '/x' });
  await put({ deletionTimestamp: '2020-01-01T00:00:00Z', deletionGracePeriodSeconds: 5 });
  await put({ resourceVersion: 'text' });
  await put({ resourceVersion: '0' });
  await put({ finalizers: ['example.com/a'] });
  await t.quietly(() => t.delete(`${configMaps}/a`));
  await t.patch(`${configMaps}/a`, 'merge', { metadata: { finalizers: ['example.com/a', 'example.com/b'] } });
  await t.patch(`${configMaps}/a`, 'merge', { metadata: { labels: { a: 'b' } } });
  await t.quietly(() => t.patch(`${configMaps}/a`, 'merge', { metadata: { finalizers: null } }));
});

conformanceCase('metadata-validation', 'of a custom resource', async (t) => {
  const { path, type } = await createDefinition(t, { schema: { type: 'object' } });
  await t.post(path, { ...type, metadata: { name: 'Upper' } });
  await t.post(path, {
    ...type,
    metadata: { name: 'a', labels: { 'a b': 'c d' }, annotations: { 'a b': '' }, finalizers: ['x'] },
  });
  await t.post(path, { ...type, metadata: { name: 'a', ownerReferences: [{}] } });
  await t.post(path, {
    ...type,
    metadata: { name: 'a', labels: {}, annotations: null, finalizers: [], unknown: 1 },
  });
  await t.put(`${path}/a`, { ...type, metadata: { name: 'a' } });
});

conformanceCase('uid-generation', 'every object gets one of its own', async (t) => {
  const { configMaps } = paths(t);
  const first = await t.post(configMaps, {
    metadata: {
      name: 'a',
      uid: 'mine',
      creationTimestamp: '2020-01-01T00:00:00Z',
      generation: 5,
      selfLink: '/x',
      deletionTimestamp: '2020-01-01T00:00:00Z',
      deletionGracePeriodSeconds: 3,
    },
  });
  await t.quietly(() => t.delete(`${configMaps}/a`));
  const second = await t.post(configMaps, { metadata: { name: 'a' } });
  t.note('differ', first.object.metadata.uid !== second.object.metadata.uid);
  t.note(
    'form',
    /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(
      String(second.object.metadata.uid),
    ),
  );
});

conformanceCase(
  'uid-generation',
  'a generation is raised by what is asked for, not by what is',
  async (t) => {
    const { path, type } = await createDefinition(t, {
      schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
      version: { subresources: { status: {} } },
    });
    await t.post(path, { ...type, metadata: { name: 'a' }, spec: { x: 1 } });
    await t.patch(`${path}/a`, 'merge', { spec: { x: 2 } });
    await t.patch(`${path}/a`, 'merge', { metadata: { labels: { a: 'b' } } });
    await t.patch(`${path}/a/status`, 'merge', { status: { y: 1 } });
    await t.patch(`${path}/a`, 'merge', { other: 1 });
    await t.patch(`${path}/a`, 'merge', { spec: { x: 2 } });
  },
);

conformanceCase('uid-generation', 'without a status subresource all but metadata counts', async (t) => {
  const { path, type } = await createDefinition(t, {
    schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
  });
  await t.post(path, { ...type, metadata: { name: 'a' }, spec: { x: 1 } });
  await t.patch(`${path}/a`, 'merge', { status: { x: 2 } });
  await t.patch(`${path}/a`, 'merge', { metadata: { annotations: { a: 'b' } } });
});

conformanceCase('uid-generation', 'a name that is taken', async (t) => {
  const { configMaps } = paths(t);
  await t.post(configMaps, { metadata: { name: 'a' } });
  await t.post(configMaps, { metadata: { name: 'a' } });
  await t.post(`${configMaps}?dryRun=All`, { metadata: { name: 'a' } });
});
