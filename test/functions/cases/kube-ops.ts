import { expect } from 'vitest';
import type { ActionSetStatus, ActionSpec, BlueprintPhase } from '../../../src/api/kanister/types.ts';
import { isNotFound } from '../../../src/kubernetes/api-error.ts';
import type { KubernetesClient } from '../../../src/kubernetes/client.ts';
import { systemClock } from '../../../src/kubernetes/clock.ts';
import { createClient } from '../../../src/kubernetes/create-client.ts';
import { loadKubeConfig } from '../../../src/kubernetes/load-kube-config.ts';
import type { JsonObject, KubernetesObject, ResourceType } from '../../../src/kubernetes/objects.ts';
import {
  CONFIG_MAPS,
  CUSTOM_RESOURCE_DEFINITIONS,
  NAMESPACES,
  named,
  SERVICES,
} from '../../../src/kubernetes/resources.ts';
import type { FunctionCases } from '../function-case.ts';
import type { FunctionWorld } from '../function-world.ts';

export const cases: FunctionCases = {
  function: 'KubeOps',
  none: { pod: 'it makes no pod of its own', 'exec and logs': 'it runs no command' },
  cases: [
    {
      aspect: 'arguments',
      name: 'texts are made of numbers, fields of objectReference are found in any case, templates are rendered in all of them',
      run: async (world) => {
        const { namespace } = world;
        await createConfigMap(world, '17', { a: 'b' });
        const status = await run(
          world,
          [
            ops('patch', {
              namespace,
              spec: '{{ dict "data" (dict "a" "c") | toJson }}',
              objectReference: { APIVersion: 'v1', Resource: 'configmaps', NAME: 17 },
            }),
            ops('{{ .Options.last }}', {
              namespace: '{{ .Namespace.Name }}',
              objectReference: { apiVersion: 'v1', resource: '{{ "configmaps" }}', name: '17', nonsense: 1 },
            }),
          ],
          { options: { last: 'delete' } },
        );
        expect(status.error.message).toBe('');
        expect(await isThere(world, CONFIG_MAPS, '17')).toBe(false);
      },
    },
    {
      aspect: 'arguments',
      name: 'an object that names no namespace goes to the argument’s, one that does to its own, whatever stands before it',
      run: async (world) => {
        const other = await world.createNamespace();
        const status = await run(world, [
          ops('create', {
            namespace: world.namespace,
            spec: `${configMap('theirs', { namespace: other })}\n---\n${configMap('ours')}`,
          }),
        ]);
        expect(outputsOf(status)).toMatchObject([{ name: 'ours', namespace: world.namespace }]);
        expect(await isThere(world, CONFIG_MAPS, 'theirs', other)).toBe(true);
      },
    },
    {
      aspect: 'arguments',
      name: 'without a namespace objects go to default',
      run: async (world) => {
        const name = `of-${world.namespace}`;
        const status = await run(world, [
          ops('create', { spec: configMap(name) }),
          ops('delete', { objectReference: { apiVersion: 'v1', resource: 'configmaps', name } }),
        ]);
        expect(status.error.message).toBe('');
        expect(outputsOf(status)[0]).toMatchObject({ namespace: 'default' });
      },
    },
    {
      aspect: 'outputs',
      name: 'a Service is created, patched and deleted by what the phase before says that it is',
      run: async (world) => {
        const { namespace } = world;
        const service = {
          apiVersion: 'v1',
          kind: 'Service',
          metadata: { name: 'web' },
          spec: { selector: { app: 'web' }, ports: [{ name: 'http', port: 80 }] },
        };
        const objectReference = referenceFrom('p0');
        const status = await run(world, [
          ops('create', { namespace, spec: JSON.stringify(service) }),
          // Ports are merged by their number.
          ops('patch', {
            objectReference,
            spec: 'spec:\n  type: NodePort\n  ports: [{port: 81, name: more}]',
          }),
        ]);
        const output = {
          apiVersion: 'v1',
          group: '',
          resource: 'services',
          kind: '',
          name: 'web',
          namespace,
        };
        expect(status.error.message).toBe('');
        expect(outputsOf(status)).toEqual([output, output]);
        type Service = KubernetesObject & { spec: { type: string; ports: { port: number }[] } };
        const { spec } = await world.cluster.client.get<Service>(SERVICES, { name: 'web', namespace });
        expect(spec.type).toBe('NodePort');
        expect(spec.ports.map(({ port }) => port).toSorted((a, b) => a - b)).toEqual([80, 81]);
        const last = await run(world, [
          ops('delete', { objectReference: { ...output, namespace: '' }, namespace }),
        ]);
        const { namespace: _given, ...rest } = output;
        expect(outputsOf(last)).toEqual([rest]);
        expect(await isThere(world, SERVICES, 'web')).toBe(false);
      },
    },
    {
      aspect: 'outputs',
      name: 'what belongs to no namespace is created, patched and deleted, too',
      run: async (world) => {
        const name = `role-of-${world.namespace}`;
        const role = { apiVersion: `${RBAC}/v1`, kind: 'ClusterRole', metadata: { name }, rules: [] };
        const objectReference = referenceFrom('p0', ['apiVersion', 'group', 'resource', 'name']);
        const status = await run(world, [
          ops('create', { namespace: world.namespace, spec: JSON.stringify(role) }),
          ops('patch', { objectReference, spec: 'metadata: {labels: {seen: "yes"}}' }),
          ops('delete', {
            objectReference: { ...objectReference, kind: 'ClusterRole', namespace: 'default' },
          }),
        ]);
        expect(status.error.message).toBe('');
        const output = { apiVersion: 'v1', group: RBAC, resource: 'clusterroles', kind: '', name };
        expect(outputsOf(status)).toEqual([
          output,
          output,
          { ...output, kind: 'ClusterRole', namespace: 'default' },
        ]);
        expect(await isThere(world, named(RBAC, 'clusterroles', 'ClusterRole', false), name)).toBe(false);
      },
    },
    {
      aspect: 'outputs',
      name: 'a list, a CustomResourceDefinition and an object of its kind are made of one spec; that object is patched and deleted',
      run: (world) =>
        withDefinition(world, async ({ definition, type }) => {
          const { namespace } = world;
          const list = {
            apiVersion: 'v1',
            kind: 'List',
            items: ['a', 'b'].map((name) => JSON.parse(configMap(name))),
          };
          const object = {
            apiVersion: `${type.group}/v1`,
            kind: type.kind,
            metadata: { name: 'one' },
            spec: { size: 1, parts: ['a', 'b'] },
          };
          const objectReference = referenceFrom('p0');
          const status = await run(world, [
            ops('create', {
              namespace,
              spec: [list, definition, object].map((one) => JSON.stringify(one)).join('\n---\n'),
            }),
            ops('patch', { objectReference, spec: 'spec:\n  parts: [c]\n' }),
          ]);
          expect(status.error.message).toBe('');
          expect(outputsOf(status)[0]).toMatchObject({
            group: type.group,
            resource: type.resource,
            name: 'one',
          });
          expect(await world.cluster.client.get(type, { name: 'one', namespace })).toMatchObject({
            spec: { size: 1, parts: ['c'] },
          });
          for (const name of ['a', 'b']) expect(await isThere(world, CONFIG_MAPS, name)).toBe(true);
          const { group, resource } = type;
          const gone = await run(world, [
            ops('delete', { objectReference: { apiVersion: 'v1', group, resource, name: 'one', namespace } }),
          ]);
          expect(gone.error.message).toBe('');
          expect(await isThere(world, type, 'one')).toBe(false);
        }),
    },
    {
      aspect: 'outputs',
      name: 'apply creates and changes, takes away what it named before, and leaves fields of others, unless told otherwise',
      run: async (world) => {
        const { namespace } = world;
        const spec = (data: JsonObject) => configMap('one', {}, { data });
        const first = await run(world, [
          ops('apply', { namespace, spec: spec({ a: '1', b: '2' }) }),
          ops('apply', { namespace, spec: spec({ a: '3' }) }),
        ]);
        expect(first.error.message).toBe('');
        expect(outputsOf(first)[1]).toMatchObject({
          resource: 'configmaps',
          kind: '',
          name: 'one',
          namespace,
        });
        expect(await dataOf(world, 'one')).toEqual({ a: '3' });

        const patch = { type: 'merge', body: { data: { a: 'theirs' } } } as const;
        await world.cluster.client.patch(CONFIG_MAPS, { name: 'one', namespace }, patch, {
          fieldManager: 'them',
        });
        const refused = await run(world, [ops('apply', { namespace, spec: spec({ a: 'ours' }) })]);
        expect(failureOf(refused)).toMatchObject({
          reason: 'Conflict',
          message: expect.stringContaining('Apply failed with 1 conflict: conflict with "them"'),
          hint: expect.stringContaining('forceConflicts: true'),
        });
        const forced = await run(world, [
          ops('apply', { namespace, spec: spec({ a: 'ours' }), forceConflicts: 'true' }),
        ]);
        expect(forced.error.message).toBe('');
        expect(await dataOf(world, 'one')).toEqual({ a: 'ours' });
      },
    },
    {
      aspect: 'life',
      name: 'what it made is the user’s: it stays after success and after failure',
      run: async (world) => {
        const { namespace } = world;
        const kept = ops('create', { namespace, spec: configMap('kept') });
        expect((await run(world, [kept])).error.message).toBe('');
        const spec = `${configMap('also')}\n---\n${configMap('kept')}`;
        const failed = await run(world, [ops('create', { namespace, spec })]);
        expect(failureOf(failed)).toMatchObject({
          reason: 'AlreadyExists',
          hint: expect.stringContaining('It is object 2 of 2 in spec; those before it are written and stay.'),
        });
        for (const name of ['kept', 'also']) expect(await isThere(world, CONFIG_MAPS, name)).toBe(true);
      },
    },
    {
      aspect: 'life',
      name: 'a delete lasts until finalizers let the object go; a cancel and a timeout end the wait, and say what holds it',
      run: async (world) => {
        const { namespace } = world;
        await createConfigMap(world, 'held', {}, [FINALIZER]);
        const remove = ops('delete', { objectReference: configMapNamed(world, 'held') });
        const late = await run(world, [{ ...remove, timeout: '1s' }]);
        expect(failureOf(late)).toMatchObject({ reason: 'PhaseTimeout' });

        const name = await start(world, [remove]);
        await isDeleting(world, 'held');
        await world.until(
          'the wait',
          async () => world.log.some((line) => line.includes(FINALIZER)) || 'nothing about it in the log',
        );
        await world.cancel(name);
        expect((await world.ended(name)).error.message).toContain('Cancelled');

        const last = await start(world, [remove]);
        await world.until(
          'a phase that runs',
          async () => (await phaseState(world, last)) === 'running' || 'none',
        );
        await world.cluster.client.patch(CONFIG_MAPS, { name: 'held', namespace }, RELEASE);
        expect((await world.ended(last)).error.message).toBe('');
      },
    },
    {
      aspect: 'restart',
      name: 'an operator that dies when it has created an object, and before it knows, is followed by one that takes it for its own',
      run: async (world) => {
        const { namespace } = world;
        const spec = [configMap('one'), configMap('', { generateName: 'two-' }), configMap('three')].join(
          '\n---\n',
        );
        world.startOperator({ client: unansweredAfter(world.cluster.client, 2) });
        const name = await start(world, [ops('create', { namespace, spec })]);
        await world.until(
          'the second object',
          async () => (await namesOf(world)).length === 2 || 'not there',
        );
        await world.restartOperator();
        const status = await world.ended(name);
        expect(status.error.message).toBe('');
        expect(outputsOf(status)).toMatchObject([{ name: 'three' }]);
        expect(await namesOf(world)).toEqual(['one', 'three', expect.stringMatching(/^two-[a-z0-9]{10}$/)]);
      },
    },
    {
      aspect: 'restart',
      name: 'an operator that dies while it waits for a deletion is followed by one that waits on, and that leaves a new object of the name alone',
      run: async (world) => {
        const { client } = world.cluster;
        const object = { name: 'held', namespace: world.namespace };
        await createConfigMap(world, 'held', {}, [FINALIZER]);
        const name = await start(world, [ops('delete', { objectReference: configMapNamed(world, 'held') })]);
        await isDeleting(world, 'held');
        await world.stopOperator();
        await client.patch(CONFIG_MAPS, object, RELEASE);
        await createConfigMap(world, 'held', { another: 'one' });
        world.startOperator();
        expect((await world.ended(name)).error.message).toBe('');
        expect(await dataOf(world, 'held')).toEqual({ another: 'one' });
      },
    },
    {
      aspect: 'restart',
      name: 'a patch whose answer nobody heard is made again, and changes nothing',
      run: async (world) => {
        const { client } = world.cluster;
        await createConfigMap(world, 'one', { a: '1' });
        const deaf: KubernetesClient = {
          ...client,
          patch: async (type, object, patch, options) => {
            const answer = client.patch<never>(type, object, patch, options);
            if (type.resource !== CONFIG_MAPS.resource) return answer;
            await answer;
            return new Promise(() => undefined);
          },
        };
        world.startOperator({ client: deaf });
        const objectReference = configMapNamed(world, 'one');
        const name = await start(world, [ops('patch', { objectReference, spec: 'data: {b: "2"}' })]);
        const { version } = await world.until('the patch', async () => {
          const found = await client.get<ConfigMap>(CONFIG_MAPS, { name: 'one', namespace: world.namespace });
          return found.data?.['b'] === '2' ? { version: found.metadata?.resourceVersion } : 'not there';
        });
        await world.restartOperator();
        expect((await world.ended(name)).error.message).toBe('');
        const after = await client.get(CONFIG_MAPS, { name: 'one', namespace: world.namespace });
        expect(after.metadata?.resourceVersion).toBe(version);
      },
    },
    {
      aspect: 'bad input',
      name: 'everything that an author can get wrong has its text, and says what to do',
      run: async (world) => {
        for (const [operation, args, reason, text] of WRONG) {
          const status = await run(world, [ops(operation, { namespace: world.namespace, ...args })]);
          expect(failureOf(status), `${operation} ${JSON.stringify(args)}`).toMatchObject({
            reason,
            message: expect.stringContaining(text),
            hint: expect.stringMatching(/\w{3}.*\.$/s),
          });
          // What people grep for comes first.
          expect(status.error.message.startsWith(text)).toBe(true);
        }
      },
    },
    {
      aspect: 'bad input',
      name: 'what a quota, a role or a namespace that goes away refuses is said in the API server’s words, and what to do',
      run: async (world) => {
        const { namespace } = world;
        const { client } = world.cluster;
        const doomed = `${namespace}-doomed`;
        await client.create(NAMESPACES, { metadata: { name: doomed } });
        await createConfigMap(world, 'holding', {}, [FINALIZER], doomed);
        await client.delete(NAMESPACES, { name: doomed });
        const going = await run(world, [ops('create', { namespace: doomed, spec: configMap('x') })]);
        expect(failureOf(going)).toMatchObject({
          reason: 'Forbidden',
          message: expect.stringContaining('because it is being terminated'),
          hint: expect.stringContaining('The namespace is being deleted'),
        });
        await client.patch(CONFIG_MAPS, { name: 'holding', namespace: doomed }, RELEASE);
        await world.stopOperator();

        const stranger = await clientWithoutRights(world);
        world.startOperator({ client: stranger.client });
        const forbidden = await run(world, [ops('create', { namespace, spec: configMap('x') })]);
        expect(failureOf(forbidden)).toMatchObject({
          reason: 'Forbidden',
          message: expect.stringMatching(/configmaps is forbidden: .*cannot create resource "configmaps"/),
          hint: expect.stringContaining('verbs: ["create"]'),
        });
        await world.stopOperator();
        await stranger.close();
        expect(await isThere(world, CONFIG_MAPS, 'x')).toBe(false);
      },
    },
  ],
};

