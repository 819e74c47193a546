import { conformanceCase } from '../conformance-case.ts';
import type { Conversation } from '../conversation.ts';
import { DEFINITIONS, createDefinition, definitionOf } from '../custom-resource-of-case.ts';

/** A list without its version, which is that of whatever changed last in the cluster. */
async function noteItems(t: Conversation, path: string): Promise<void> {
  const { status, object } = await t.quietly(() => t.get(path));
  t.note(path, { status, kind: object.kind, items: object.items });
}

const free = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
type Spec = Record<string, unknown> & { versions: Record<string, unknown>[]; names: Record<string, unknown> };

const isEstablished = (object: Record<string, unknown>): boolean => {
  const { conditions } = (object.status ?? {}) as { conditions?: { type: string; status: string }[] | null };
  return (conditions ?? []).some(({ type, status }) => type === 'Established' && status === 'True');
};

conformanceCase('crd-lifecycle', 'is created, established, and deleted with its objects', async (t) => {
  const definition = definitionOf(t, { schema: free });
  const { name } = definition.metadata;
  t.after(() => t.delete(`${DEFINITIONS}/${name}`));
  await t.post(DEFINITIONS, definition);
  await t.until(`${DEFINITIONS}/${name}`, isEstablished);
  await t.get(`${DEFINITIONS}/${name}`);
  const path = `/apis/${definition.spec.group}/v1/namespaces/${t.namespace}/things`;
  await t.until(path, (_list, status) => status === 200);
  await t.post(path, { apiVersion: `${definition.spec.group}/v1`, kind: 'Thing', metadata: { name: 'a' } });
  await noteItems(t, path);
  await t.quietly(() => t.delete(`${DEFINITIONS}/${name}`));
  await t.until(`${DEFINITIONS}/${name}`, (_object, status) => status === 404);
  await t.until(path, (_list, status) => status === 404);
  await t.get(path);
  await t.quietly(() => t.post(DEFINITIONS, definition));
  await t.until(path, (_list, status) => status === 200);
  await noteItems(t, path);
});

conformanceCase('crd-lifecycle', 'several versions', async (t) => {
  const version = (name: string, storage: boolean, served = true) => ({
    name,
    served,
    storage,
    schema: { openAPIV3Schema: free },
  });
  const { path, group, definition } = await createDefinition(t, {
    schema: free,
    spec: { versions: [version('v1beta1', false), version('v1', true), version('v1alpha1', false, false)] },
  });
  await t.post(path.replace('/v1/', '/v1beta1/'), {
    apiVersion: `${group}/v1beta1`,
    kind: 'Thing',
    metadata: { name: 'a' },
    spec: { x: 1 },
  });
  await t.get(`${path}/a`);
  await noteItems(t, path.replace('/v1/', '/v1beta1/'));
  await t.get(`${path.replace('/v1/', '/v1alpha1/')}/a`);
  await t.post(path, { apiVersion: `${group}/v1beta1`, kind: 'Thing', metadata: { name: 'b' } });
  await t.get(`/apis/${group}`);
  const read = await t.quietly(() => t.get(definition));
  t.note('stored versions', (read.object.status as { storedVersions: unknown }).storedVersions);
  await t.patch(definition, 'json', [{ op: 'remove', path: '/spec/versions/1' }]);
});

conformanceCase('crd-lifecycle', 'names that are taken', async (t) => {
  const { group } = await createDefinition(t, { schema: free });
  const other = definitionOf(t, {
    schema: free,
    spec: {
      names: {
        plural: 'others',
        singular: 'thing',
        kind: 'Thing',
        listKind: 'ThingList',
        shortNames: ['ot'],
      },
    },
  });
  const name = `others.${group}`;
  t.after(() => t.delete(`${DEFINITIONS}/${name}`));
  await t.quietly(() => t.post(DEFINITIONS, { ...other, metadata: { name } }));
  await t.until(
    `${DEFINITIONS}/${name}`,
    ({ status }) => ((status as { conditions?: unknown[] | null } | undefined)?.conditions ?? []).length >= 2,
  );
  const read = await t.quietly(() => t.get(`${DEFINITIONS}/${name}`));
  t.note('status', read.object.status);
  await t.get(`/apis/${group}/v1/namespaces/${t.namespace}/others`);
});

