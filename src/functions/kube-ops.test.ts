import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  createPhase,
  createTestCluster,
  type PhaseOptions,
  type TestCluster,
} from '../../test/pods/phase.ts';
import { failingClient } from '../../test/support/failing-client.ts';
import { APP_NAMESPACE, createOperatorBed } from '../../test/support/operator-bed.ts';
import { steppedClock } from '../../test/support/stepped-clock.ts';
import { decodeArguments, type RawArguments } from '../engine/arguments.ts';
import { ApiError } from '../kubernetes/api-error.ts';
import type { JsonObject, KubernetesObject, ObjectName } from '../kubernetes/objects.ts';
import {
  CONFIG_MAPS,
  CUSTOM_RESOURCE_DEFINITIONS,
  DEPLOYMENTS,
  NAMESPACES,
  named,
} from '../kubernetes/resources.ts';
import { ConnectionFailed } from '../kubernetes/transport.ts';
import { kubeOps } from './kube-ops.ts';

let cluster: TestCluster;
beforeEach(async () => {
  cluster = await createTestCluster();
});
afterEach(() => cluster.stop());

type ConfigMap = KubernetesObject & { data?: Record<string, string> };
const CLUSTER_ROLES = named('rbac.authorization.k8s.io', 'clusterroles', 'ClusterRole', false);
const WIDGETS = named('example.com', 'widgets', 'Widget');

const start = (raw: RawArguments, more: Partial<PhaseOptions> = {}) => {
  const phase = createPhase({ client: cluster.client, ...more });
  const run = async () => kubeOps.run(decodeArguments(kubeOps.args, raw), phase.context);
  const result = run();
  result.catch(() => undefined);
  return { ...phase, result };
};
const ops = (raw: RawArguments, more: Partial<PhaseOptions> = {}) => start(raw, more).result;
const failure = async (raw: RawArguments) => {
  const error: unknown = await ops(raw).then(
    () => 'it succeeded',
    (reason: unknown) => reason,
  );
  return error;
};
const create = (spec: string, more: RawArguments = {}) =>
  ops({ operation: 'create', namespace: 'app', spec, ...more });

const configMap = (name: string, more: JsonObject = {}): string =>
  JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, ...more });
const read = (name: string, namespace = 'app') =>
  cluster.client.get<ConfigMap>(CONFIG_MAPS, { name, namespace });
const make = (name: string, metadata: object = {}) =>
  cluster.client.create<ConfigMap>(CONFIG_MAPS, {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace: 'app', ...metadata },
    data: { made: 'by hand' },
  });
const reference = (name: string, more: JsonObject = {}) => ({
  objectReference: { apiVersion: 'v1', resource: 'configmaps', name, ...more },
});
const definition = (kind: string) => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `${kind.toLowerCase()}s.example.com` },
  spec: {
    group: 'example.com',
    scope: 'Namespaced',
    names: { kind, plural: `${kind.toLowerCase()}s` },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
      },
    ],
  },
});
const settled = async (result: Promise<unknown>, within = 100) => {
  const late = new Promise((resolve) => setTimeout(() => resolve('waiting'), within));
  return (await Promise.race([result.then(() => 'settled'), late])) === 'settled';
};
const release = (object: ObjectName) =>
  cluster.client.patch(CONFIG_MAPS, object, { type: 'merge', body: { metadata: { finalizers: null } } });

/** What a phase that wrote this ConfigMap tells of it. */
const written = (name: string) => ({
  apiVersion: 'v1',
  group: '',
  resource: 'configmaps',
  kind: '',
  name,
  namespace: 'app',
});

