import { expect } from 'vitest';
import type { ActionSetStatus, ActionSpec, BlueprintPhase } from '../../../src/api/kanister/types.ts';
import { isAlreadyExists } from '../../../src/kubernetes/api-error.ts';
import { systemClock } from '../../../src/kubernetes/clock.ts';
import type { JsonObject, KubernetesObject, ResourceType } from '../../../src/kubernetes/objects.ts';
import {
  CUSTOM_RESOURCE_DEFINITIONS,
  DEPLOYMENT_CONFIGS,
  DEPLOYMENTS,
  REPLICA_SETS,
  STATEFUL_SETS,
} from '../../../src/kubernetes/resources.ts';
import type { WorkloadObject } from '../../../src/pods/workload.ts';
import { runDeploymentConfigController } from '../../cluster/deploymentconfig/controller.ts';
import { DEPLOYMENT_CONFIG_DEFINITION } from '../../cluster/deploymentconfig/definition.ts';
import type { DeploymentConfig } from '../../cluster/deploymentconfig/replication-controller.ts';
import type { FunctionCases } from '../function-case.ts';
import type { FunctionWorld } from '../function-world.ts';

export const cases: FunctionCases = {
  function: 'ScaleWorkload',
  none: { pod: 'it makes no pod of its own', 'exec and logs': 'it runs no command' },
  cases: [
    {
      aspect: 'arguments',
      name: 'replicas is a number, a text, or what an earlier phase gave; the subject fills the gaps',
      run: async (world) => {
        await world.createWorkload({ name: 'web', replicas: 1 });
        const status = await world.run(
          [
            scale('down', { replicas: 0 }),
            scale('up', { replicas: '{{ .Phases.down.Output.originalReplicaCount }}' }),
            scale('same', { replicas: '1' }),
          ],
          about('Deployment', world),
        );
        expect(status.error.message).toBe('');
        expect(outputsOf(status)).toEqual(
          [0, 1, 2].map((index) => ({ originalReplicaCount: [1, 0, 1][index] })),
        );
        expect(await replicasOf(world, DEPLOYMENTS)).toBe(1);
      },
    },
    {
      aspect: 'arguments',
      name: 'kind is in any case, and waitForReady a boolean in words: false returns before the pods are gone',
      run: async (world) => {
        await world.createWorkload({ name: 'web', podSpec: SLOW_TO_END });
        const status = await world.run([
          scale('down', { ...named(world), kind: 'DEPLOYMENT', replicas: 0, waitForReady: 'false' }),
        ]);
        expect(status.error.message).toBe('');
        const { items } = await podsOf(world);
        expect(items).toHaveLength(1);
      },
    },
    {
      aspect: 'outputs',
      name: 'a StatefulSet is down when its last pod is gone, and up when all are ready',
      run: async (world) => {
        await world.createWorkload({ kind: 'StatefulSet', name: 'web', replicas: 2, podSpec: SLOW_TO_END });
        const down = await world.run([scale('only', { replicas: 0 })], about('StatefulSet', world));
        expect(outputsOf(down)).toEqual([{ originalReplicaCount: 2 }]);
        expect((await podsOf(world)).items).toEqual([]);
        const up = await world.run([scale('only', { replicas: 1 })], about('StatefulSet', world));
        expect(outputsOf(up)).toEqual([{ originalReplicaCount: 0 }]);
        expect((await podsOf(world)).items.map(({ status }) => status?.phase)).toEqual(['Running']);
      },
    },
    {
      aspect: 'outputs',
      name: 'a ReplicaSet, known by its scale subresource alone, is waited for until its pods are ready, or gone',
      run: async (world) => {
        await createReplicaSet(world);
        const where = { ...named(world), kind: 'ReplicaSet' };
        const up = await world.run([scale('only', { ...where, replicas: 2 })]);
        expect(up.error.message).toBe('');
        expect(outputsOf(up)).toEqual([{ originalReplicaCount: 0 }]);
        expect((await podsOf(world)).items.map(({ status }) => status?.phase)).toEqual([
          'Running',
          'Running',
        ]);
        const down = await world.run([scale('only', { ...where, apiVersion: 'apps/v1', replicas: 0 })]);
        expect(outputsOf(down)).toEqual([{ originalReplicaCount: 2 }]);
        expect((await podsOf(world)).items).toEqual([]);
      },
    },
    {
      aspect: 'outputs',
      name: 'a DeploymentConfig is waited for until the pods of its latest version are ready, or gone',
      run: (world) =>
        withDeploymentConfig(world, async () => {
          const where = { ...named(world), kind: 'deploymentconfig' };
          const status = await world.run([
            scale('up', { ...where, replicas: 2 }),
            scale('down', { ...where, apiVersion: 'apps.openshift.io/v1', replicas: 0 }),
          ]);
          expect(status.error.message).toBe('');
          expect(outputsOf(status)).toEqual([{ originalReplicaCount: 1 }, { originalReplicaCount: 2 }]);
          const { items } = await podsOf(world);
          expect(items.filter(({ status: own }) => own?.phase === 'Running')).toEqual([]);
        }),
    },
    {
      aspect: 'outputs',
      name: 'a custom resource is scaled where its definition says that its number stands',
      run: async (world) => {
        const type = await createCustomResource(world, { size: 3 });
        const args = { ...named(world), kind: type.kind, replicas: 1, waitForReady: false };
        const status = await world.run([scale('only', args)]);
        expect(status.error.message).toBe('');
        expect(outputsOf(status)).toEqual([{ originalReplicaCount: 3 }]);
        const path = { name: 'web', namespace: world.namespace };
        expect(await world.cluster.client.get(type, path)).toMatchObject({ spec: { size: 1 } });
      },
    },
    {
      aspect: 'life',
      name: 'cancelled while it waits it leaves the new number, and with restoreReplicasOnFailure the old one',
      run: async (world) => {
        await world.createWorkload({ name: 'web', podSpec: STUCK_IN_THE_END });
        for (const [restoreReplicasOnFailure, left] of [
          [true, 1],
          [false, 0],
        ] as const) {
          const name = await world.start(
            [scale('down', { replicas: 0, restoreReplicasOnFailure })],
            about('Deployment', world),
          );
          await world.until(
            'no replicas',
            async () => (await replicasOf(world, DEPLOYMENTS)) === 0 || 'some',
          );
          await world.cancel(name);
          const status = await world.ended(name);
          expect(status.state).toBe('failed');
          expect(status.error.message).toContain('Cancelled');
          expect(await replicasOf(world, DEPLOYMENTS)).toBe(left);
        }
      },
    },
    {
      aspect: 'life',
      name: 'a restore that fails after it, or a phase that runs out of time, leaves the workload as it was',
      run: async (world) => {
        await world.createWorkload({ kind: 'StatefulSet', name: 'web', replicas: 2 });
        const down = scale('down', { replicas: 0, restoreReplicasOnFailure: true });
        const restore = {
          func: 'KubeTask',
          name: 'restore',
          args: { image: world.images.shell, command: ['false'] },
        };
        const failed = await world.run([down, restore], about('StatefulSet', world));
        expect(failed.actions[0]?.phases.map(({ state }) => state)).toEqual(['complete', 'failed']);
        expect(await replicasOf(world, STATEFUL_SETS)).toBe(2);

        const never = { ...scale('up', { replicas: 3, restoreReplicasOnFailure: true }), timeout: '1s' };
        await quota(world, 2);
        const late = await world.run([never], about('StatefulSet', world));
        expect(late.actions[0]?.phases[0]?.failure).toMatchObject({ reason: 'PhaseTimeout' });
        expect(await replicasOf(world, STATEFUL_SETS)).toBe(2);
      },
    },
    {
      aspect: 'life',
      name: 'down and up again before a check that fails, pods that run already are left running',
      run: async (world) => {
        await world.createWorkload({ kind: 'StatefulSet', name: 'web', replicas: 2 });
        const phases = [
          scale('down', { replicas: 0, restoreReplicasOnFailure: true }),
          scale('up', { replicas: 2, restoreReplicasOnFailure: true }),
          { func: 'KubeTask', name: 'check', args: { image: world.images.shell, command: ['false'] } },
        ];
        const status = await world.run(phases, about('StatefulSet', world));
        expect(status.actions[0]?.phases.map(({ state }) => state)).toEqual([
          'complete',
          'complete',
          'failed',
        ]);
        const path = { name: 'web', namespace: world.namespace };
        const { metadata, spec } = await world.cluster.client.get<WorkloadObject>(STATEFUL_SETS, path);
        // One for each change of its spec: the two phases' own, and none after them.
        expect({ generation: metadata?.generation, replicas: spec?.replicas }).toEqual({
          generation: 3,
          replicas: 2,
        });
      },
    },
    {
      aspect: 'restart',
      name: 'an operator that ends while it waits is followed by one that knows the number before the change',
      run: async (world) => {
        await world.createWorkload({ name: 'web', replicas: 2, podSpec: SLOW_TO_END });
        const name = await world.start([scale('down', { replicas: 0 })], about('Deployment', world));
        await world.until('no replicas', async () => (await replicasOf(world, DEPLOYMENTS)) === 0 || 'some');
        await world.restartOperator();
        const status = await world.ended(name);
        expect(status.error.message).toBe('');
        expect(outputsOf(status)).toEqual([{ originalReplicaCount: 2 }]);
        expect((await podsOf(world)).items).toEqual([]);
      },
    },
    {
      aspect: 'restart',
      name: 'an operator that ends is no failure: nothing is scaled back',
      run: async (world) => {
        await world.createWorkload({ name: 'web', podSpec: SLOW_TO_END });
        const phase = scale('down', { replicas: 0, restoreReplicasOnFailure: true });
        const name = await world.start([phase], about('Deployment', world));
        await world.until('no replicas', async () => (await replicasOf(world, DEPLOYMENTS)) === 0 || 'some');
        await world.stopOperator();
        expect(await replicasOf(world, DEPLOYMENTS)).toBe(0);
        world.startOperator();
        expect(outputsOf(await world.ended(name))).toEqual([{ originalReplicaCount: 1 }]);
        expect(await replicasOf(world, DEPLOYMENTS)).toBe(0);
      },
    },
    {
      aspect: 'restart',
      name: 'cancelled while no operator is there, it is scaled back by the next one',
      run: async (world) => {
        await world.createWorkload({ name: 'web', podSpec: STUCK_IN_THE_END });
        const phase = scale('down', { replicas: 0, restoreReplicasOnFailure: true });
        const name = await world.start([phase], about('Deployment', world));
        await world.until('no replicas', async () => (await replicasOf(world, DEPLOYMENTS)) === 0 || 'some');
        await world.stopOperator();
        await world.cancel(name);
        world.startOperator();
        expect((await world.ended(name)).error.message).toContain('Cancelled');
        expect(await replicasOf(world, DEPLOYMENTS)).toBe(1);
      },
    },
    ...badInput(),
    {
      aspect: 'bad input',
      name: 'a workload that is deleted meanwhile ends the wait',
      run: async (world) => {
        await world.createWorkload({ name: 'web', podSpec: STUCK_IN_THE_END });
        const name = await world.start([scale('down', { replicas: 0 })], about('Deployment', world));
        await world.until('no replicas', async () => (await replicasOf(world, DEPLOYMENTS)) === 0 || 'some');
        await world.cluster.client.delete(DEPLOYMENTS, { name: 'web', namespace: world.namespace });
        const status = await world.ended(name);
        expect(status.state).toBe('failed');
        expect(status.error.message).toContain('deployments.apps "web" not found');
      },
    },
    {
      aspect: 'bad input',
      name: 'a quota that leaves no room for the pods is no success: it says how many there are',
      run: async (world) => {
        await world.createWorkload({ name: 'web' });
        await quota(world, 1);
        const phase = { ...scale('up', { replicas: 2, restoreReplicasOnFailure: true }), timeout: '5s' };
        const status = await world.run([phase], about('Deployment', world));
        expect(status.state).toBe('failed');
        expect(world.log.join('\n')).toMatch(
          /Specified 2 replicas and only 1 (exist|are (updated|available))/,
        );
        expect(await replicasOf(world, DEPLOYMENTS)).toBe(1);
      },
    },
  ],
};