const REFUSED: Record<string, (spec: Spec) => void> = {
  'no names': (spec) => Object.assign(spec, { names: {} }),
  'no group': (spec) => Object.assign(spec, { group: '' }),
  'a scope that does not exist': (spec) => Object.assign(spec, { scope: 'Everywhere' }),
  'no scope': (spec) => Object.assign(spec, { scope: undefined }),
  'a plural in capitals': (spec) => Object.assign(spec.names, { plural: 'Things' }),
  'a kind that is no name': (spec) => Object.assign(spec.names, { kind: 'My Thing' }),
  'a list kind like the kind': (spec) => Object.assign(spec.names, { listKind: 'Thing' }),
  'a short name that is none': (spec) => Object.assign(spec.names, { shortNames: ['A_B'] }),
  'no versions': (spec) => Object.assign(spec, { versions: [] }),
  'a version without a schema': (spec) => Object.assign(spec.versions[0] ?? {}, { schema: undefined }),
  'no stored version': (spec) => Object.assign(spec.versions[0] ?? {}, { storage: false }),
  'two stored versions': (spec) => spec.versions.push({ ...spec.versions[0], name: 'v2' }),
  'one version twice': (spec) => spec.versions.push({ ...spec.versions[0], storage: false }),
  'a version that is no name': (spec) => Object.assign(spec.versions[0] ?? {}, { name: 'V1!' }),
  'preserved unknown fields of old': (spec) => Object.assign(spec, { preserveUnknownFields: true }),
  'a conversion that does not exist': (spec) => Object.assign(spec, { conversion: { strategy: 'Magic' } }),
  'a scale without paths': (spec) => Object.assign(spec.versions[0] ?? {}, { subresources: { scale: {} } }),
  'a scale outside of the spec': (spec) =>
    Object.assign(spec.versions[0] ?? {}, {
      subresources: { scale: { specReplicasPath: '.status.a', statusReplicasPath: '.spec.b' } },
    }),
  'columns without names and types': (spec) =>
    Object.assign(spec.versions[0] ?? {}, {
      additionalPrinterColumns: [{ jsonPath: '.a' }, { name: 'b', type: 'text', jsonPath: 'b' }],
    }),
};

conformanceCase('crd-lifecycle', 'definitions that are refused', async (t) => {
  for (const [name, change] of Object.entries(REFUSED)) {
    const definition = structuredClone(definitionOf(t, { schema: free })) as unknown as { spec: Spec };
    change(definition.spec);
    const answer = await t.quietly(() => t.post(`${DEFINITIONS}?dryRun=All`, definition));
    t.note(`error: ${name}`, answer.body);
  }
  await t.post(DEFINITIONS, { ...definitionOf(t, { schema: free }), metadata: { name: `other.${t.token}` } });
});