describe('KubeOps create', () => {
  it('tells what it made, in the form of an objectReference', async () => {
    expect(await create(configMap('one', { data: { a: 'b' } }))).toEqual(written('one'));
    expect(await read('one')).toMatchObject({
      data: { a: 'b' },
      metadata: { annotations: { 'cr.kanister.io/created-by': expect.any(String) } },
    });
    expect(
      await create(
        'apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: reader}\nrules: []',
        { namespace: '' },
      ),
    ).toEqual({
      apiVersion: 'v1',
      group: 'rbac.authorization.k8s.io',
      resource: 'clusterroles',
      kind: '',
      name: 'reader',
    });
  });

  it('makes all of several documents and lists, each in its own namespace, and tells of the last', async () => {
    const spec = `
apiVersion: v1
kind: ConfigMap
metadata: {name: elsewhere, namespace: kanister, resourceVersion: "17"}
---
# nothing
---
apiVersion: v1
kind: List
items:
- {apiVersion: v1, kind: ConfigMap, metadata: {name: first}}
- {apiVersion: v1, kind: ConfigMapList, items: [{metadata: {name: second}}]}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: last}
`;
    expect(await create(spec)).toMatchObject({ name: 'last', namespace: 'app' });
    await read('elsewhere', 'kanister');
    for (const name of ['first', 'second', 'last']) await read(name);
  });

  it('takes JSON objects one after the other, and default where no namespace is given', async () => {
    await cluster.client.create(NAMESPACES, { metadata: { name: 'default' } }).catch(() => undefined);
    const spec = `${configMap('one')}\n${configMap('two', { data: { text: 'a } b \\" {' } })}`;
    expect(await ops({ operation: 'create', spec })).toMatchObject({ name: 'two', namespace: 'default' });
  });

  it('uses a kind that the document before defines', async () => {
    const widget = { apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name: 'w' } };
    expect(await create(`${JSON.stringify(definition('Widget'))}${JSON.stringify(widget)}`)).toMatchObject({
      group: 'example.com',
      resource: 'widgets',
    });
  });

  it('waits until what the document before defines is served, for half a minute', async () => {
    const clock = steppedClock({ settled: () => delay(5) });
    const client = { ...cluster.client };
    let isServed = false;
    client.raw = (path, options) =>
      path.includes('example.com') && !isServed
        ? Promise.reject(new ApiError(404, { reason: 'NotFound', message: 'not found' }))
        : cluster.client.raw(path, options);
    const spec = (kind: string) =>
      `${JSON.stringify(definition(kind))}${JSON.stringify({ apiVersion: 'example.com/v1', kind, metadata: { name: 'w' } })}`;
    const soon = start({ operation: 'create', namespace: 'app', spec: spec('Widget') }, { client, clock });
    await clock.advance(25_000);
    isServed = true;
    await clock.advance(2_000);
    expect(await soon.result).toMatchObject({ resource: 'widgets', name: 'w' });
    isServed = false;
    const late = start({ operation: 'create', namespace: 'app', spec: spec('Gadget') }, { client, clock });
    await clock.advance(32_000);
    await expect(late.result).rejects.toThrow('no matches for kind "Gadget"');
    expect(late.warnings).toEqual([expect.stringMatching(/^NotServed: .*"gadgets\.example\.com"/)]);
  });

  it('makes nothing, also of those before, where one of several documents can’t be read, and shows none of it', async () => {
    const before = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: before}\n---\n';
    for (const unreadable of ['a: [hunter2', 'hunter2', '- hunter2', 'metadata: {name: hunter2}']) {
      const error = await failure({ operation: 'create', namespace: 'app', spec: before + unreadable });
      expect(error).toMatchObject({
        reason: 'InvalidArgument',
        message: expect.not.stringContaining('hunter2'),
      });
    }
    await expect(read('before')).rejects.toThrow('not found');
  });

  it('of what exists fails, and says which of several it was', async () => {
    await make('there');
    expect(await failure({ operation: 'create', namespace: 'app', spec: configMap('there') })).toMatchObject({
      reason: 'AlreadyExists',
      message: 'configmaps "there" already exists',
      details: { hint: expect.stringContaining('Somebody else made it') },
    });
    const spec = `${configMap('new')}${configMap('there')}`;
    expect(await failure({ operation: 'create', namespace: 'app', spec })).toMatchObject({
      message: 'configmaps "there" already exists',
      details: { hint: expect.stringContaining('It is object 2 of 2 in spec; those before it are written') },
    });
    expect((await read('there')).data).toEqual({ made: 'by hand' });
    await read('new');
  });

  it('takes what it created before its operator died for its own, also under a generated name', async () => {
    const spec = `${configMap('fixed')}{"apiVersion":"v1","kind":"ConfigMap","metadata":{"generateName":"made-"}}`;
    const first = start({ operation: 'create', namespace: 'app', spec });
    const output = await first.result;
    expect(first.stored().steps).toMatchObject({ 'create 0': { lasting: true } });
    const journal = { ...first.stored(), steps: {} };
    expect(await ops({ operation: 'create', namespace: 'app', spec }, { journal })).toEqual(output);
    const { items } = await cluster.client.list(CONFIG_MAPS, { namespace: 'app' });
    expect(items.map(({ metadata }) => metadata?.name)).toEqual([
      'fixed',
      expect.stringMatching(/^made-[a-z0-9]{10}$/),
    ]);
  });

  it('takes nothing for its own that another phase or action made, or that has another content', async () => {
    const args = { operation: 'create', namespace: 'app', spec: configMap('one') };
    await ops(args);
    const exists = 'configmaps "one" already exists';
    await expect(ops(args, { name: 'p2' })).rejects.toThrow(exists);
    await expect(ops(args, { place: 1 })).rejects.toThrow(exists);
    const changed = { ...args, spec: configMap('one', { data: { a: '1' } }) };
    await expect(ops(changed)).rejects.toThrow(exists);
  });

  it('fails the second of two phases, or actions, of one name that make the same object', async () => {
    const bed = await createOperatorBed();
    try {
      bed.start({ functions: [kubeOps] });
      const creating = (name: string) => ({
        func: 'KubeOps',
        name: 'make',
        args: { operation: 'create', namespace: 'app', spec: configMap(name) },
      });
      await bed.createBlueprint('twice', {
        phases: { phases: [creating('of-phases'), creating('of-phases')] },
        actions: { phases: [creating('of-actions')] },
      });
      const action = { blueprint: 'twice', object: APP_NAMESPACE };
      await bed.createActionSet('phases', { ...action, name: 'phases' });
      await bed.createActionSet('actions', { ...action, name: 'actions' }, { ...action, name: 'actions' });
      const statesOf = async (name: string) => {
        const { status } = await bed.actionSet(name);
        expect(status?.error.message).toContain('already exists');
        return status?.actions.flatMap(({ phases }) => phases.map(({ state }) => state)).toSorted();
      };
      expect(await statesOf('phases')).toEqual(['complete', 'failed']);
      expect(await statesOf('actions')).toEqual(['complete', 'failed']);
    } finally {
      await bed.close();
    }
  });

  it('asks again when it got no answer, and finds what it made', async () => {
    const client = { ...cluster.client };
    let asked = 0;
    client.create = async (type, object, options) => {
      const made = await cluster.client.create(type, object, options);
      if ((asked += 1) > 1) return made;
      throw new ConnectionFailed('the connection broke', { sent: true, transient: true });
    };
    const args = { operation: 'create', namespace: 'app', spec: configMap('one') };
    expect(await ops(args, { client })).toMatchObject({ name: 'one' });
    expect(asked).toBe(1);
  });

  it.each([
    [
      'kind: Nothing\napiVersion: nosuch.io/v1\nmetadata: {name: x}',
      'resource mapping not found for name: "x" namespace: "" from "resource": no matches for kind "Nothing" in version "nosuch.io/v1"\nensure CRDs are installed first',
    ],
    ['a: [', 'error parsing resource: error converting YAML to JSON: yaml: line'],
    [
      'just text',
      'unable to decode "resource": json: cannot unmarshal string into Go value of type unstructured.detector',
    ],
    [
      '- a',
      'unable to decode "resource": json: cannot unmarshal array into Go value of type unstructured.detector',
    ],
    ['metadata: {name: x}', 'unable to decode "resource": Object \'Kind\' is missing'],
    [
      'kind: ConfigMap\nmetadata: {name: 12}',
      'unable to decode "resource": metadata.name is a number, expected a text',
    ],
    ['', 'spec cannot be empty for create operation'],
    ['# nothing', 'no objects passed to create'],
    [configMap('a', { metadata: { namespace: 'a/b' } }), '"a/b" is no name of an object or a namespace'],
  ])('refuses %j', async (spec, text) => {
    const error = await failure({ operation: 'create', namespace: 'app', spec });
    expect(error).toMatchObject({ message: expect.stringContaining(text) });
    expect(error).toMatchObject({ details: { argument: 'spec', hint: expect.stringMatching(/\.$/) } });
  });

  it('refuses an empty namespace for what needs one, rather than to make it in another', async () => {
    await expect(create(configMap('x'), { namespace: '' })).rejects.toThrow(
      'an empty namespace may not be set',
    );
  });
});