/** What is refused before anything is changed, each with its words. */
function badInput(): FunctionCases['cases'] {
  const refusals: [string, JsonObject, string][] = [
    [
      'without a subject, name and kind are needed',
      { replicas: 1, namespace: 'default' },
      'Workload information not available via defaults or namespace/name/kind parameters',
    ],
    ['a kind that can not be scaled', workload('DaemonSet'), 'Workload type not supported DaemonSet'],
    ['a kind that nobody knows', workload('Bogus'), 'Workload type not supported Bogus'],
    [
      'a workload that is not there',
      workload('Deployment'),
      'Could not get Deployment, to figure out replicas: deployments.apps "no-such-workload" not found',
    ],
    ['replicas in words', { ...workload('Deployment'), replicas: 'many' }, 'Cannot convert many to int: '],
    [
      'replicas that is a fraction',
      { ...workload('Deployment'), replicas: 1.5 },
      'Invalid arg type float64 for Arg replicas',
    ],
    [
      'replicas below zero',
      { ...workload('Deployment'), replicas: -1 },
      'Invalid value -1 for Arg replicas: must be at least 0',
    ],
  ];
  return refusals.map(([name, args, text]) => ({
    aspect: 'bad input',
    name,
    run: async (world) => {
      const status = await world.run([scale('only', args)]);
      expect(status.state).toBe('failed');
      expect(status.error.message).toContain(text);
    },
  }));
}

