import { apply, change } from '../apply-of-case.ts';
import { conformanceCase } from '../conformance-case.ts';
import { createDefinition } from '../custom-resource-of-case.ts';

const text = { type: 'string' };

const schema = {
  type: 'object',
  properties: {
    spec: {
      type: 'object',
      properties: {
        text,
        map: { type: 'object', additionalProperties: text },
        whole: { type: 'object', 'x-kubernetes-map-type': 'atomic', properties: { x: text, y: text } },
        set: { type: 'array', items: text, 'x-kubernetes-list-type': 'set' },
        list: { type: 'array', items: text },
        ports: {
          type: 'array',
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-list-map-keys': ['port', 'protocol'],
          items: {
            type: 'object',
            required: ['port'],
            properties: { port: { type: 'integer' }, protocol: { ...text, default: 'TCP' }, target: text },
          },
        },
        free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
        either: { 'x-kubernetes-int-or-string': true },
        defaulted: { ...text, default: 'd' },
        nested: {
          type: 'object',
          properties: { one: { type: 'object', properties: { x: text, y: text } }, two: text },
        },
      },
    },
    status: { type: 'object', properties: { phase: text } },
  },
};

conformanceCase(
  'apply-custom-resource',
  'fields, sets, lists with keys, and values that are one',
  async (t) => {
    const { path, type } = await createDefinition(t, { schema });
    const widget = (spec: unknown) => ({ ...type, metadata: { name: 'a' }, spec });
    await apply(
      t,
      `${path}/a`,
      widget({ text: '1', map: { a: '1' }, set: ['x', 'y'], list: ['1'], whole: { x: '1' } }),
    );
    await apply(t, `${path}/a`, widget({ map: { b: '1' }, set: ['z', 'y'], ports: [{ port: 80 }] }), {
      manager: 'two',
    });
    await apply(t, `${path}/a`, widget({ set: ['y'], list: ['2'], whole: { y: '1' }, either: 1 }));
    await apply(
      t,
      `${path}/a`,
      widget({
        ports: [
          { port: 80, protocol: 'UDP' },
          { port: 80, target: 'x' },
        ],
        either: '1',
      }),
      {
        manager: 'two',
      },
    );
    await apply(t, `${path}/a`, widget({ whole: { y: '2' } }), { manager: 'two' });
  },
);

conformanceCase('apply-custom-resource', 'what no schema describes is owned field by field', async (t) => {
  const { path, type } = await createDefinition(t, { schema });
  const widget = (free: unknown) => ({ ...type, metadata: { name: 'a' }, spec: { free } });
  await apply(t, `${path}/a`, widget({ a: { b: 1, c: [1, 2] }, d: 'x' }));
  await apply(t, `${path}/a`, widget({ a: { c: [2] }, e: { f: null } }), { manager: 'two' });
  await apply(t, `${path}/a`, widget({ a: { c: [2] }, e: {} }), { manager: 'two', force: true });
  await apply(t, `${path}/a`, widget({ a: [1] }));
});

conformanceCase('apply-custom-resource', 'parts that become empty', async (t) => {
  const { path, type } = await createDefinition(t, { schema });
  const widget = (spec: unknown) => ({ ...type, metadata: { name: 'a' }, spec });
  await apply(t, `${path}/a`, widget({ text: '1', nested: { one: { x: '1' }, two: '2' } }));
  await apply(t, `${path}/a`, widget({ text: '1', nested: { two: '2' } }));
  await apply(t, `${path}/a`, widget({ text: '1', nested: {} }));
  await apply(t, `${path}/a`, widget({ text: '1' }));
  await apply(t, `${path}/a`, { ...type, metadata: { name: 'a' } });
});

conformanceCase(
  'apply-custom-resource',
  'fields of the wrong type, and fields that nobody knows',
  async (t) => {
    const { path, type } = await createDefinition(t, { schema });
    const widget = (spec: unknown) => ({ ...type, metadata: { name: 'a' }, spec });
    await apply(t, `${path}/a`, widget({ text: 1 }));
    await apply(t, `${path}/a`, widget({ unknown: 1 }));
    await apply(t, `${path}/a`, widget({ set: ['x', 'x'] }));
    await apply(t, `${path}/a`, widget({ set: [null] }));
    await apply(t, `${path}/a`, widget({ ports: [{ target: 'x' }] }));
    await apply(t, `${path}/a`, widget({ ports: [{ port: 1 }, { port: 1, protocol: 'TCP' }] }));
    await apply(t, `${path}/a`, widget('x'));
  },
);

conformanceCase('apply-custom-resource', 'several versions', async (t) => {
  const versions = ['v1', 'v2'].map((name) => ({
    name,
    served: true,
    storage: name === 'v1',
    schema: { openAPIV3Schema: schema },
  }));
  const { path, type, group } = await createDefinition(t, { schema, spec: { versions } });
  const second = path.replace('/v1/', '/v2/');
  const widget = (version: string, spec: unknown) => ({
    ...type,
    apiVersion: `${group}/${version}`,
    metadata: { name: 'a' },
    spec,
  });
  await apply(t, `${path}/a`, widget('v1', { text: '1', map: { a: '1' } }));
  await apply(t, `${second}/a`, widget('v2', { text: '1', map: { b: '1' } }));
  await apply(t, `${second}/a`, widget('v1', { text: '1' }));
  await change(t, `${second}/a`, { spec: { text: '2' } });
  await apply(t, `${path}/a`, widget('v1', { text: '3' }));
});

conformanceCase('apply-custom-resource', 'changes by others', async (t) => {
  const { path, type } = await createDefinition(t, { schema });
  const widget = (spec: unknown) => ({ ...type, metadata: { name: 'a' }, spec });
  await apply(t, `${path}/a`, widget({ text: '1', set: ['x'] }));
  await change(t, `${path}/a`, { spec: { text: '2', set: ['x', 'y'], nested: { one: { x: '1' } } } });
  await apply(t, `${path}/a`, widget({ set: ['x'], nested: { two: '2' } }));
  await change(t, `${path}/a`, { spec: { nested: null } });
});