describe('KubeOps delete', () => {
  it('deletes what has a namespace and what has none', async () => {
    await make('one');
    await cluster.client.create(CLUSTER_ROLES, { metadata: { name: 'reader' } });
    const role = { group: 'rbac.authorization.k8s.io', resource: 'clusterroles', kind: 'ClusterRole' };
    expect(await ops({ operation: 'delete', namespace: 'app', ...reference('one') })).toEqual({
      apiVersion: 'v1',
      group: '',
      resource: 'configmaps',
      kind: '',
      name: 'one',
    });
    // It belongs to no namespace, whatever is given.
    const namespace = 'app';
    expect(await ops({ operation: 'delete', ...reference('reader', { ...role, namespace }) })).toEqual({
      apiVersion: 'v1',
      ...role,
      name: 'reader',
      namespace,
    });
    await expect(read('one')).rejects.toThrow('not found');
    await expect(cluster.client.get(CLUSTER_ROLES, { name: 'reader' })).rejects.toThrow('not found');
  });

  it.each([
    ['with watches', []],
    ['where the role does not grant watch', ['watch' as const]],
  ])('waits until finalizers let it go, %s', async (_how, forbidden) => {
    forbidden.forEach((verb) => cluster.forbid.add(verb));
    await make('held', { finalizers: ['example.com/hold'] });
    const args = { operation: 'delete', ...reference('held', { namespace: 'app' }) };
    const { result } = start(args);
    expect(await settled(result)).toBe(false);
    await release({ name: 'held', namespace: 'app' });
    expect(await result).toMatchObject({ name: 'held', namespace: 'app' });
  });

  it('waits for the end of the object, not until nobody has its name', async () => {
    await make('held', { finalizers: ['example.com/hold'] });
    const { result } = start({ operation: 'delete', ...reference('held', { namespace: 'app' }) });
    expect(await settled(result)).toBe(false);
    const other = release({ name: 'held', namespace: 'app' }).then(() => make('held'));
    expect(await result).toMatchObject({ name: 'held' });
    expect((await read('held')).metadata?.uid).toBe((await other).metadata?.uid);
  });

  it('says what it waits for when its phase is to end', async () => {
    await make('held', { finalizers: ['example.com/hold'] });
    const { result, abort } = start({ operation: 'delete', ...reference('held', { namespace: 'app' }) });
    expect(await settled(result)).toBe(false);
    abort.abort(new Error('cancelled'));
    await expect(result).rejects.toThrow(
      'configmaps "held" is being deleted and waits for its finalizers example.com/hold: cancelled',
    );
  });

  it('of what is not there fails, unless it was there when the phase began', async () => {
    const args = { operation: 'delete', ...reference('one', { namespace: 'app' }) };
    expect(await failure(args)).toMatchObject({
      reason: 'NotFound',
      message: 'configmaps "one" not found',
      details: { hint: expect.stringContaining('nothing to delete') },
    });
    await make('one');
    const first = start(args);
    await first.result;
    const journal = first.stored();
    expect(Object.keys(journal.steps)).toEqual(['find']);
    expect(await ops(args, { journal })).toMatchObject({ name: 'one' });
  });

  it('leaves another object alone that has got its name meanwhile', async () => {
    await make('one');
    const args = { operation: 'delete', ...reference('one', { namespace: 'app' }) };
    const first = start(args);
    await first.result;
    const other = await make('one');
    expect(await ops(args, { journal: first.stored() })).toMatchObject({ name: 'one' });
    expect((await read('one')).metadata?.uid).toBe(other.metadata?.uid);
  });

  it.each([
    [
      {},
      'missing one or more required fields name/namespace/group/apiVersion/resource in objectReference for delete operation',
    ],
    [reference('', {}), 'missing one or more required fields'],
    [reference('x', { resource: 'nothings' }), 'the server could not find the requested resource'],
    [reference('x', { apiVersion: 'v9' }), 'the server could not find the requested resource'],
    [reference('../x', { namespace: 'app' }), '"../x" is no name of an object or a namespace'],
    [
      { namespace: '', ...reference('x') },
      'the server could not find the requested resource: configmaps are in namespaces',
    ],
  ])('refuses %j', async (raw, text) => {
    const error = await failure({ operation: 'delete', ...raw });
    expect(error).toMatchObject({ message: expect.stringContaining(text) });
    expect(error).toMatchObject({ details: { argument: 'objectReference', hint: expect.any(String) } });
  });
});