const SCHEMAS: Record<string, object> = {
  'no type at the root': { properties: {} },
  'a root that is no object': { type: 'string' },
  'a field without a type': { type: 'object', properties: { a: {} } },
  'a type that does not exist': { type: 'object', properties: { a: { type: 'text' } } },
  'items without a type': { type: 'object', properties: { a: { type: 'array', items: {} } } },
  'a list without items': { type: 'object', properties: { a: { type: 'array' } } },
  'a pattern that is none': { type: 'object', properties: { a: { type: 'string', pattern: '(' } } },
  'fields and others': {
    type: 'object',
    properties: {
      a: { type: 'object', properties: { b: { type: 'string' } }, additionalProperties: { type: 'string' } },
    },
  },
  'unique items': {
    type: 'object',
    properties: { a: { type: 'array', uniqueItems: true, items: { type: 'string' } } },
  },
  'a reference': { type: 'object', properties: { a: { $ref: '#/x' } } },
  'a type inside of a combination': {
    type: 'object',
    properties: { a: { type: 'string', anyOf: [{ type: 'string' }] } },
  },
  'a field only inside of a combination': {
    type: 'object',
    properties: { a: { type: 'object', anyOf: [{ properties: { b: { minimum: 1 } } }] } },
  },
  'a map list without keys': {
    type: 'object',
    properties: { a: { type: 'array', 'x-kubernetes-list-type': 'map', items: { type: 'object' } } },
  },
  'a map list with unknown keys': {
    type: 'object',
    properties: {
      a: {
        type: 'array',
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['k'],
        items: { type: 'object', properties: { v: { type: 'string' } } },
      },
    },
  },
  'a set of objects': {
    type: 'object',
    properties: { a: { type: 'array', 'x-kubernetes-list-type': 'set', items: { type: 'object' } } },
  },
  'a list type that does not exist': {
    type: 'object',
    properties: { a: { type: 'array', 'x-kubernetes-list-type': 'bag', items: { type: 'string' } } },
  },
  'a list type of no list': {
    type: 'object',
    properties: { a: { type: 'string', 'x-kubernetes-list-type': 'set' } },
  },
  'metadata that is restricted': {
    type: 'object',
    properties: { metadata: { type: 'object', properties: { labels: { type: 'object' } } } },
  },
  'metadata whose name is restricted': {
    type: 'object',
    properties: { metadata: { type: 'object', properties: { name: { type: 'string', maxLength: 5 } } } },
  },
  'an embedded resource that is no object': {
    type: 'object',
    properties: { a: { type: 'string', 'x-kubernetes-embedded-resource': true } },
  },
  'an embedded resource that keeps nothing': {
    type: 'object',
    properties: { a: { type: 'object', 'x-kubernetes-embedded-resource': true } },
  },
  'a number or text with a type': {
    type: 'object',
    properties: { a: { type: 'string', 'x-kubernetes-int-or-string': true } },
  },
  'preserving not': { type: 'object', 'x-kubernetes-preserve-unknown-fields': false },
  'no additional properties': {
    type: 'object',
    properties: { a: { type: 'object', additionalProperties: false } },
  },
};

conformanceCase('crd-lifecycle', 'schemas that are refused', async (t) => {
  for (const [name, schema] of Object.entries(SCHEMAS)) {
    const answer = await t.quietly(() => t.post(`${DEFINITIONS}?dryRun=All`, definitionOf(t, { schema })));
    const { message } = answer.object as { message?: string };
    t.note(`error: ${name}`, { status: answer.status, message: answer.status < 400 ? 'accepted' : message });
  }
});

conformanceCase('crd-lifecycle', 'fields that cannot change', async (t) => {
  const { definition } = await createDefinition(t, { schema: free });
  await t.patch(definition, 'merge', { spec: { scope: 'Cluster' } });
  await t.patch(definition, 'merge', { spec: { group: 'other.example.com' } });
  await t.patch(definition, 'merge', { spec: { names: { plural: 'others' } } });
  await t.patch(definition, 'merge', { spec: { names: { kind: 'Other' } } });
});

conformanceCase('crd-lifecycle', 'tables with columns of its own', async (t) => {
  const { path, type } = await createDefinition(t, {
    schema: free,
    version: {
      additionalPrinterColumns: [
        { name: 'Text', type: 'string', jsonPath: '.spec.text', description: 'what it says' },
        { name: 'Number', type: 'integer', jsonPath: '.spec.number', priority: 1 },
        { name: 'Float', type: 'number', jsonPath: '.spec.float', format: 'float' },
        { name: 'Yes', type: 'boolean', jsonPath: '.spec.yes' },
        { name: 'When', type: 'date', jsonPath: '.spec.when' },
        { name: 'Ready', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].status' },
        { name: 'Names', type: 'string', jsonPath: '.spec.list[*].name' },
        { name: 'Object', type: 'string', jsonPath: '.spec.object' },
      ],
    },
  });
  await t.quietly(() =>
    t.post(path, {
      ...type,
      metadata: { name: 'a' },
      spec: {
        text: 'hello',
        number: 3,
        float: 1.5,
        yes: true,
        when: 'never',
        list: [{ name: 'x' }, { name: 'y' }],
        object: { b: 1, a: [1] },
      },
      status: {
        conditions: [
          { type: 'Other', status: 'False' },
          { type: 'Ready', status: 'True' },
        ],
      },
    }),
  );
  await t.quietly(() =>
    t.post(path, { ...type, metadata: { name: 'b' }, spec: { number: 'x', yes: 'x', float: 'x' } }),
  );
  const headers = { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' };
  await t.get(`${path}?includeObject=None`, { headers });
  await t.get(`${path}/a?includeObject=None`, { headers });
});
