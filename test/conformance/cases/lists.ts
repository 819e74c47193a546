import { conformanceCase } from '../conformance-case.ts';
import type { Conversation } from '../conversation.ts';

const pathIn = (t: Conversation) => `/api/v1/namespaces/${t.namespace}/secrets`;
const secret = (name: string, labels?: Record<string, string>) => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name, ...(labels && { labels }) },
});

async function create(t: Conversation, count: number): Promise<void> {
  for (let number = 1; number <= count; number += 1) {
    await t.quietly(() => t.post(pathIn(t), secret(`s${number}`, { number: String(number), app: 'x' })));
  }
}

/** What a list shows, without its versions and tokens, which are different on every cluster. */
async function page(t: Conversation, label: string, query: string): Promise<string> {
  const { status, object } = await t.quietly(() => t.get(`${pathIn(t)}?${query}`));
  const items = (object.items ?? []) as { metadata: { name: string } }[];
  const { continue: next, remainingItemCount } = object.metadata;
  const names = items.map(({ metadata }) => metadata.name);
  t.note(label, { status, names, remainingItemCount, continues: next !== undefined });
  return String(next);
}

conformanceCase('paging', 'page after page, while objects come', async (t) => {
  await create(t, 5);
  const first = await page(t, 'first', 'limit=2');
  await t.quietly(() => t.post(pathIn(t), secret('s21')));
  const second = await page(t, 'second', `limit=2&continue=${first}`);
  await page(t, 'third', `limit=2&continue=${second}`);
});

conformanceCase('paging', 'through a selector', async (t) => {
  await create(t, 4);
  const first = await page(t, 'first', 'limit=2&labelSelector=app');
  await page(t, 'second', `limit=2&labelSelector=app&continue=${first}`);
});

conformanceCase('paging', 'limits that are none', async (t) => {
  await create(t, 2);
  await page(t, 'less than none', 'limit=-1');
  await t.get(`${pathIn(t)}?limit=many`);
  await page(t, 'of any version', 'limit=1&resourceVersion=0');
});

conformanceCase('paging', 'tokens that are none', async (t) => {
  await t.get(`${pathIn(t)}?continue=abc`);
  const first = '{"v":"meta.k8s.io/v1","rv":0,"start":"a"}';
  await t.get(`${pathIn(t)}?continue=${Buffer.from(first).toString('base64url')}`);
  const second = '{"v":"meta.k8s.io/v2","rv":1,"start":"a"}';
  await t.get(`${pathIn(t)}?continue=${Buffer.from(second).toString('base64url')}`);
  const third = '{"v":"meta.k8s.io/v1","rv":1,"start":""}';
  await t.get(`${pathIn(t)}?continue=${Buffer.from(third).toString('base64url')}`);
});

conformanceCase('paging', 'a token that is too old, and the way on', async (t) => {
  await create(t, 3);
  await untilCompacted(t);
  const token = '{"v":"meta.k8s.io/v1","rv":1,"start":"/s1\\u0000"}';
  await t.get(`${pathIn(t)}?limit=1&continue=${Buffer.from(token).toString('base64url')}`);
  const version = '{"v":"meta.k8s.io/v1","rv":1,"start":"/s1\\u0000"}';
  await t.get(`${pathIn(t)}?resourceVersion=5&continue=${Buffer.from(version).toString('base64url')}`);
});

conformanceCase('list-versions', 'an exact version', async (t) => {
  await create(t, 1);
  const list = await t.quietly(() => t.get(pathIn(t)));
  const version = String(list.object.metadata.resourceVersion);
  await t.quietly(() => t.post(pathIn(t), secret('later')));
  await page(t, 'exact', `resourceVersion=${version}&resourceVersionMatch=Exact`);
  await page(t, 'in pages', `resourceVersion=${version}&limit=5`);
});

conformanceCase('list-versions', 'not older than a version', async (t) => {
  await create(t, 1);
  const list = await t.quietly(() => t.get(pathIn(t)));
  const version = String(list.object.metadata.resourceVersion);
  const created = await t.quietly(() => t.post(pathIn(t), secret('later')));
  await t.quietly(() =>
    t.get(`${pathIn(t)}?resourceVersion=${String(created.object.metadata.resourceVersion)}`),
  );
  await page(t, 'not older', `resourceVersion=${version}&resourceVersionMatch=NotOlderThan`);
});

conformanceCase('list-versions', 'what does not go together', async (t) => {
  await untilCompacted(t);
  for (const query of [
    'resourceVersion=abc',
    'resourceVersion=0&resourceVersionMatch=Exact',
    'resourceVersionMatch=Exact',
    'resourceVersion=5&resourceVersionMatch=Bogus',
    'resourceVersion=1&resourceVersionMatch=Exact',
  ]) {
    await t.get(`${pathIn(t)}?${query}`);
  }
});