describe('KubeOps patch', () => {
  const deployment = {
    apiVersion: 'v1',
    group: 'apps',
    resource: 'deployments',
    name: 'web',
    namespace: 'app',
  };
  const makeDeployment = () =>
    cluster.client.create<KubernetesObject & { spec: object }>(DEPLOYMENTS, {
      metadata: { name: 'web', namespace: 'app' },
      spec: {
        selector: { matchLabels: { app: 'web' } },
        template: {
          metadata: { labels: { app: 'web' } },
          spec: {
            containers: [
              { name: 'main', image: 'a' },
              { name: 'side', image: 'b' },
            ],
          },
        },
      },
    });
  const images = async () => {
    const { spec } = await cluster.client.get<
      KubernetesObject & { spec: { template: { spec: { containers: { image: string }[] } } } }
    >(DEPLOYMENTS, { name: 'web', namespace: 'app' });
    return spec.template.spec.containers.map(({ image }) => image);
  };
  const spec = 'spec:\n  template:\n    spec:\n      containers: [{name: side, image: c}]\n';

  it('merges lists by their keys, and gives the reference back', async () => {
    await makeDeployment();
    expect(await ops({ operation: 'patch', objectReference: deployment, spec })).toEqual({
      ...deployment,
      kind: '',
    });
    expect((await images()).toSorted()).toEqual(['a', 'c']);
  });

  it('merges fields of custom resources, which know no other way', async () => {
    await create(JSON.stringify(definition('Widget')));
    await cluster.client.create<KubernetesObject & { spec: object }>(WIDGETS, {
      metadata: { name: 'w', namespace: 'app' },
      spec: { size: 1, list: [1, 2] },
    });
    const { apiVersion, ...where } = { ...deployment, group: 'example.com', resource: 'widgets', name: 'w' };
    await ops({
      operation: 'patch',
      objectReference: { APIVersion: apiVersion, ...where },
      spec: 'spec: {list: [3]}',
    });
    expect(await cluster.client.get(WIDGETS, { name: 'w', namespace: 'app' })).toMatchObject({
      spec: { size: 1, list: [3] },
    });
  });

  it('takes the group from apiVersion, too, where that has one', async () => {
    await makeDeployment();
    const { group: _none, ...rest } = deployment;
    const objectReference = { ...rest, apiVersion: 'apps/v1' };
    expect(await ops({ operation: 'patch', objectReference, spec })).toEqual({ ...deployment, kind: '' });
    const two = { ...objectReference, group: 'batch' };
    expect(await failure({ operation: 'patch', objectReference: two, spec })).toMatchObject({
      details: { hint: expect.stringContaining('Give one group, not both apps and batch') },
    });
  });

  it('keeps what somebody else changes at the same moment, and does not come late over it', async () => {
    await make('one');
    const client = { ...cluster.client };
    const sent: object[] = [];
    client.patch = async (type, object, patch, options) => {
      sent.push(patch.body);
      if (sent.length === 1) {
        await cluster.client.patch(CONFIG_MAPS, object, { type: 'merge', body: { data: { made: 'later' } } });
      }
      return cluster.client.patch(type, object, patch, options);
    };
    const args = { operation: 'patch', namespace: 'app', ...reference('one'), spec: 'data: {a: b}' };
    await ops(args, { client });
    expect((await read('one')).data).toEqual({ made: 'later', a: 'b' });
    // The one that was refused, as if it had been on its way all the time.
    const [late = {}] = sent;
    await expect(
      cluster.client.patch(CONFIG_MAPS, { name: 'one', namespace: 'app' }, { type: 'merge', body: late }),
    ).rejects.toThrow('the object has been modified');
  });

  it('gives up where it names a version itself that is not the current one', async () => {
    await make('one');
    const stale = 'metadata: {resourceVersion: "1"}\ndata: {a: b}';
    await expect(
      ops({ operation: 'patch', ...reference('one', { namespace: 'app' }), spec: stale }),
    ).rejects.toThrow('the object has been modified');
  });

  it.each([
    [{ spec: '' }, 'spec cannot be empty for patch operation'],
    [{ spec: 'a: 1\n---\nb: 2' }, 'error decoding patch: expected one mapping, found 2 documents'],
    [{ spec: '[1]' }, 'error decoding patch: expected one mapping, found something else'],
    [{ spec: 'a: [' }, 'error converting YAML to JSON: yaml: line'],
    [
      { spec: 'a: 1' },
      'missing one or more required fields name/namespace/group/apiVersion/resource in objectReference for patch operation',
    ],
    [
      { spec: 'a: 1', ...reference('x') },
      'the server could not find the requested resource: configmaps are in namespaces, and none is given',
    ],
    [{ spec: 'a: 1', ...reference('x', { namespace: 'app' }) }, 'configmaps "x" not found'],
    [{ spec: 'metadata: text', ...reference('one', { namespace: 'app' }) }, 'metadata'],
  ])('refuses %j', async (raw, text) => {
    await make('one');
    await expect(ops({ operation: 'patch', ...raw })).rejects.toThrow(text);
  });
});

