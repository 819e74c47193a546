import { conformanceCase } from '../conformance-case.ts';
import type { PatchType } from '../conversation.ts';
import { noteRefusedPatch } from '../refused-patch.ts';
import { createDefinition } from '../custom-resource-of-case.ts';

const DIRECTIVES = ['Strict', 'Warn', 'Ignore'] as const;

/** Bodies with fields that nobody knows, or that stand there twice, as text so that they can. */
const BODIES: [collection: string, raw: string][] = [
  ['configmaps', '{"kind":"ConfigMap","metadata":{"name":"NAME"},"dta":{"a":"b"}}'],
  [
    'configmaps',
    '{"kind":"ConfigMap","metadata":{"name":"NAME","lables":{"a":"b"}},"data":{"a":"1","a":"2"}}',
  ],
  ['configmaps', '{"kind":"ConfigMap","metadata":{"name":"NAME"},"data":{"a":"1"},"data":{"b":"2"}}'],
  [
    'configmaps',
    '{"kind":"ConfigMap","Metadata":{"name":"X"},"metadata":{"name":"NAME"},"x":{"y":1,"y":2},"x":3}',
  ],
  [
    'pods',
    '{"kind":"Pod","metadata":{"name":"NAME"},"spec":{"nodeName":"none","containers":[{"name":"a","image":"busybox:1.36","imge":"x","ports":[{"containerPort":1,"port":2}]},{"name":"b","image":"busybox:1.36","resources":{"limit":{}}}],"volumes":[{"name":"v","emptyDir":{"size":"1Gi"}}]}}',
  ],
];

for (const directive of DIRECTIVES) {
  const behaviour = `field-validation-${directive.toLowerCase()}`;

  conformanceCase(behaviour, 'creates with unknown and duplicate fields', async (t) => {
    for (const [index, [collection, raw]] of BODIES.entries()) {
      await t.send(
        'POST',
        `/api/v1/namespaces/${t.namespace}/${collection}?fieldValidation=${directive}&dryRun=All`,
        {
          raw: raw.replace('NAME', `a${index}`),
        },
      );
    }
  });

  conformanceCase(behaviour, 'updates and patches with unknown fields', async (t) => {
    const path = `/api/v1/namespaces/${t.namespace}/configmaps`;
    await t.quietly(() => t.post(path, { metadata: { name: 'a' } }));
    const query = `fieldValidation=${directive}`;
    await t.put(`${path}/a?${query}`, { metadata: { name: 'a', foo: 1 }, bar: { x: 1 } });
    const patches: [PatchType, object][] = [
      ['merge', { bar: 'x', metadata: { foo: 'y' } }],
      ['strategic', { bar: 'x' }],
      ['json', [{ op: 'add', path: '/bar', value: 'x' }]],
    ];
    for (const [type, patch] of patches) {
      await noteRefusedPatch(t, `${type} ${JSON.stringify(patch)}`, () =>
        t.patch(`${path}/a?${query}`, type, patch),
      );
    }
    await noteRefusedPatch(t, 'a patch that says something twice', () =>
      t.send('PATCH', `${path}/a?${query}`, {
        raw: '{"data":{"a":"1","a":"2"}}',
        headers: { 'content-type': 'application/merge-patch+json' },
      }),
    );
  });

  conformanceCase(behaviour, 'custom resources with unknown and duplicate fields', async (t) => {
    const schema = {
      type: 'object',
      properties: {
        spec: {
          type: 'object',
          properties: {
            size: { type: 'integer' },
            list: { type: 'array', items: { type: 'object', properties: { a: { type: 'string' } } } },
            map: {
              type: 'object',
              additionalProperties: { type: 'object', properties: { a: { type: 'string' } } },
            },
            free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
          },
        },
      },
    };
    const { path, type } = await createDefinition(t, { schema });
    const raw = (text: string) =>
      t.send('POST', `${path}?fieldValidation=${directive}`, {
        raw: text.replace('{', `{"apiVersion":"${type.apiVersion}","kind":"${type.kind}",`),
      });
    await raw(
      '{"metadata":{"name":"a"},"spec":{"size":1,"sise":2,"list":[{"a":"x"},{"b":"y"}],"free":{"x":1}},"other":true}',
    );
    await raw('{"metadata":{"name":"b"},"spec":{"size":1,"size":2},"spec":{"size":3}}');
    await raw('{"metadata":{"name":"c","foo":"bar"},"spec":{"map":{"k":{"a":"x","c":1}}}}');
  });
}

conformanceCase('field-validation-strict', 'a directive that does not exist', async (t) => {
  const path = `/api/v1/namespaces/${t.namespace}/configmaps`;
  await t.post(`${path}?fieldValidation=Loud`, { metadata: { name: 'a' } });
  await t.post(`${path}?fieldValidation=strict`, { metadata: { name: 'a' } });
  await t.post(`${path}?dryRun=Some`, { metadata: { name: 'a' } });
  await t.post(`${path}?dryRun=All&dryRun=All`, { metadata: { name: 'a' } });
});

conformanceCase('field-validation-warn', 'is what happens without a directive', async (t) => {
  const path = `/api/v1/namespaces/${t.namespace}/configmaps`;
  await t.post(path, { metadata: { name: 'a' }, foo: 1 });
  await t.post(path, { metadata: { name: 'a' }, data: { a: 1 } });
});

conformanceCase('field-validation-ignore', 'does not forgive values of the wrong type', async (t) => {
  const path = `/api/v1/namespaces/${t.namespace}/configmaps?fieldValidation=Ignore`;
  await t.post(path, { metadata: { name: 'a' }, data: { a: 1 } });
});
