import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  ACTION_SETS,
  API_VERSION,
  BLUEPRINTS,
  type ActionSet,
  type Blueprint,
} from '../../src/api/kanister/types.ts';
import { systemClock } from '../../src/kubernetes/clock.ts';
import type { KubernetesObject } from '../../src/kubernetes/objects.ts';
import { CUSTOM_RESOURCE_DEFINITIONS, NAMESPACES, PODS } from '../../src/kubernetes/resources.ts';
import { applyManifest } from '../demo/apply-manifest.ts';
import { connectionOf, readyPodOf } from '../demo/cluster.ts';
import { loadOrders, withDatabase } from '../demo/orders.ts';
import { openStage, type Stage } from '../demo/stage.ts';
import { storedObjects } from '../demo/stored-objects.ts';
import { waitUntil } from '../demo/wait-until.ts';

const ROOT = join(import.meta.dirname, '../..');
const DATABASE = { namespace: 'default', name: 'postgresql' };
const NAMESPACE = 'kanister';
const { signal } = new AbortController();
/** An operator that died between asking for a pod and learning of it is followed by one that waits a minute for that pod. */
const patience = (what: string) => ({ what, clock: systemClock, signal, timeout: 90_000 });

interface Pod extends KubernetesObject {
  status?: { phase?: string };
}

let stage: Stage;
let operator: Operator | undefined;

beforeAll(async () => {
  stage = await openStage({ signal, source: undefined });
  await applyManifest(stage.client, join(ROOT, 'examples/postgresql/statefulset.yaml'), {
    namespace: DATABASE.namespace,
    signal,
  });
  await stage.client.create(NAMESPACES, {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: NAMESPACE },
  });
  const installer = await startOperator();
  await waitUntil(
    async () => (await stage.client.list(CUSTOM_RESOURCE_DEFINITIONS)).items.length >= 3 || 'no CRDs',
    patience('the CRDs'),
  );
  await applyManifest(stage.client, join(ROOT, 'examples/postgresql/blueprint.yaml'), {
    namespace: NAMESPACE,
    signal,
  });
  await waitUntil(() => readyPodOf(stage.client, DATABASE), patience('a ready PostgreSQL'));
  await withDatabase(await connectionOf(stage.client, DATABASE), (connection) =>
    loadOrders(connection, 100_000),
  );
  await installer.kill();
}, 120_000);

afterEach(async () => {
  await operator?.kill();
  operator = undefined;
});
afterAll(async () => {
  await stage?.close();
}, 60_000);

describe('the backup of the demo', () => {
  /** When the operator dies: what is known of the ActionSet and of its pods then. */
  const moments: [string, (actionSet: ActionSet, pods: Pod[]) => boolean][] = [
    ['has been created', () => true],
    ['has begun to run', ({ status }) => status?.state === 'running'],
    ['has its pod', (_actionSet, pods) => pods.length > 0],
    ['has its pod at work', (_actionSet, pods) => pods.some((pod) => pod.status?.phase === 'Running')],
    [
      'has a pod that has ended',
      ({ status }, pods) =>
        status?.state === 'complete' || pods.some((pod) => pod.status?.phase === 'Succeeded'),
    ],
  ];

  it.each(moments)(
    'is completed once, by one pod, although the operator was killed when it %s',
    async (moment, reached) => {
      const name = `backup-${moments.findIndex(([text]) => text === moment)}`;
      const before = (await storedObjects(stage.store, signal)).length;
      const pods = await countPods();
      operator = await startOperator();
      await createBackup(name);
      await waitUntil(async () => reached(await actionSet(name), await jobPods()) || 'not there yet', {
        ...patience(moment),
        pause: 1,
      });
      await operator.kill();
      operator = await startOperator();
      const { status, metadata } = await ended(name);
      expect(status?.error.message).toBe('');
      expect(status?.state).toBe('complete');
      expect(metadata.finalizers).toBeUndefined();
      const stored = await storedObjects(stage.store, signal);
      expect(stored.length).toBe(before + 1);
      expect(stored.map(({ key }) => key)).toContain(status?.actions[0]?.phases[0]?.output?.['path']);
      expect(pods.stop().size).toBe(1);
      await waitUntil(
        async () => (await jobPods()).length === 0 || 'a pod is left',
        patience('the removal of the pod'),
      );
    },
    120_000,
  );
});