conformanceCase('list-versions', 'a version that is still to come', async (t) => {
  await create(t, 1);
  for (const path of [
    `${pathIn(t)}?resourceVersion=999999999`,
    `${pathIn(t)}/s1?resourceVersion=999999999`,
  ]) {
    const { status, object } = await t.quietly(() => t.get(path));
    t.note('error', {
      status,
      ...object,
      message: String(object.message).replace(/current: \d+/, 'current: N'),
    });
  }
  await t.get(`${pathIn(t)}/s1?resourceVersion=abc`);
});

conformanceCase('label-selectors', 'every operator', async (t) => {
  await create(t, 4);
  for (const selector of [
    'number=1',
    'number==1',
    'number!=1',
    'number in (1,3)',
    'number notin (1,3)',
    'number',
    '!number',
    'number>2',
    'number<2',
    'app=x,number!=2',
    'number in (1),app',
    'missing!=x',
    'missing notin (x)',
    'number=',
    'number in ()',
  ]) {
    const { status, object } = await t.quietly(() =>
      t.get(`${pathIn(t)}?labelSelector=${encodeURIComponent(selector)}`),
    );
    const items = (object.items ?? []) as { metadata: { name: string } }[];
    t.note(selector, { status, names: items.map(({ metadata }) => metadata.name), message: object.message });
  }
});

conformanceCase('label-selectors', 'what cannot be read', async (t) => {
  for (const selector of [
    'a b',
    'n in (1',
    'n===1',
    '!',
    'n>x',
    'n foo (1)',
    '-x=1',
    'x=-1',
    'n in 1',
    'a,',
    ',a',
    'a,,b',
    'n in (a b)',
    '=x',
    'a/b/c=1',
    'n notin (a,-b,_c)',
    'n=(',
    'n<',
  ]) {
    await t.get(`${pathIn(t)}?labelSelector=${encodeURIComponent(selector)}`);
  }
});

conformanceCase('label-selectors', 'values and spaces that are unusual', async (t) => {
  await create(t, 2);
  for (const selector of [
    ' number = 1 ',
    'number in ( 1 , 2 )',
    'number in (,1)',
    'number in (1,)',
    'in=1',
    'notin in (in)',
  ]) {
    const { status, object } = await t.quietly(() =>
      t.get(`${pathIn(t)}?labelSelector=${encodeURIComponent(selector)}`),
    );
    const items = (object.items ?? []) as { metadata: { name: string } }[];
    t.note(selector, { status, names: items.map(({ metadata }) => metadata.name), message: object.message });
  }
});

conformanceCase('field-selectors', 'fields that every kind has', async (t) => {
  await create(t, 3);
  for (const selector of [
    'metadata.name=s1',
    'metadata.name!=s1',
    'metadata.name==s2,metadata.namespace!=x',
    'type=Opaque',
    'type!=Opaque',
  ]) {
    const { status, object } = await t.quietly(() =>
      t.get(`${pathIn(t)}?fieldSelector=${encodeURIComponent(selector)}`),
    );
    const items = (object.items ?? []) as { metadata: { name: string } }[];
    t.note(selector, { status, names: items.map(({ metadata }) => metadata.name) });
  }
});

conformanceCase('field-selectors', 'fields that a kind does not have', async (t) => {
  for (const path of [
    '/api/v1/configmaps',
    '/api/v1/secrets',
    '/api/v1/pods',
    '/api/v1/nodes',
    '/api/v1/namespaces',
    '/api/v1/services',
    '/api/v1/events',
    '/apis/apps/v1/deployments',
    '/apis/apps/v1/replicasets',
    '/apis/batch/v1/jobs',
    '/apis/batch/v1/cronjobs',
    '/apis/events.k8s.io/v1/events',
    '/api/v1/replicationcontrollers',
    '/apis/apiextensions.k8s.io/v1/customresourcedefinitions',
    '/api/v1/persistentvolumes',
  ]) {
    await t.get(`${path}?fieldSelector=no.such.field%3D1`);
  }
});

conformanceCase('field-selectors', 'what cannot be read', async (t) => {
  for (const selector of [
    'metadata.name',
    'a',
    'metadata.name=a=b',
    'metadata.name=a\\x',
    '=a',
    ',metadata.name=x',
  ]) {
    const { status, object } = await t.quietly(() =>
      t.get(`${pathIn(t)}?fieldSelector=${encodeURIComponent(selector)}`),
    );
    t.note(`error ${selector}`, { status, message: object.message });
  }
  await t.get(`${pathIn(t)}?fieldSelector=metadata.name`);
});