describe('KubeOps apply', () => {
  const apply = (data: Record<string, string>, more: RawArguments = {}) =>
    ops({ operation: 'apply', namespace: 'app', spec: configMap('one', { data }), ...more });

  it('creates, changes, and takes away what it no longer names', async () => {
    expect(await apply({ a: '1', b: '2' })).toEqual(written('one'));
    await apply({ a: '3' });
    expect((await read('one')).data).toEqual({ a: '3' });
  });

  it('fails over fields of others, unless it is to take them over', async () => {
    await make('one');
    await expect(apply({ made: 'by us' })).rejects.toMatchObject({
      reason: 'Conflict',
      message: expect.stringContaining('Apply failed with 1 conflict'),
      details: { hint: expect.stringContaining('forceConflicts') },
    });
    await apply({ made: 'by us' }, { forceConflicts: true });
    expect((await read('one')).data).toEqual({ made: 'by us' });
  });

  it('takes an object as it was read, and refuses one without a name', async () => {
    await apply({ a: '1' });
    const saved = await read('one');
    await apply({ b: '2' });
    const { metadata, data } = saved;
    const spec = JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data });
    await ops({ operation: 'apply', spec });
    expect((await read('one')).data).toEqual({ a: '1' });
    await expect(ops({ operation: 'apply', namespace: 'app', spec: 'kind: ConfigMap' })).rejects.toThrow(
      'metadata.name is missing',
    );
  });
});

