import { conformanceCase } from '../conformance-case.ts';

const TEXTS: Record<string, string[]> = {
  'JSON that ends too early': ['{"apiVersion":"v1","kind":"ConfigMap"', '{"a":', '{"a"', '{', '"', ''],
  'JSON with a wrong letter': [
    '{"apiVersion":"v1",}',
    '{apiVersion: v1}',
    "{'a': 1}",
    '{"a":tru}',
    '{"a":1 "b":2}',
    '{"a":1}x',
    '{"a":01}',
    '{"a":"\n"}',
    '{"a":"\\x"}',
    '{"a":1]',
    '[1,]',
    '{"kind":"ConfigMap","metadata":{"name":"a","labels":{"x":"y"}},"data":{"a":"b"},,}',
  ],
  'JSON that is no object': ['[]', '"text"', '7', 'null', 'true', 'plain words'],
};

for (const [name, texts] of Object.entries(TEXTS)) {
  conformanceCase('malformed-bodies', name, async (t) => {
    for (const raw of texts) await t.send('POST', `/api/v1/namespaces/${t.namespace}/configmaps`, { raw });
  });
}

conformanceCase('malformed-bodies', 'a body of a type that the server does not read', async (t) => {
  const path = `/api/v1/namespaces/${t.namespace}/configmaps`;
  const raw = JSON.stringify({ metadata: { name: 'a' } });
  for (const type of ['text/plain', 'application/xml', 'nonsense', 'application/json; charset=utf-8']) {
    await t.send('POST', path, { raw, headers: { 'content-type': type } });
  }
});

conformanceCase('malformed-bodies', 'malformed patches', async (t) => {
  const path = `/api/v1/namespaces/${t.namespace}/configmaps`;
  await t.quietly(() => t.post(path, { metadata: { name: 'a' } }));
  for (const raw of ['{', '[]', '"text"', 'null', '7', '']) {
    for (const type of ['merge-patch', 'strategic-merge-patch', 'json-patch']) {
      await t.send('PATCH', `${path}/a`, { raw, headers: { 'content-type': `application/${type}+json` } });
    }
  }
});

conformanceCase('malformed-bodies', 'malformed bodies of a custom resource', async (t) => {
  const crds = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
  const group = `m${t.token}.example.com`;
  await t.quietly(() =>
    t.post(crds, {
      metadata: { name: `things.${group}` },
      spec: {
        group,
        scope: 'Namespaced',
        names: { plural: 'things', kind: 'Thing' },
        versions: [
          { name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } },
        ],
      },
    }),
  );
  t.after(() => t.delete(`${crds}/things.${group}`));
  const path = `/apis/${group}/v1/namespaces/${t.namespace}/things`;
  await t.until(path, (_list, status) => status === 200);
  for (const raw of [
    '{',
    '[]',
    '"text"',
    'null',
    '',
    '{"metadata":{"name":"a"}}',
    '{"kind":"Thing","metadata":{"name":"b"}}',
  ]) {
    await t.send('POST', path, { raw });
  }
  const thing = { apiVersion: `${group}/v1`, kind: 'Thing' };
  await t.post(path, { ...thing, apiVersion: 'v1', metadata: { name: 'c' } });
  await t.post(path, { ...thing, kind: 'Other', metadata: { name: 'c' } });
  await t.post(path, { ...thing, metadata: { name: 'c', labels: { a: 1 } } });
  await t.post(path, { ...thing, metadata: { name: 7 } });
  await t.post(path, { ...thing, metadata: 'text' });
  await t.post(path, { ...thing, metadata: null });
});
