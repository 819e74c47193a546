import { conformanceCase } from '../conformance-case.ts';
import type { PatchType } from '../conversation.ts';
import { noteRefusedPatch } from '../refused-patch.ts';

/** Bodies that Go's decoder refuses: where, and of which kind. */
const BODIES: Record<string, [collection: string, body: Record<string, unknown>][]> = {
  'a value of another type than the field': [
    ['pods', pod({ containers: 'one' })],
    ['pods', pod({ containers: [{ name: 7, image: 'busybox' }] })],
    ['pods', pod({ containers: [], restartPolicy: 1 })],
    ['pods', pod({ containers: [], terminationGracePeriodSeconds: 1.5 })],
    ['pods', pod({ containers: [], hostNetwork: 'yes' })],
    ['pods', pod({ containers: [{ name: 'a', ports: [{ containerPort: 4294967296 }] }] })],
    ['pods', pod({ containers: [], volumes: [{ name: 'v', emptyDir: [] }] })],
    ['pods', pod('text')],
    ['pods', { apiVersion: 'v1', kind: 'Pod', metadata: 'text' }],
    ['configmaps', configMap({ data: { a: 1 } })],
    ['configmaps', configMap({ data: { a: true } })],
    ['configmaps', configMap({ data: { a: { b: 'c' } } })],
    ['configmaps', configMap({ data: ['a'] })],
    ['configmaps', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a', labels: { b: 1 } } }],
    ['configmaps', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a', annotations: [] } }],
    ['configmaps', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 1 } }],
    ['configmaps', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a', ownerReferences: {} } }],
    ['resourcequotas', quota({ hard: 'many' })],
  ],
  'a quantity that is none': [
    ['resourcequotas', quota({ hard: { pods: 'many' } })],
    ['resourcequotas', quota({ hard: { pods: '1Xi' } })],
    ['resourcequotas', quota({ hard: { pods: '' } })],
    ['resourcequotas', quota({ hard: { pods: true } })],
    ['pods', pod({ containers: [{ name: 'a', resources: { requests: { memory: '1.5.5' } } }] })],
  ],
  'quantities as the server writes them': [
    [
      'resourcequotas',
      quota({
        hard: { pods: 3, cpu: '1500m', memory: '0.5', 'requests.cpu': '1000m', 'requests.memory': '1024Mi' },
      }),
    ],
    ['resourcequotas', quota({ hard: { pods: '1e3', memory: '1.5Gi', cpu: 0.1 } })],
  ],
  'bytes that are not base64': [
    ['secrets', secret({ a: '###' })],
    ['secrets', secret({ a: 'YWJ' })],
    ['secrets', secret({ a: 'YW=J' })],
    ['secrets', secret({ a: 'YQ==Y' })],
    ['secrets', secret({ a: 1 })],
    ['secrets', secret({ a: 'YW\nJj' })],
  ],
  'a number or text that is neither': [
    ['services', service({ ports: [{ port: 80, targetPort: true }] })],
    ['services', service({ ports: [{ port: 80, targetPort: 1.5 }] })],
    ['services', service({ ports: [{ port: '80' }] })],
  ],
  'times that cannot be read': [
    ['events', event({ firstTimestamp: 'yesterday' })],
    ['events', event({ firstTimestamp: '2024-13-01T00:00:00Z' })],
    ['events', event({ firstTimestamp: '2024-02-30T00:00:00Z' })],
    ['events', event({ firstTimestamp: '2024-01-01' })],
    ['events', event({ firstTimestamp: 5 })],
    ['events', event({ eventTime: '2024-01-01T00:00:00Z' })],
    ['events', event({ firstTimestamp: '2024-01-01T02:00:00+02:00' })],
  ],
  'another version or kind than the path': [
    ['configmaps', { apiVersion: 'v2', kind: 'ConfigMap', metadata: { name: 'a' } }],
    ['configmaps', { apiVersion: 'apps/v1', kind: 'ConfigMap', metadata: { name: 'a' } }],
    ['configmaps', { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'a' } }],
    ['configmaps', { apiVersion: 'v1', kind: 'Nonsense', metadata: { name: 'a' } }],
    ['configmaps', { apiVersion: 'a/b/c', kind: 'ConfigMap', metadata: { name: 'a' } }],
    ['configmaps', { apiVersion: 1, kind: 'ConfigMap', metadata: { name: 'a' } }],
    ['configmaps', { apiVersion: 'v1', kind: ['ConfigMap'], metadata: { name: 'a' } }],
    ['configmaps', { apiVersion: 'v1', kind: 'configmap', metadata: { name: 'a' } }],
  ],
  'neither version nor kind': [
    ['configmaps', { metadata: { name: 'a' } }],
    ['configmaps', { kind: 'ConfigMap', metadata: { name: 'b' } }],
    ['configmaps', { apiVersion: 'v1', metadata: { name: 'c' } }],
  ],
  'nulls and empty values': [
    [
      'configmaps',
      {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'a', labels: null, annotations: {} },
        data: { a: null, b: '' },
        binaryData: {},
      },
    ],
    [
      'configmaps',
      {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'b', creationTimestamp: null, finalizers: [], ownerReferences: null },
        data: null,
        immutable: null,
      },
    ],
    [
      'configmaps',
      {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'c', generateName: '', labels: { a: '' } },
        data: {},
        immutable: false,
      },
    ],
    [
      'serviceaccounts',
      {
        apiVersion: 'v1',
        kind: 'ServiceAccount',
        metadata: { name: 'a' },
        secrets: [],
        imagePullSecrets: [{ name: '' }],
      },
    ],
  ],
};