const RBAC = 'rbac.authorization.k8s.io';
const FINALIZER = 'example.com/hold';
const RELEASE = { type: 'merge', body: { metadata: { finalizers: null } } } as const;

type ConfigMap = KubernetesObject & { data?: Record<string, string> };

const NONE = { apiVersion: 'v1', resource: 'configmaps', name: 'none' };

const WRONG: [operation: string, args: JsonObject, reason: string, text: string][] = [
  ['Create', {}, 'InvalidArgument', "invalid operation 'Create'"],
  ['create', {}, 'InvalidArgument', 'spec cannot be empty for create operation'],
  ['patch', { spec: '' }, 'InvalidArgument', 'spec cannot be empty for patch operation'],
  [
    'create',
    { spec: 'a:\n b\n  c: [' },
    'InvalidArgument',
    'error parsing resource: error converting YAML to JSON: yaml: line',
  ],
  [
    'create',
    { spec: 'just text' },
    'InvalidArgument',
    'unable to decode "resource": json: cannot unmarshal string into Go value of type unstructured.detector',
  ],
  [
    'create',
    { spec: 'apiVersion: nosuch.io/v1\nkind: Nothing\nmetadata: {name: x}' },
    'NoSuchResource',
    'resource mapping not found for name: "x" namespace: "" from "resource": no matches for kind "Nothing" in version "nosuch.io/v1"\nensure CRDs are installed first',
  ],
  [
    'create',
    { spec: 'apiVersion: v1\nkind: Service\nmetadata: {name: x}\nspec: {ports: [{port: 0}]}' },
    'Invalid',
    'Service "x" is invalid: ',
  ],
  [
    'create',
    { spec: configMap('x'), namespace: 'no-such-namespace' },
    'NotFound',
    'namespaces "no-such-namespace" not found',
  ],
  [
    'delete',
    {},
    'InvalidArgument',
    'missing one or more required fields name/namespace/group/apiVersion/resource in objectReference for delete operation',
  ],
  ['delete', { objectReference: NONE }, 'NotFound', 'configmaps "none" not found'],
  [
    'delete',
    { objectReference: { ...NONE, resource: 'configmap' } },
    'NoSuchResource',
    'the server could not find the requested resource',
  ],
  ['patch', { objectReference: NONE, spec: 'data: {}' }, 'NotFound', 'configmaps "none" not found'],
  [
    'patch',
    { objectReference: NONE, spec: '[]' },
    'InvalidArgument',
    'error decoding patch: expected one mapping',
  ],
];