const RESOURCE_QUOTAS: ResourceType = {
  group: '',
  version: 'v1',
  resource: 'resourcequotas',
  kind: 'ResourceQuota',
  namespaced: true,
};

/** Leaves room for so many pods in the world's namespace. */
async function quota({ cluster, namespace }: FunctionWorld, pods: number): Promise<void> {
  await cluster.client.create<KubernetesObject & { spec: object }>(RESOURCE_QUOTAS, {
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: { name: 'full', namespace },
    spec: { hard: { pods: String(pods) } },
  });
}

/** Ends some seconds after it was told to. */
const SLOW_TO_END = trapped('trap "sleep 4; exit 0" TERM; while :; do sleep 0.1; done', 30);
/** Does not end before it is killed. */
const STUCK_IN_THE_END = trapped('trap "" TERM; while :; do sleep 1; done', 20);

function trapped(script: string, terminationGracePeriodSeconds: number): Record<string, unknown> {
  const containers = [{ name: 'main', image: 'busybox:1.36', command: ['sh', '-c', script] }];
  return { terminationGracePeriodSeconds, containers };
}

const scale = (name: string, args: JsonObject): BlueprintPhase => ({ name, func: 'ScaleWorkload', args });

function workload(kind: string): JsonObject {
  return { replicas: 1, namespace: 'default', name: 'no-such-workload', kind };
}

