import { apply } from '../apply-of-case.ts';
import { conformanceCase } from '../conformance-case.ts';
import { createDefinition } from '../custom-resource-of-case.ts';

const text = { type: 'string' };
const schema = {
  type: 'object',
  properties: {
    spec: { type: 'object', properties: { text } },
    status: {
      type: 'object',
      properties: {
        phase: text,
        conditions: {
          type: 'array',
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-list-map-keys': ['type'],
          items: { type: 'object', required: ['type'], properties: { type: text, status: text } },
        },
      },
    },
  },
};

conformanceCase('apply-status', 'a status is applied by itself', async (t) => {
  const { path, type } = await createDefinition(t, { schema, version: { subresources: { status: {} } } });
  const widget = (others: Record<string, unknown>) => ({ ...type, metadata: { name: 'a' }, ...others });
  await apply(t, `${path}/a`, widget({ spec: { text: '1' }, status: { phase: 'ignored' } }));
  await apply(t, `${path}/a/status`, widget({ spec: { text: 'ignored' }, status: { phase: '1' } }), {
    manager: 'two',
  });
  await apply(t, `${path}/a/status`, widget({ status: { conditions: [{ type: 'A', status: 'True' }] } }), {
    manager: 'three',
  });
  await apply(t, `${path}/a/status`, widget({ status: { conditions: [{ type: 'B' }] } }), { manager: 'two' });
  await apply(t, `${path}/a`, widget({ spec: { text: '2' } }));
});

conformanceCase('apply-status', 'conflicts of a status', async (t) => {
  const { path, type } = await createDefinition(t, { schema, version: { subresources: { status: {} } } });
  const widget = (status: unknown) => ({ ...type, metadata: { name: 'a' }, status });
  await apply(t, `${path}/a/status`, widget({ phase: '1' }));
  await t.post(path, { ...type, metadata: { name: 'a' } });
  await apply(t, `${path}/a/status`, widget({ phase: '1', conditions: [{ type: 'A', status: 'True' }] }));
  await apply(t, `${path}/a/status`, widget({ phase: '2', conditions: [{ type: 'A', status: 'False' }] }), {
    manager: 'two',
  });
  await apply(t, `${path}/a/status`, widget({ phase: '2' }), { manager: 'two', force: true });
});

conformanceCase('apply-status', 'a resource without the subresource', async (t) => {
  const { path, type } = await createDefinition(t, { schema });
  await apply(t, `${path}/a`, { ...type, metadata: { name: 'a' }, status: { phase: '1' } });
  await apply(t, `${path}/a/status`, { ...type, metadata: { name: 'a' }, status: { phase: '2' } });
});

conformanceCase('apply-status', 'a status of a built-in kind', async (t) => {
  const path = `/api/v1/namespaces/${t.namespace}/persistentvolumeclaims`;
  const claim = (others: Record<string, unknown>, metadata: Record<string, unknown> = {}) => ({
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: 'a', ...metadata },
    ...others,
  });
  const spec = {
    storageClassName: 'none',
    accessModes: ['ReadWriteOnce'],
    resources: { requests: { storage: '1Gi' } },
  };
  await t.quietly(() => t.post(`${path}?fieldManager=one`, claim({ spec })));
  await t.quietly(() =>
    t.until(`${path}/a`, (object) => (object.status as { phase?: string }).phase === 'Pending'),
  );
  await apply(
    t,
    `${path}/a/status`,
    claim({ status: { capacity: { storage: '2Gi' } } }, { labels: { l: '1' } }),
    {
      manager: 'two',
    },
  );
  await apply(t, `${path}/a/status`, claim({ status: { capacity: { storage: '3Gi' } } }), {
    manager: 'three',
  });
});