function configMap(name: string, metadata: object = {}, more: object = {}): string {
  const full = name === '' ? metadata : { name, ...metadata };
  return JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: full, ...more });
}

/** Phases are called p0, p1 and so on. */
function numbered(phases: BlueprintPhase[]): BlueprintPhase[] {
  return phases.map((phase, index) => ({ ...phase, name: `p${index}` }));
}

function run(
  world: FunctionWorld,
  phases: BlueprintPhase[],
  action: Partial<ActionSpec> = {},
): Promise<ActionSetStatus> {
  return world.run(numbered(phases), action);
}

function start(world: FunctionWorld, phases: BlueprintPhase[]): Promise<string> {
  return world.start(numbered(phases));
}

function ops(operation: string, args: JsonObject): BlueprintPhase {
  return { name: '', func: 'KubeOps', args: { operation, ...args } };
}

const FIELDS = ['apiVersion', 'group', 'resource', 'kind', 'name', 'namespace'];

/** As the documentation hands it on. */
function referenceFrom(phase: string, fields = FIELDS): Record<string, string> {
  return Object.fromEntries(fields.map((field) => [field, `{{ .Phases.${phase}.Output.${field} }}`]));
}

function configMapNamed({ namespace }: FunctionWorld, name: string): Record<string, string> {
  return { apiVersion: 'v1', resource: 'configmaps', name, namespace };
}

