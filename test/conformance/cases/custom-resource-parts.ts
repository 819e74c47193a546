import { conformanceCase } from '../conformance-case.ts';
import { noteRefusedPatch } from '../refused-patch.ts';
import type { Conversation } from '../conversation.ts';
import { DEFINITIONS, createDefinition, definitionOf } from '../custom-resource-of-case.ts';

const replicas = {
  type: 'object',
  properties: {
    spec: {
      type: 'object',
      properties: { replicas: { type: 'integer' }, color: { type: 'string' }, size: { type: 'integer' } },
    },
    status: {
      type: 'object',
      properties: { replicas: { type: 'integer' }, selector: { type: 'string' }, note: { type: 'string' } },
    },
  },
};

conformanceCase('status-subresource', 'a custom resource that declares it', async (t) => {
  const { path, type } = await createDefinition(t, {
    schema: replicas,
    version: { subresources: { status: {} } },
  });
  await t.post(path, {
    ...type,
    metadata: { name: 'a' },
    spec: { replicas: 1 },
    status: { note: 'ignored' },
  });
  await t.patch(`${path}/a`, 'merge', { status: { note: 'ignored' } });
  await t.patch(`${path}/a/status`, 'merge', {
    spec: { replicas: 9 },
    status: { note: 'kept' },
    metadata: { labels: { a: 'b' } },
  });
  const read = await t.get(`${path}/a/status`);
  await t.put(`${path}/a/status`, { ...read.object, status: { note: 'put' } });
  await t.put(`${path}/a`, { ...read.object, spec: { replicas: 2 } });
  await t.patch(`${path}/a/status`, 'merge', { status: { note: 7 } });
  await t.delete(`${path}/a/status`);
  await t.post(`${path}/a/status`, {});
});

conformanceCase('status-subresource', 'a custom resource that does not', async (t) => {
  const { path, type } = await createDefinition(t, { schema: replicas });
  await t.post(path, { ...type, metadata: { name: 'a' }, spec: { replicas: 1 }, status: { note: 'kept' } });
  await t.get(`${path}/a/status`);
  await t.patch(`${path}/a/status`, 'merge', { status: { note: 'x' } });
  await t.patch(`${path}/a`, 'merge', { status: { note: 'x' } });
});

conformanceCase('status-subresource', 'built-in kinds', async (t) => {
  const path = `/apis/apps/v1/namespaces/${t.namespace}/replicasets`;
  const set = {
    metadata: { name: 'a' },
    spec: {
      replicas: 0,
      selector: { matchLabels: { a: 'b' } },
      template: {
        metadata: { labels: { a: 'b' } },
        spec: { containers: [{ name: 'a', image: 'busybox:1.36' }] },
      },
    },
  };
  await t.quietly(() => t.post(path, set));
  await t.until(
    `${path}/a`,
    ({ status }) => (status as { observedGeneration?: number }).observedGeneration === 1,
  );
  const seen = async (answer: Promise<{ object: Record<string, unknown>; status: number }>) => {
    const { object, status } = await answer;
    const { generation, labels } = object.metadata as { generation?: number; labels?: object };
    const { replicas: wanted } = (object.spec ?? {}) as { replicas?: number };
    return {
      status,
      generation,
      labels,
      wanted,
      conditions: (object.status as { conditions?: unknown }).conditions,
    };
  };
  const conditions = [{ type: 'ReplicaFailure', status: 'True', reason: 'Test', message: 'text' }];
  t.note(
    'patched',
    await t.quietly(() =>
      seen(
        t.patch(`${path}/a/status`, 'merge', {
          spec: { replicas: 7 },
          status: { conditions },
          metadata: { labels: { x: 'y' } },
        }),
      ),
    ),
  );
  await noteRefusedPatch(t, 'conditions that are no list', () =>
    t.patch(`${path}/a/status`, 'merge', { status: { conditions: 'none' } }),
  );
  await t.get(`/api/v1/namespaces/${t.namespace}/configmaps/none/status`);
  await t.patch(`${path}/missing/status`, 'merge', { status: {} });
});

conformanceCase('scale-subresource', 'a custom resource that declares it', async (t) => {
  const scale = {
    specReplicasPath: '.spec.replicas',
    statusReplicasPath: '.status.replicas',
    labelSelectorPath: '.status.selector',
  };
  const { path, type } = await createDefinition(t, {
    schema: replicas,
    version: { subresources: { status: {}, scale } },
  });
  await t.post(path, { ...type, metadata: { name: 'a' }, spec: { replicas: 1 } });
  await t.quietly(() => t.patch(`${path}/a/status`, 'merge', { status: { replicas: 1, selector: 'a=b' } }));
  const read = await t.get(`${path}/a/scale`);
  await t.put(`${path}/a/scale`, { ...read.object, spec: { replicas: 3 } });
  await t.put(`${path}/a/scale`, { ...read.object, spec: { replicas: 4 } });
  await t.patch(`${path}/a/scale`, 'merge', { spec: { replicas: 5 } });
  await t.patch(`${path}/a/scale`, 'json', [{ op: 'replace', path: '/spec/replicas', value: 6 }]);
  await t.patch(`${path}/a/scale`, 'merge', { spec: { replicas: -1 } });
  await noteRefusedPatch(t, 'replicas that are no number', () =>
    t.patch(`${path}/a/scale`, 'merge', { spec: { replicas: 'x' } }),
  );
  await t.patch(`${path}/a/scale`, 'strategic', { spec: { replicas: 7 } });
  await t.get(`${path}/a`);
  await t.get(`${path}/missing/scale`);
});

