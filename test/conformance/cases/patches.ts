import { conformanceCase } from '../conformance-case.ts';
import { noteRefusedPatch } from '../refused-patch.ts';
import { createDefinition } from '../custom-resource-of-case.ts';
import type { Conversation, PatchType } from '../conversation.ts';

/** Patches of a ConfigMap, one after the other. */
async function patchConfigMap(
  t: Conversation,
  type: PatchType,
  patches: unknown[],
  query = '',
): Promise<void> {
  const path = `/api/v1/namespaces/${t.namespace}/configmaps`;
  await t.quietly(() =>
    t.post(path, { metadata: { name: 'a', labels: { 'x/y': '1', 'm.n': '2' } }, data: { a: '1', b: '2' } }),
  );
  for (const patch of patches) {
    await noteRefusedPatch(t, JSON.stringify(patch), () => t.patch(`${path}/a${query}`, type, patch));
  }
}

const op = (name: string, path: string, more: object = {}) => ({ op: name, path, ...more });

conformanceCase('json-patch', 'adds, replaces, removes, moves, copies and tests', async (t) => {
  await patchConfigMap(t, 'json', [
    [op('add', '/data/c', { value: '3' }), op('replace', '/data/a', { value: '9' }), op('remove', '/data/b')],
    [op('move', '/data/d', { from: '/data/c' }), op('copy', '/data/e', { from: '/data/a' })],
    [op('test', '/data/a', { value: '9' }), op('add', '/data', { value: { only: 'this' } })],
    [op('add', '/metadata/labels/p~1q', { value: '3' }), op('remove', '/metadata/labels/x~1y')],
    [],
  ]);
});

conformanceCase('json-patch', 'operations that fail', async (t) => {
  await patchConfigMap(t, 'json', [
    [op('test', '/data/a', { value: 'x' })],
    [op('test', '/data/none', { value: 'x' })],
    [op('remove', '/data/none')],
    [op('replace', '/data/none', { value: 'x' })],
    [op('add', '/none/deep', { value: 'x' })],
    [op('move', '/data/z', { from: '/data/none' })],
    [op('copy', '/data/z', { from: '/data/none' })],
    [op('shout', '/data/a', { value: 'x' })],
    [op('add', 'data/a', { value: 'x' })],
    [op('add', '/data/a')],
    [{ path: '/data/a', value: 'x' }],
    [{ op: 'add', value: 'x' }],
    [op('add', '/metadata/name', { value: 'b' })],
    [op('remove', '/metadata/name')],
    [op('replace', '/metadata/uid', { value: 'b' })],
    { op: 'add' },
    ['add'],
  ]);
});

conformanceCase('json-patch', 'lists by their index', async (t) => {
  const { path, type } = await createDefinition(t, {
    schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
  });
  await t.quietly(() => t.post(path, { ...type, metadata: { name: 'a' }, spec: { list: ['a', 'b', 'c'] } }));
  for (const operations of [
    [op('add', '/spec/list/1', { value: 'x' })],
    [op('add', '/spec/list/-', { value: 'end' })],
    [op('remove', '/spec/list/0')],
    [op('replace', '/spec/list/1', { value: { deep: [1] } })],
    [op('add', '/spec/list/1/deep/0', { value: 0 })],
    [op('add', '/spec/list/9', { value: 'x' })],
    [op('remove', '/spec/list/9')],
    [op('remove', '/spec/list/-1')],
    [op('add', '/spec/list/x', { value: 'x' })],
    [op('test', '/spec/list/0', { value: 'x' })],
    [op('test', '/spec', { value: { list: [] } })],
  ]) {
    await t.patch(`${path}/a`, 'json', operations);
  }
});

conformanceCase('merge-patch', 'merges objects, replaces lists, and deletes by null', async (t) => {
  await patchConfigMap(t, 'merge', [
    { data: { a: '9', c: '3' } },
    { data: { a: null }, metadata: { labels: null, annotations: { x: 'y' } } },
    { data: null },
    {},
    { metadata: { finalizers: ['example.com/a'] } },
    { metadata: { finalizers: [] } },
  ]);
});

conformanceCase('merge-patch', 'what it may not change', async (t) => {
  await patchConfigMap(t, 'merge', [
    { metadata: { name: 'b' } },
    { metadata: { namespace: 'other' } },
    { metadata: { uid: 'b' } },
    { metadata: { resourceVersion: '1' } },
    {
      metadata: {
        creationTimestamp: '2020-01-01T00:00:00Z',
        generation: 7,
        deletionTimestamp: '2020-01-01T00:00:00Z',
      },
    },
    { metadata: { ownerReferences: [{ name: 'x' }] } },
    { data: 'text' },
  ]);
});