describe('a command in a container', () => {
  it('that was cut off by the death of the operator ends as failed, and the ActionSet says that its outcome is unknown', async () => {
    await stage.client.create<Blueprint>(BLUEPRINTS, {
      apiVersion: API_VERSION,
      kind: 'Blueprint',
      metadata: { name: 'exec', namespace: NAMESPACE },
      actions: {
        run: {
          phases: [
            {
              func: 'KubeExec',
              name: 'count',
              args: {
                namespace: DATABASE.namespace,
                pod: `${DATABASE.name}-0`,
                command: ['sh', '-c', 'echo started >> /tmp/runs; sleep 5'],
              },
            },
            {
              func: 'KubeExec',
              name: 'never',
              args: { namespace: DATABASE.namespace, pod: `${DATABASE.name}-0`, command: ['true'] },
            },
          ],
          deferPhase: {
            func: 'KubeExec',
            name: 'look',
            args: {
              namespace: DATABASE.namespace,
              pod: `${DATABASE.name}-0`,
              command: [
                'sh',
                '-c',
                `echo "###Phase-output###: {\\"key\\":\\"runs\\",\\"value\\":\\"$(wc -l < /tmp/runs)\\"}"`,
              ],
            },
          },
        },
      },
    });
    operator = await startOperator();
    await create('exec', { name: 'run', blueprint: 'exec', object: { kind: 'StatefulSet', ...DATABASE } });
    await waitUntil(
      async () => (await actionSet('exec')).status?.state === 'running' || 'not running',
      patience('the phase'),
    );
    // The exec has no trace in the API: it is given the time to begin.
    await delay(1_000);
    await operator.kill();
    operator = await startOperator();
    const { status } = await ended('exec');
    expect(status?.state).toBe('failed');
    expect(status?.error.message).toContain('outcome is unknown');
    expect(status?.actions[0]?.phases.map((phase) => phase.state)).toEqual(['failed', 'pending']);
    expect(status?.actions[0]?.phases[0]?.failure?.reason).toBe('OutcomeUnknown');
    expect(status?.actions[0]?.deferPhase).toMatchObject({ state: 'complete', output: { runs: '1' } });
  }, 60_000);
});

interface Operator {
  /** SIGKILL; resolves when the process is gone. */
  kill(): Promise<void>;
}

/** The program that ships, as a process of its own; a new one with the same identity takes the lease at once. */
async function startOperator(): Promise<Operator> {
  const flags = ['--kubeconfig', stage.kubeconfig, '--namespace', NAMESPACE, '--identity', 'sigkill-test'];
  const program: ChildProcess = spawn(
    process.execPath,
    [join(ROOT, 'dist/kanister-operator.js'), ...flags, '--health-port', '0', '--bind-address', '127.0.0.1'],
    {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { PATH: process.env['PATH'], POD_SERVICE_ACCOUNT: 'default' },
    },
  );
  const { promise: watching, resolve, reject } = Promise.withResolvers<void>();
  let said = '';
  program.stderr?.on('data', (chunk: Buffer) => {
    said += chunk.toString();
    if (said.includes('watching ActionSets')) resolve();
  });
  program.once('exit', (status) => reject(new Error(`the operator ended with ${status}:\n${said}`)));
  await watching;
  return {
    async kill() {
      if (program.exitCode !== null || program.signalCode !== null) return;
      const exited = once(program, 'exit');
      program.kill('SIGKILL');
      await exited;
    },
  };
}

async function createBackup(name: string): Promise<void> {
  await create(name, {
    name: 'backup',
    blueprint: 'postgresql',
    object: { kind: 'StatefulSet', ...DATABASE },
    profile: { name: 'sandbox', namespace: 'default' },
  });
}

async function create(
  name: string,
  action: NonNullable<NonNullable<ActionSet['spec']>['actions']>[number],
): Promise<void> {
  const metadata = { name, namespace: NAMESPACE };
  await stage.client.create<ActionSet>(ACTION_SETS, {
    apiVersion: API_VERSION,
    kind: 'ActionSet',
    metadata,
    spec: { actions: [action] },
  });
}

function actionSet(name: string): Promise<ActionSet> {
  return stage.client.get<ActionSet>(ACTION_SETS, { name, namespace: NAMESPACE });
}

function ended(name: string): Promise<ActionSet> {
  return waitUntil(
    async () => {
      const found = await actionSet(name);
      const state = found.status?.state ?? 'not begun';
      return state === 'complete' || state === 'failed' ? found : state;
    },
    patience(`the end of ${name}`),
  );
}

async function jobPods(): Promise<Pod[]> {
  const { items } = await stage.client.list<Pod>(PODS, {
    namespace: DATABASE.namespace,
    labelSelector: 'createdBy=kanister',
  });
  return items;
}

/** Every job pod that appears from now on, by UID. */
async function countPods(): Promise<{ stop(): Set<string> }> {
  const stopped = new AbortController();
  const uids = new Set<string>();
  const { metadata } = await stage.client.list<Pod>(PODS, {
    namespace: DATABASE.namespace,
    labelSelector: 'createdBy=kanister',
  });
  const watch = async () => {
    const events = stage.client.watch<Pod>(PODS, {
      namespace: DATABASE.namespace,
      labelSelector: 'createdBy=kanister',
      ...(metadata.resourceVersion === undefined ? {} : { resourceVersion: metadata.resourceVersion }),
      signal: stopped.signal,
    });
    for await (const event of events) uids.add(event.object.metadata?.uid ?? '');
  };
  const watching = watch();
  watching.catch(() => undefined);
  return {
    stop() {
      stopped.abort();
      return uids;
    },
  };
}
