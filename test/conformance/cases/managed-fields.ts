import { apply, change, noteOwners } from '../apply-of-case.ts';
import { conformanceCase } from '../conformance-case.ts';

const configMap = (data?: Record<string, string>, metadata: Record<string, unknown> = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'a', ...metadata },
  ...(data && { data }),
});

const collection = (namespace: string) => `/api/v1/namespaces/${namespace}/configmaps`;

const template = {
  metadata: { labels: { app: 'a' } },
  spec: {
    nodeSelector: { nowhere: 'x' },
    containers: [
      {
        name: 'a',
        image: 'busybox:1.36',
        command: ['sleep', '1'],
        env: [{ name: 'A', value: '1' }],
        ports: [{ containerPort: 80 }],
        resources: { requests: { cpu: '1m' } },
        volumeMounts: [{ name: 'v', mountPath: '/v' }],
      },
    ],
    volumes: [
      { name: 'v', emptyDir: {} },
      { name: 'c', configMap: { name: 'a', optional: true } },
    ],
  },
};

/** One of each kind whose fields are owned in a way of its own. */
const OBJECTS: [path: string, object: Record<string, unknown>][] = [
  ['/api/v1/namespaces/NAMESPACE/secrets', { apiVersion: 'v1', kind: 'Secret', stringData: { x: '1' } }],
  [
    '/api/v1/namespaces/NAMESPACE/services',
    { apiVersion: 'v1', kind: 'Service', spec: { selector: { a: 'b' }, ports: [{ port: 80 }] } },
  ],
  ['/api/v1/namespaces/NAMESPACE/serviceaccounts', { apiVersion: 'v1', kind: 'ServiceAccount' }],
  [
    '/api/v1/namespaces/NAMESPACE/persistentvolumeclaims',
    {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      spec: {
        storageClassName: 'none',
        accessModes: ['ReadWriteOnce'],
        resources: { requests: { storage: '1Gi' } },
      },
    },
  ],
  ['/api/v1/namespaces/NAMESPACE/pods', { apiVersion: 'v1', kind: 'Pod', spec: template.spec }],
  [
    '/apis/apps/v1/namespaces/NAMESPACE/deployments',
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      spec: { replicas: 0, selector: { matchLabels: { app: 'a' } }, template },
      status: { replicas: 3 },
    },
  ],
  [
    '/apis/apps/v1/namespaces/NAMESPACE/statefulsets',
    {
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      spec: {
        replicas: 0,
        serviceName: 'a',
        selector: { matchLabels: { app: 'a' } },
        template,
        volumeClaimTemplates: [
          {
            metadata: { name: 'd' },
            spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
          },
        ],
      },
    },
  ],
  [
    '/apis/batch/v1/namespaces/NAMESPACE/jobs',
    {
      apiVersion: 'batch/v1',
      kind: 'Job',
      spec: { suspend: true, template: { spec: { ...template.spec, restartPolicy: 'Never' } } },
    },
  ],
  [
    '/apis/rbac.authorization.k8s.io/v1/namespaces/NAMESPACE/roles',
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'Role',
      rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }],
    },
  ],
  [
    '/apis/coordination.k8s.io/v1/namespaces/NAMESPACE/leases',
    { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', spec: { holderIdentity: 'x' } },
  ],
  [
    '/api/v1/namespaces/NAMESPACE/events',
    {
      apiVersion: 'v1',
      kind: 'Event',
      involvedObject: { kind: 'Pod', name: 'a', namespace: 'NAMESPACE' },
      reason: 'Reason',
      message: 'message',
      type: 'Normal',
    },
  ],
];

conformanceCase(
  'managed-fields',
  'who creates an object owns what it sets and what defaults add',
  async (t) => {
    for (const [path, object] of OBJECTS) {
      const filled = JSON.parse(
        JSON.stringify({ ...object, metadata: { name: 'a', labels: { l: '1' } } }).replaceAll(
          'NAMESPACE',
          t.namespace,
        ),
      ) as unknown;
      const created = await t.quietly(() =>
        t.post(`${path.replace('NAMESPACE', t.namespace)}?fieldManager=one`, filled),
      );
      t.note(`${String(object.kind)}: status`, created.status);
      noteOwners(t, created);
    }
  },
);