conformanceCase('merge-patch', 'of what does not exist, and by a name for its manager', async (t) => {
  const path = `/api/v1/namespaces/${t.namespace}/configmaps`;
  await t.patch(`${path}/none`, 'merge', { data: { a: '1' } });
  await patchConfigMap(t, 'merge', [{ data: { a: '7' } }], '?fieldManager=me');
  await t.patch(`${path}/a?fieldManager=${'m'.repeat(129)}`, 'merge', { data: { a: '8' } });
  await t.patch(`${path}/a?force=true`, 'merge', { data: { a: '8' } });
  await t.patch(`${path}/a?dryRun=All`, 'merge', { data: { a: '9' } });
});

conformanceCase('merge-patch', 'a content type that is no patch', async (t) => {
  await patchConfigMap(t, 'merge', []);
  const path = `/api/v1/namespaces/${t.namespace}/configmaps/a`;
  for (const type of ['application/json', 'text/plain', '']) {
    await t.send('PATCH', path, { raw: '{}', headers: { 'content-type': type } });
  }
});

const POD_TEMPLATE = {
  metadata: { labels: { app: 'a' } },
  spec: {
    containers: [
      {
        name: 'one',
        image: 'busybox:1.36',
        args: ['a', 'b'],
        env: [
          { name: 'A', value: '1' },
          { name: 'B', value: '2' },
        ],
        ports: [
          { containerPort: 80, protocol: 'TCP' },
          { containerPort: 81, protocol: 'TCP' },
        ],
        volumeMounts: [{ name: 'v', mountPath: '/v' }],
      },
      { name: 'two', image: 'busybox:1.36' },
    ],
    volumes: [{ name: 'v', emptyDir: {} }],
    tolerations: [{ key: 'a', operator: 'Exists' }],
    nodeSelector: { a: 'b', c: 'd' },
    imagePullSecrets: [{ name: 's1' }],
  },
};

/** Patches of the pod template of a paused Deployment without replicas; what the template then is gets noted. */
async function patchTemplate(t: Conversation, patches: unknown[], more: object = {}): Promise<void> {
  const path = `/apis/apps/v1/namespaces/${t.namespace}/deployments`;
  await t.quietly(() =>
    t.post(path, {
      metadata: { name: 'a', finalizers: ['example.com/a'] },
      spec: {
        replicas: 0,
        paused: true,
        selector: { matchLabels: { app: 'a' } },
        template: POD_TEMPLATE,
        ...more,
      },
    }),
  );
  t.after(() => t.patch(`${path}/a`, 'merge', { metadata: { finalizers: null } }));
  for (const patch of patches) {
    const answer = await t.quietly(() => t.patch(`${path}/a?dryRun=All`, 'strategic', patch));
    const { spec } = answer.object as { spec?: { template?: unknown; strategy?: unknown } };
    const { finalizers } = answer.object.metadata;
    t.note(`${answer.status < 400 ? '' : 'error: '}${JSON.stringify(patch)}`, {
      status: answer.status,
      // What is wrong is said in Go's own terms; that it is refused, and as what, is the behaviour.
      ...(answer.status < 400
        ? { template: spec?.template, strategy: spec?.strategy, finalizers }
        : { reason: answer.object.reason }),
    });
  }
}

const container = (fields: object) => ({
  spec: { template: { spec: { containers: [{ name: 'one', ...fields }] } } },
});
const podSpec = (fields: object) => ({ spec: { template: { spec: fields } } });

conformanceCase('strategic-merge-patch', 'lists that merge by a key', async (t) => {
  await patchTemplate(t, [
    container({ image: 'alpine:3.20' }),
    container({
      env: [
        { name: 'B', value: '9' },
        { name: 'C', value: '3' },
      ],
    }),
    container({ ports: [{ containerPort: 80, name: 'http' }] }),
    container({ volumeMounts: [{ mountPath: '/w', name: 'v' }] }),
    container({ args: ['c'] }),
    podSpec({ containers: [{ name: 'three', image: 'busybox:1.36' }] }),
    podSpec({ volumes: [{ name: 'w', emptyDir: {} }] }),
    podSpec({ volumes: [{ name: 'v', emptyDir: null, hostPath: { path: '/tmp' } }] }),
    podSpec({ tolerations: [{ key: 'b', operator: 'Exists' }] }),
    podSpec({ nodeSelector: { c: null, e: 'f' } }),
    podSpec({ imagePullSecrets: [{ name: 's2' }] }),
    { metadata: { finalizers: ['example.com/b'] } },
  ]);
});