function outputsOf({ actions }: ActionSetStatus) {
  return actions[0]?.phases.map(({ output }) => output) ?? [];
}

function failureOf({ actions }: ActionSetStatus) {
  return actions[0]?.phases.find(({ failure }) => failure !== undefined)?.failure;
}

async function phaseState(world: FunctionWorld, actionSet: string): Promise<string | undefined> {
  return (await world.actionSet(actionSet)).status?.actions[0]?.phases[0]?.state;
}

async function createConfigMap(
  { cluster, namespace }: FunctionWorld,
  name: string,
  data: Record<string, string>,
  finalizers: string[] = [],
  where = namespace,
): Promise<void> {
  await cluster.client.create<ConfigMap>(CONFIG_MAPS, {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace: where, finalizers },
    data,
  });
}

async function dataOf({ cluster, namespace }: FunctionWorld, name: string): Promise<ConfigMap['data']> {
  return (await cluster.client.get<ConfigMap>(CONFIG_MAPS, { name, namespace })).data;
}

/** Names of the ConfigMaps of the world, without those that the cluster makes. */
async function namesOf({ cluster, namespace }: FunctionWorld): Promise<string[]> {
  const { items } = await cluster.client.list(CONFIG_MAPS, { namespace });
  const names = items.map(({ metadata }) => metadata?.name ?? '').toSorted();
  return names.filter((name) => !/^(kube-root-ca|kanister-journal)/.test(name));
}