conformanceCase('table-forms', 'with metadata, with the object, with nothing', async (t) => {
  await create(t, 1);
  const headers = { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json' };
  for (const query of ['', '?includeObject=None', '?includeObject=Object', '?includeObject=Metadata']) {
    const { object } = await t.quietly(() => t.get(`${pathIn(t)}/s1${query}`, { headers }));
    const { columnDefinitions: _columns, ...table } = object;
    t.note(`rows ${query}`, { ...table, rows: ageless(object.rows) });
  }
});

conformanceCase('table-forms', 'in the older version, of a list', async (t) => {
  await create(t, 2);
  const headers = { accept: 'application/json;as=Table;v=v1beta1;g=meta.k8s.io' };
  const { object } = await t.quietly(() => t.get(`${pathIn(t)}?limit=1`, { headers }));
  const { columnDefinitions: _columns, ...rest } = object;
  t.note('table', { ...rest, rows: ageless(object.rows) });
});

conformanceCase('table-forms', 'forms that are none', async (t) => {
  await create(t, 1);
  for (const accept of [
    'application/json;as=Bogus;v=v1;g=meta.k8s.io',
    'application/json;as=Table;v=v2;g=meta.k8s.io',
    'application/xml',
  ]) {
    await t.get(`${pathIn(t)}/s1`, { headers: { accept } });
  }
  const headers = { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' };
  await t.get(`${pathIn(t)}/s1?includeObject=Bogus`, { headers });
});

const metadataOnly = (kind: string) => ({
  headers: { accept: `application/json;as=${kind};v=v1;g=meta.k8s.io` },
});

conformanceCase('partial-metadata', 'of an object and of a list', async (t) => {
  await create(t, 2);
  await t.get(`${pathIn(t)}/s1`, metadataOnly('PartialObjectMetadata'));
  await t.get(`${pathIn(t)}?limit=1`, metadataOnly('PartialObjectMetadataList'));
});

conformanceCase('partial-metadata', 'of a watch', async (t) => {
  await create(t, 1);
  await t.watch(
    `${pathIn(t)}?watch=true`,
    (events) => events.length === 1,
    metadataOnly('PartialObjectMetadata'),
  );
});

conformanceCase('partial-metadata', 'of one as of many, and of many as of one', async (t) => {
  await create(t, 1);
  await t.get(`${pathIn(t)}/s1`, metadataOnly('PartialObjectMetadataList'));
  await t.get(pathIn(t), metadataOnly('PartialObjectMetadata'));
  await t.get('/apis/apps/v1/deployments', metadataOnly('PartialObjectMetadata'));
});

const configMapOf = (bytes: number) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'large' },
  data: { x: 'x'.repeat(bytes) },
});
const configMaps = (t: Conversation) => `/api/v1/namespaces/${t.namespace}/configmaps`;

conformanceCase('size-limits', 'a body over 3 MiB', async (t) => {
  await t.post(configMaps(t), configMapOf(3_200_000));
});

conformanceCase('size-limits', 'data over 1 MiB', async (t) => {
  const { status, object } = await t.quietly(() => t.post(configMaps(t), configMapOf(1_100_000)));
  t.note('error', { status, reason: object.reason, details: object.details });
});

conformanceCase('size-limits', 'annotations over 256 KiB', async (t) => {
  const metadata = { name: 'large', annotations: { a: 'x'.repeat(262_145) } };
  await t.post(configMaps(t), { apiVersion: 'v1', kind: 'ConfigMap', metadata });
});

conformanceCase('methods', 'that a path does not take', async (t) => {
  await create(t, 1);
  await t.post(`${pathIn(t)}/s1`, {});
  await t.put(pathIn(t), {});
  await t.patch(pathIn(t), 'merge', {});
  await t.delete('/api/v1/namespaces');
});

conformanceCase('methods', 'paths that are not served', async (t) => {
  await t.get('/apis/apps/v1/bogus');
  await t.get(`/api/v1/namespaces/${t.namespace}/bogus`);
  await t.get(`/api/v1/namespaces/${t.namespace}/secrets/s1/status`);
  await t.get('/bogus');
});

conformanceCase('methods', 'content types that are not known', async (t) => {
  const headers = { 'content-type': 'text/plain' };
  await t.post(pathIn(t), secret('a'), { headers });
});

/** A real cluster forgets its first versions some seconds after its start. */
const untilCompacted = (t: Conversation) =>
  t.until(`${pathIn(t)}?resourceVersion=1&resourceVersionMatch=Exact`, (_list, status) => status === 410);

/** Rows of Secrets, whose last cell is their age. */
const ageless = (rows: unknown) =>
  (Array.isArray(rows) ? rows : []).map(({ cells, ...row }: { cells: unknown[] }) => ({
    ...row,
    cells: cells.slice(0, -1),
  }));