describe('KubeOps of a server in trouble', () => {
  const trouble = { error: new ApiError(500, { message: 'etcdserver: request timed out' }) };
  const spec = configMap('one', { data: { a: 'b' } });
  const changing = { ...reference('one', { namespace: 'app' }), spec: 'data: {a: b}' };

  it.each([
    ['create', { spec: configMap('new') }],
    ['apply', { spec, forceConflicts: true }],
    ['patch', changing],
    ['delete', reference('one', { namespace: 'app' })],
  ])('asks again for ten minutes: %s', async (operation, raw) => {
    await make('one');
    const clock = steppedClock({ settled: () => delay(2) });
    let isDown = true;
    const client = failingClient(cluster.client, () => (isDown ? trouble : undefined));
    const args = { operation, namespace: 'app', ...raw };
    const given = start(args, { client, clock });
    await clock.advance(11 * 60_000);
    await expect(given.result).rejects.toThrow('etcdserver: request timed out');
    const kept = start(args, { client, clock });
    await clock.advance(9 * 60_000);
    isDown = false;
    await clock.advance(11_000);
    expect(await kept.result).toMatchObject({ resource: 'configmaps' });
  });
});

describe('KubeOps checks', () => {
  it('the operation when it runs', async () => {
    expect(await failure({ operation: 'Create', spec: configMap('x') })).toMatchObject({
      reason: 'InvalidArgument',
      message: "invalid operation 'Create'",
      details: { argument: 'operation' },
    });
  });

  it.each([
    [{ operation: 'remove' }, "invalid operation 'remove'"],
    [{ operation: 'apply' }, 'spec cannot be empty for apply operation'],
    [{ operation: 'create', spec: '' }, 'spec cannot be empty for create operation'],
    [{ operation: 'patch', spec: null }, 'spec cannot be empty for patch operation'],
  ])('in a Blueprint already %j', (raw, text) => {
    expect(() => kubeOps.validate?.(raw)).toThrow(text);
  });

  it.each([
    [{ operation: '{{ .Options.operation }}' }],
    [{ operation: 'delete' }],
    [{ operation: 'create', spec: '{{ .Options.spec }}' }],
    [{}],
  ])('nothing in a Blueprint that only its run can tell: %j', (raw) => {
    expect(() => kubeOps.validate?.(raw)).not.toThrow();
  });
});

it('a CustomResourceDefinition that is deleted is gone with its objects', async () => {
  await create(JSON.stringify(definition('Widget')));
  const crd = {
    apiVersion: 'v1',
    group: 'apiextensions.k8s.io',
    resource: 'customresourcedefinitions',
    name: 'widgets.example.com',
  };
  await ops({ operation: 'delete', objectReference: crd });
  await expect(
    cluster.client.get(CUSTOM_RESOURCE_DEFINITIONS, { name: 'widgets.example.com' }),
  ).rejects.toThrow('not found');
});