conformanceCase('managed-fields', 'who changes a field owns it', async (t) => {
  const path = collection(t.namespace);
  noteOwners(
    t,
    await t.post(`${path}?fieldManager=one`, configMap({ x: '1', y: '1' }, { labels: { l: '1' } })),
  );
  await change(t, `${path}/a`, { data: { y: '2', z: '2' } }, { manager: 'two' });
  await change(t, `${path}/a`, { data: { x: null } }, { manager: 'three' });
  await change(t, `${path}/a`, { data: { y: '2' } }, { manager: 'four' });
  const read = await t.get(`${path}/a`);
  noteOwners(t, await t.put(`${path}/a?fieldManager=five`, { ...read.object, data: { w: '5' } }));
  await change(t, `${path}/a`, [{ op: 'add', path: '/data/v', value: '6' }], {
    manager: 'six',
    type: 'json',
  });
  await change(t, `${path}/a`, { metadata: { labels: { l: '7' } } }, { manager: 'seven', type: 'strategic' });
});

conformanceCase('managed-fields', 'the program that writes is the owner where none is named', async (t) => {
  const path = collection(t.namespace);
  const as = (agent: string) => ({ headers: { 'user-agent': agent } });
  noteOwners(t, await t.post(path, configMap({ x: '1' }), as('kubectl/v1.34.1 (linux/amd64)')));
  await change(t, `${path}/a`, { data: { x: '2' } }, { manager: '', ...as('a program without a version') });
  await change(t, `${path}/a`, { data: { x: '3' } }, { manager: '', ...as(`${'long'.repeat(40)}/1`) });
});

conformanceCase('managed-fields', 'names that no owner can have', async (t) => {
  const path = collection(t.namespace);
  await t.post(`${path}?fieldManager=${'x'.repeat(129)}`, configMap());
  await t.post(`${path}?fieldManager=a%0Ab`, configMap());
  await t.post(`${path}?fieldManager=one`, configMap());
  await t.patch(`${path}/a?fieldManager=${'x'.repeat(129)}`, 'merge', {});
  await t.put(`${path}/a?fieldManager=a%07`, configMap());
});

conformanceCase(
  'managed-fields',
  'ownership is given up by an empty entry, until the next apply',
  async (t) => {
    const path = collection(t.namespace);
    await t.post(`${path}?fieldManager=one`, configMap({ x: '1' }));
    await change(t, `${path}/a`, { metadata: { managedFields: [{}] } });
    await change(t, `${path}/a`, { data: { y: '1' } });
    await apply(t, `${path}/a`, configMap({ z: '1' }));
    await change(t, `${path}/a`, { metadata: { managedFields: [] } });
  },
);

conformanceCase('managed-fields', 'entries can be sent along', async (t) => {
  const path = collection(t.namespace);
  const entry = (fieldsV1: unknown, others: Record<string, unknown> = {}) => ({
    manager: 'sent',
    operation: 'Update',
    apiVersion: 'v1',
    time: '2020-01-01T00:00:00Z',
    fieldsType: 'FieldsV1',
    fieldsV1,
    ...others,
  });
  await t.post(`${path}?fieldManager=one`, configMap({ x: '1' }));
  await change(t, `${path}/a`, { metadata: { managedFields: [entry({ 'f:data': { 'f:x': {} } })] } });
  await change(t, `${path}/a`, { metadata: { managedFields: [entry({}, { operation: 'Nothing' })] } });
  await change(t, `${path}/a`, { metadata: { managedFields: [entry({}, { fieldsType: '' })] } });
  await change(t, `${path}/a`, { metadata: { managedFields: [entry({}, { apiVersion: '' })] } });
  await change(t, `${path}/a`, { metadata: { managedFields: [entry({ x: {} })] } });
  await change(t, `${path}/a`, {
    metadata: { managedFields: [entry({ 'f:data': { '.': {}, 'f:gone': {} } })] },
  });
});

conformanceCase('managed-fields', 'of more than ten owners the oldest become one', async (t) => {
  const path = collection(t.namespace);
  await t.quietly(async () => {
    await t.post(`${path}?fieldManager=m00`, configMap({ m00: '1' }));
    for (let index = 1; index < 14; index++) {
      const name = `m${String(index).padStart(2, '0')}`;
      await t.patch(`${path}/a?fieldManager=${name}`, 'merge', { data: { [name]: '1' } });
    }
  });
  const read = await t.quietly(() => t.get(`${path}/a`));
  const owners = read.object.metadata.managedFields as { manager: string }[];
  t.note('number of owners', owners.length);
  t.note('the first', owners.map(({ manager }) => manager).toSorted()[0]);
});