for (const [name, requests] of Object.entries(BODIES)) {
  conformanceCase('decoding-errors', name, async (t) => {
    for (const [collection, body] of requests) {
      const raw = JSON.stringify(body).replaceAll('NAMESPACE', t.namespace);
      await t.send('POST', `/api/v1/namespaces/${t.namespace}/${collection}`, { raw });
    }
  });
}

conformanceCase(
  'decoding-errors',
  'lists and objects that are left out, null or empty in a role',
  async (t) => {
    const path = `/apis/rbac.authorization.k8s.io/v1/namespaces/${t.namespace}`;
    const type = { apiVersion: 'rbac.authorization.k8s.io/v1' };
    await t.post(`${path}/roles`, { ...type, kind: 'Role', metadata: { name: 'none' } });
    await t.post(`${path}/roles`, { ...type, kind: 'Role', metadata: { name: 'empty' }, rules: [] });
    await t.get(`${path}/roles/empty`);
    await t.post(`${path}/roles`, {
      ...type,
      kind: 'Role',
      metadata: { name: 'null' },
      rules: [{ verbs: null, resources: ['pods'] }],
    });
  },
);

conformanceCase('decoding-errors', 'an update and a patch with values of another type', async (t) => {
  const path = `/api/v1/namespaces/${t.namespace}/configmaps`;
  await t.quietly(() => t.post(path, configMap({})));
  await t.put(`${path}/a`, configMap({ data: { a: 1 } }));
  const patches: [PatchType, unknown][] = [
    ['merge', { data: { a: 1 } }],
    ['json', [{ op: 'add', path: '/data', value: { a: 1 } }]],
    ['merge', { kind: 'Secret' }],
    ['merge', { apiVersion: 'v2' }],
  ];
  for (const [type, patch] of patches) {
    await noteRefusedPatch(t, JSON.stringify(patch), () => t.patch(`${path}/a`, type, patch));
  }
});

function pod(spec: unknown) {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a' }, spec };
}
function configMap(fields: Record<string, unknown>) {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' }, ...fields };
}
function quota(spec: unknown) {
  return { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { generateName: 'a-' }, spec };
}
function secret(data: Record<string, unknown>) {
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'a' }, data };
}
function service(spec: unknown) {
  return { apiVersion: 'v1', kind: 'Service', metadata: { name: 'a' }, spec };
}
function event(fields: Record<string, unknown>) {
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: 'a' },
    involvedObject: { kind: 'ConfigMap', name: 'a', namespace: 'NAMESPACE' },
    ...fields,
  };
}