conformanceCase('strategic-merge-patch', 'directives', async (t) => {
  await patchTemplate(t, [
    podSpec({ containers: [{ name: 'two', $patch: 'delete' }] }),
    podSpec({ containers: [{ $patch: 'replace' }, { name: 'new', image: 'busybox:1.36' }] }),
    podSpec({ nodeSelector: { $patch: 'replace', z: 'z' } }),
    podSpec({ nodeSelector: { $patch: 'delete' } }),
    podSpec({
      $setElementOrder: undefined,
      '$setElementOrder/containers': [{ name: 'two' }, { name: 'one' }],
    }),
    podSpec({
      '$setElementOrder/containers': [{ name: 'two' }, { name: 'three' }, { name: 'one' }],
      containers: [{ name: 'three', image: 'x' }],
    }),
    podSpec({ volumes: [{ name: 'v', $retainKeys: ['name', 'hostPath'], hostPath: { path: '/tmp' } }] }),
    { spec: { strategy: { $retainKeys: ['type'], type: 'Recreate' } } },
    { metadata: { '$deleteFromPrimitiveList/finalizers': ['example.com/a'] } },
    {
      metadata: {
        '$setElementOrder/finalizers': ['example.com/b', 'example.com/a'],
        finalizers: ['example.com/b'],
      },
    },
  ]);
});

conformanceCase('strategic-merge-patch', 'patches that are refused', async (t) => {
  await patchTemplate(t, [
    podSpec({ containers: [{ image: 'no-name' }] }),
    podSpec({ containers: 'text' }),
    podSpec({ containers: ['text'] }),
    podSpec({ nodeSelector: { $patch: 'shout' } }),
    podSpec({ containers: [{ name: 'one', $patch: 'shout' }] }),
    podSpec({ volumes: [{ name: 'v', $retainKeys: ['name'], hostPath: { path: '/tmp' } }] }),
    podSpec({ volumes: [{ name: 'v', $retainKeys: 'name' }] }),
    podSpec({ '$setElementOrder/containers': [{ name: 'one' }], containers: [{ name: 'two', image: 'x' }] }),
    podSpec({ '$setElementOrder/containers': 'text' }),
    { metadata: { labels: 'text' } },
    { spec: 'text' },
    { unknown: { a: 1 } },
  ]);
});

conformanceCase('strategic-merge-patch', 'of services, accounts and roles', async (t) => {
  const path = `/api/v1/namespaces/${t.namespace}`;
  await t.quietly(() =>
    t.post(`${path}/services`, {
      metadata: { name: 'a' },
      spec: {
        clusterIP: 'None',
        selector: { a: 'b' },
        ports: [
          { port: 80, name: 'x' },
          { port: 81, name: 'y' },
        ],
      },
    }),
  );
  const ports = async (patch: object) => {
    const answer = await t.quietly(() => t.patch(`${path}/services/a`, 'strategic', patch));
    t.note(JSON.stringify(patch), {
      status: answer.status,
      ports: (answer.object.spec as { ports?: unknown } | undefined)?.ports ?? answer.body,
    });
  };
  await ports({ spec: { ports: [{ port: 81, targetPort: 8081 }] } });
  await ports({ spec: { ports: [{ port: 80, $patch: 'delete' }] } });
  await t.quietly(() =>
    t.post(`${path}/serviceaccounts`, {
      metadata: { name: 'a' },
      imagePullSecrets: [{ name: 'x' }],
      secrets: [{ name: 'y' }],
    }),
  );
  await t.patch(`${path}/serviceaccounts/a`, 'strategic', {
    imagePullSecrets: [{ name: 'z' }],
    secrets: [{ name: 'w' }],
  });
  const roles = `/apis/rbac.authorization.k8s.io/v1/namespaces/${t.namespace}/roles`;
  await t.quietly(() =>
    t.post(roles, {
      metadata: { name: 'a' },
      rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }],
    }),
  );
  await t.patch(`${roles}/a`, 'strategic', {
    rules: [{ apiGroups: ['apps'], resources: ['deployments'], verbs: ['get'] }],
  });
  const refused = await t.quietly(() =>
    t.patch(`${path}/services/a`, 'strategic', { spec: { ports: [{ name: 'no-port' }] } }),
  );
  t.note('error: an item without its key', refused.status);
});

conformanceCase('strategic-merge-patch', 'of custom resources is refused', async (t) => {
  const { path, type } = await createDefinition(t, { schema: { type: 'object' } });
  await t.quietly(() => t.post(path, { ...type, metadata: { name: 'a' } }));
  await t.patch(`${path}/a`, 'strategic', { metadata: { labels: { a: 'b' } } });
});