conformanceCase('managed-fields', 'a status and a scale have owners of their own', async (t) => {
  const path = `/apis/apps/v1/namespaces/${t.namespace}/replicasets`;
  const set = {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name: 'a',
      ownerReferences: [{ apiVersion: 'v1', kind: 'Nothing', name: 'x', uid: 'x', controller: true }],
    },
    spec: { replicas: 0, selector: { matchLabels: { app: 'a' } }, template },
  };
  const owners = async (): Promise<void> => {
    const read = await t.quietly(() => t.get(`${path}/a`));
    const entries = (read.object.metadata.managedFields ?? []) as Record<string, unknown>[];
    const kept = entries.filter(({ manager }) => ['one', 'two', 'three', 'four'].includes(String(manager)));
    noteOwners(t, { ...read, object: { ...read.object, metadata: { managedFields: kept } } });
  };
  await t.quietly(() => t.post(`${path}?fieldManager=one`, set));
  await owners();
  await t.quietly(() => t.patch(`${path}/a/scale?fieldManager=two`, 'merge', { spec: { replicas: 0 } }));
  await owners();
  const scaled = await t.quietly(() =>
    t.patch(`${path}/a/scale?fieldManager=three`, 'merge', { spec: { replicas: -1 } }),
  );
  t.note('error of a negative scale', scaled.status);
  const read = await t.quietly(() => t.get(`${path}/a`));
  await t.quietly(() =>
    t.put(`${path}/a/status?fieldManager=four`, {
      ...read.object,
      metadata: { name: 'a', namespace: t.namespace, labels: { l: '1' } },
    }),
  );
  await owners();
});

conformanceCase('managed-fields', 'labels and annotations that defaults add', async (t) => {
  const never = { labels: { app: 'a' } };
  const alike = { metadata: never, spec: template.spec };
  for (const [path, kind, spec] of [
    ['/apis/apps/v1', 'DaemonSet', { selector: { matchLabels: never.labels }, template: alike }],
    ['/api/v1', 'ReplicationController', { replicas: 0, template: alike }],
    [
      '/apis/batch/v1',
      'Job',
      { suspend: true, template: { ...alike, spec: { ...template.spec, restartPolicy: 'Never' } } },
    ],
  ] as const) {
    const collectionOf = `${path}/namespaces/${t.namespace}/${kind.toLowerCase()}s`;
    const apiVersion = path.replace(/^\/apis?\//, '');
    const object = { apiVersion, kind, metadata: { name: 'a' }, spec };
    const created = await t.quietly(() => t.post(`${collectionOf}?fieldManager=one&dryRun=All`, object));
    const { labels, annotations } = created.object.metadata;
    t.note(kind, { labels: Object.keys(labels ?? {}), annotations });
    noteOwners(t, created);
  }
});

conformanceCase('managed-fields', 'the revision of a Deployment belongs to its status', async (t) => {
  const path = `/apis/apps/v1/namespaces/${t.namespace}/deployments`;
  const spec = { replicas: 0, selector: { matchLabels: { app: 'a' } }, template };
  const deployment = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'a' }, spec };
  await t.quietly(() => t.post(`${path}?fieldManager=one`, deployment));
  const { object } = await t.until(`${path}/a`, ({ metadata, status }) => {
    const { observedGeneration } = (status ?? {}) as { observedGeneration?: number };
    return observedGeneration === 1 && metadata.annotations !== undefined;
  });
  const entries = (object.metadata.managedFields ?? []) as Record<string, unknown>[];
  t.note(
    'others',
    entries
      .filter(({ manager }) => manager !== 'one')
      .map(({ operation, subresource, fieldsV1 }) => ({
        operation,
        subresource,
        metadata: (fieldsV1 as Record<string, unknown>)['f:metadata'],
      })),
  );
});

conformanceCase('managed-fields', 'what the server does by itself changes no owner', async (t) => {
  const path = collection(t.namespace);
  await t.post(`${path}?fieldManager=one`, configMap({ x: '1' }, { finalizers: ['example.com/x'] }));
  noteOwners(t, await t.delete(`${path}/a`));
  await change(t, `${path}/a`, { metadata: { finalizers: [] } });
});