conformanceCase('scale-subresource', 'a custom resource without one, or without replicas', async (t) => {
  const { path, type } = await createDefinition(t, { schema: replicas });
  await t.quietly(() => t.post(path, { ...type, metadata: { name: 'a' } }));
  await t.get(`${path}/a/scale`);
  await t.patch(`${path}/a/scale`, 'merge', { spec: { replicas: 5 } });
});

conformanceCase('scale-subresource', 'of a custom resource that says no number of replicas', async (t) => {
  const scale = { specReplicasPath: '.spec.replicas', statusReplicasPath: '.status.replicas' };
  const { path, type } = await createDefinition(t, {
    schema: replicas,
    version: { subresources: { scale } },
  });
  await t.quietly(() => t.post(path, { ...type, metadata: { name: 'a' } }));
  await t.get(`${path}/a/scale`);
  await t.patch(`${path}/a/scale`, 'merge', { spec: { replicas: 2 } });
});

conformanceCase('scale-subresource', 'of built-in workloads', async (t) => {
  const path = `/apis/apps/v1/namespaces/${t.namespace}/replicasets`;
  await t.quietly(() =>
    t.post(path, {
      metadata: { name: 'a' },
      spec: {
        replicas: 0,
        selector: { matchLabels: { a: 'b' }, matchExpressions: [{ key: 'a', operator: 'Exists' }] },
        template: {
          metadata: { labels: { a: 'b' } },
          spec: { containers: [{ name: 'a', image: 'busybox:1.36' }] },
        },
      },
    }),
  );
  await t.until(
    `${path}/a`,
    ({ status }) => (status as { observedGeneration?: number }).observedGeneration === 1,
  );
  await t.get(`${path}/a/scale`);
  await t.patch(`${path}/a/scale`, 'merge', { spec: { replicas: -3 } });
  await noteRefusedPatch(t, 'replicas that are no number', () =>
    t.patch(`${path}/a/scale`, 'merge', { spec: { replicas: 'x' } }),
  );
  await t.patch(`${path}/a/scale`, 'merge', { metadata: { resourceVersion: '1' }, spec: { replicas: 0 } });
  await t.put(`${path}/a/scale`, { metadata: { name: 'b' }, spec: { replicas: 0 } });
  await t.patch(`${path}/a/scale?dryRun=All`, 'strategic', { spec: { replicas: 2 } });
  await t.patch(`${path}/a/scale?dryRun=All`, 'json', [{ op: 'replace', path: '/spec/replicas', value: 3 }]);
});

/** The names in a list: its version is that of whatever changed last in the cluster. */
async function noteNames(t: Conversation, path: string): Promise<void> {
  const { status, object } = await t.quietly(() => t.get(path));
  const { items = [] } = object as { items?: { metadata: { name: string } }[] };
  t.note(path, { status, names: items.map(({ metadata }) => metadata.name) });
}

const COLORS = { selectableFields: [{ jsonPath: '.spec.color' }, { jsonPath: '.spec.size' }] };

conformanceCase('selectable-fields', 'lists and watches by a declared field', async (t) => {
  const { path, type } = await createDefinition(t, { schema: replicas, version: COLORS });
  await t.quietly(async () => {
    for (const [name, spec] of [
      ['a', { color: 'red', size: 1 }],
      ['b', { color: 'blue' }],
      ['c', {}],
    ] as const) {
      await t.post(path, { ...type, metadata: { name }, spec });
    }
  });
  await noteNames(t, `${path}?fieldSelector=spec.color%3Dred`);
  await noteNames(t, `${path}?fieldSelector=spec.color!%3Dred,metadata.name!%3Dc`);
  await noteNames(t, `${path}?fieldSelector=spec.size%3D1`);
  await noteNames(t, `${path}?fieldSelector=spec.color%3D`);
});

conformanceCase('selectable-fields', 'a field that is not declared', async (t) => {
  const { path } = await createDefinition(t, { schema: replicas, version: COLORS });
  await t.get(`${path}?fieldSelector=spec.replicas%3D1`);
  await t.get(`${path}?fieldSelector=nonsense`);
});

conformanceCase('selectable-fields', 'declarations that are refused', async (t) => {
  const refuse = (selectableFields: object[], schema: object = replicas) =>
    t.post(DEFINITIONS, definitionOf(t, { schema, version: { selectableFields } }));
  await refuse([{ jsonPath: 'spec.color' }]);
  await refuse([{ jsonPath: '.spec.none' }]);
  await refuse([{ jsonPath: '.spec' }]);
  await refuse([{ jsonPath: '.metadata.name' }]);
  await refuse([{ jsonPath: '.spec.color' }, { jsonPath: '.spec.color' }]);
  await refuse([{}]);
});