async function isThere(
  { cluster, namespace }: FunctionWorld,
  type: ResourceType,
  name: string,
  where = namespace,
): Promise<boolean> {
  try {
    await cluster.client.get(type, { name, ...(type.namespaced && { namespace: where }) });
    return true;
  } catch (error) {
    if (isNotFound(error)) return false;
    throw error;
  }
}

async function isDeleting(world: FunctionWorld, name: string): Promise<void> {
  const { cluster, namespace } = world;
  await world.until('the deletion', async () => {
    const { metadata } = await cluster.client.get(CONFIG_MAPS, { name, namespace });
    return metadata?.deletionTimestamp !== undefined || 'not asked for';
  });
}

/** A kind of the world's own; its definition is removed at the end. */
async function withDefinition(
  { cluster, namespace }: FunctionWorld,
  use: (made: { definition: object; type: ResourceType }) => Promise<void>,
): Promise<void> {
  const group = `${namespace}.example.com`;
  const type = named(group, 'widgets', 'Widget');
  const schema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
  const definition = {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `widgets.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      names: { kind: 'Widget', plural: 'widgets' },
      versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: schema } }],
    },
  };
  try {
    await use({ definition, type });
  } finally {
    await cluster.client.delete(CUSTOM_RESOURCE_DEFINITIONS, { name: definition.metadata.name });
  }
}

/** The API server does what it is asked, and from the `count`th ConfigMap on its answers are lost. */
function unansweredAfter(client: KubernetesClient, count: number): KubernetesClient {
  let created = 0;
  return {
    ...client,
    create: async (type, object, options) => {
      const answer = await client.create(type, object, options);
      if (type.resource !== CONFIG_MAPS.resource || (created += 1) < count) return answer;
      return new Promise(() => undefined);
    },
  };
}

/** To the API server it is another user for what it creates of ConfigMaps. */
async function clientWithoutRights({
  cluster,
}: FunctionWorld): Promise<{ client: KubernetesClient; close(): Promise<void> }> {
  const { transport } = await loadKubeConfig({ env: {}, kubeconfig: cluster.kubeconfig, clock: systemClock });
  const stranger = createClient(
    {
      ...transport,
      send: (request) =>
        transport.send({ ...request, headers: { ...request.headers, 'impersonate-user': 'stranger' } }),
    },
    { clock: systemClock },
  );
  return {
    client: {
      ...cluster.client,
      create: (type, object, options) =>
        (type.resource === CONFIG_MAPS.resource ? stranger : cluster.client).create(type, object, options),
    },
    close: () => stranger.close(),
  };
}