const named = ({ namespace }: FunctionWorld) => ({ namespace, name: 'web' });

const about = (kind: string, { namespace }: FunctionWorld): Partial<ActionSpec> => ({
  object: { kind, name: 'web', namespace },
});

const outputsOf = (status: ActionSetStatus) => status.actions[0]?.phases.map(({ output }) => output);

/** Also those that are on their way out. */
const podsOf = ({ cluster, namespace }: FunctionWorld) =>
  cluster.client.list<KubernetesObject & { status?: { phase?: string } }>(
    { group: '', version: 'v1', resource: 'pods', kind: 'Pod', namespaced: true },
    { namespace, labelSelector: 'app=web' },
  );

async function replicasOf({ cluster, namespace }: FunctionWorld, type: ResourceType) {
  const { spec } = await cluster.client.get<WorkloadObject>(type, { name: 'web', namespace });
  return spec?.replicas;
}

async function createReplicaSet({ cluster, namespace, images }: FunctionWorld): Promise<void> {
  const labels = { app: 'web' };
  const containers = [{ name: 'main', image: images.shell, command: ['sleep', '3600'] }];
  await cluster.client.create<KubernetesObject & { spec: object }>(REPLICA_SETS, {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: { name: 'web', namespace },
    spec: {
      replicas: 0,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { terminationGracePeriodSeconds: 1, containers } },
    },
  });
}

/** With OpenShift's controller at work in the world's namespace, and a DeploymentConfig of one pod. */
async function withDeploymentConfig(world: FunctionWorld, work: () => Promise<void>): Promise<void> {
  const { namespace, images, until } = world;
  const { client: kubernetes } = world.cluster;
  await kubernetes
    .create(CUSTOM_RESOURCE_DEFINITIONS, DEPLOYMENT_CONFIG_DEFINITION)
    .catch((error: unknown) => {
      if (!isAlreadyExists(error)) throw error;
    });
  await until('DeploymentConfigs are served', () =>
    kubernetes.list(DEPLOYMENT_CONFIGS, { namespace }).catch(String),
  );
  const containers = [{ name: 'main', image: images.shell, command: ['sleep', '3600'] }];
  const stop = new AbortController();
  const options = { kubernetes, clock: systemClock, random: Math.random, namespace, signal: stop.signal };
  const controller = runDeploymentConfigController(options);
  try {
    await kubernetes.create<DeploymentConfig>(DEPLOYMENT_CONFIGS, {
      metadata: named(world),
      spec: {
        replicas: 1,
        selector: { app: 'web' },
        template: {
          metadata: { labels: { app: 'web' } },
          spec: { terminationGracePeriodSeconds: 1, containers },
        },
      },
    });
    await work();
  } finally {
    stop.abort();
    await controller;
  }
}

/** Of a definition of the world's own; it stays, as others' definitions on a cluster do. */
async function createCustomResource(
  { cluster, namespace, until }: FunctionWorld,
  spec: object,
): Promise<ResourceType> {
  const kind = `Scaled${namespace.replaceAll(/\W/g, '')}`;
  const resource = `${kind.toLowerCase()}s`;
  const group = 'scaled.example.com';
  const name = `${resource}.${group}`;
  await cluster.client.create<KubernetesObject & { spec: object }>(CUSTOM_RESOURCE_DEFINITIONS, {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name },
    spec: {
      group,
      scope: 'Namespaced',
      names: { plural: resource, singular: kind.toLowerCase(), kind, listKind: `${kind}List` },
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          subresources: { scale: { specReplicasPath: '.spec.size', statusReplicasPath: '.status.size' } },
          schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
        },
      ],
    },
  });
  const type = { group, version: 'v1', resource, kind, namespaced: true };
  const object = { apiVersion: `${group}/v1`, kind, metadata: { name: 'web', namespace }, spec };
  await until(`${resource} are served`, () =>
    cluster.client.create<KubernetesObject & { spec: object }>(type, object).catch(String),
  );
  return type;
}
