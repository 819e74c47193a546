/** ActionSets of a function that returns at once: what the operator itself costs. API server and operator have a process each. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ACTION_SETS, API_VERSION, BLUEPRINTS } from '../src/api/kanister/types.ts';
import type { ActionSet, Blueprint } from '../src/api/kanister/types.ts';
import type { KubernetesClient } from '../src/kubernetes/client.ts';
import { systemClock } from '../src/kubernetes/clock.ts';
import { createClient } from '../src/kubernetes/create-client.ts';
import { listWatch } from '../src/kubernetes/list-watch.ts';
import { loadKubeConfig } from '../src/kubernetes/load-kube-config.ts';
import { CUSTOM_RESOURCE_DEFINITIONS, NAMESPACES } from '../src/kubernetes/resources.ts';
import { median } from './suite.ts';
import type { Row, Suite } from './suite.ts';

const ROUNDS = 30;
const MANY = 500;
const NAMESPACE = 'kanister';
const fromHere = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export const suite: Suite = {
  name: 'actionsets',
  async run() {
    const folder = await mkdtemp(join(tmpdir(), 'bench-'));
    const kubeconfig = join(folder, 'kubeconfig');
    const server = await startNode([fromHere('actionsets/api-server.ts'), kubeconfig], 'listening');
    const { transport } = await loadKubeConfig({ env: {}, clock: systemClock, kubeconfig });
    const client = createClient(transport, { clock: systemClock });
    try {
      await client.create(NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } });
      const operator = await startOperator(kubeconfig);
      try {
        return await measure(client, operator);
      } finally {
        await stop(operator);
      }
    } finally {
      await client.close();
      await stop(server);
      await rm(folder, { recursive: true });
    }
  },
};

async function measure(client: KubernetesClient, operator: ChildProcess): Promise<Row[]> {
  await served(client);
  await createBlueprint(client);
  const watched = await watchActionSets(client);
  try {
    const rows: Row[] = [];
    for (const [action, phases] of Object.entries({ one: '1 phase', five: '5 phases' })) {
      // The first ones compile code and open connections.
      for (let round = 0; round < 5; round += 1)
        await createAndWait(client, watched, `warm-${action}-${round}`, action);
      const times: number[] = [];
      for (let round = 0; round < ROUNDS; round += 1) {
        times.push(await createAndWait(client, watched, `${action}-${round}`, action));
      }
      const goal = action === 'one' ? { goal: { atMost: 30 } } : {};
      rows.push({
        name: `create to complete, ${phases}, median of ${ROUNDS}`,
        value: median(times),
        unit: 'ms',
        ...goal,
      });
    }
    const start = performance.now();
    const names = Array.from({ length: MANY }, (_, index) => `many-${index}`);
    await Promise.all(names.map((name) => createAndWait(client, watched, name, 'one')));
    const seconds = (performance.now() - start) / 1000;
    rows.push({
      name: `${MANY} created at once, until all are complete`,
      value: seconds,
      unit: 's',
      goal: { atMost: 6 },
    });
    rows.push({ name: 'ActionSets completed per second', value: MANY / seconds, unit: '/s' });
    rows.push({ name: 'peak memory of the operator', value: await peakMemory(operator), unit: 'MiB' });
    return rows;
  } finally {
    watched.stop();
  }
}

interface Watched {
  /** Resolves when the ActionSet is complete; rejects when it has failed. */
  completion(name: string): Promise<void>;
  stop(): void;
}

async function watchActionSets(client: KubernetesClient): Promise<Watched> {
  const stopped = new AbortController();
  const waiting = new Map<string, { resolve(): void; reject(error: Error): void }>();
  const events = listWatch<ActionSet>(client, ACTION_SETS, {
    clock: systemClock,
    random: Math.random,
    namespace: NAMESPACE,
    signal: stopped.signal,
  });
  await events.next();
  const follow = async () => {
    for await (const event of events) {
      if (event.type !== 'modified' && event.type !== 'added') continue;
      const { metadata, status } = event.object;
      if (status?.state === 'complete') waiting.get(metadata.name)?.resolve();
      if (status?.state === 'failed') waiting.get(metadata.name)?.reject(new Error(status.error.message));
    }
  };
  follow().catch((error: Error) => {
    for (const { reject } of waiting.values()) reject(error);
  });
  return {
    completion: (name) => new Promise((resolve, reject) => waiting.set(name, { resolve, reject })),
    stop: () => stopped.abort(),
  };
}

/** Milliseconds from the request that creates it to the event that says complete. */
async function createAndWait(
  client: KubernetesClient,
  watched: Watched,
  name: string,
  action: string,
): Promise<number> {
  const completed = watched.completion(name);
  const start = performance.now();
  await client.create<ActionSet>(ACTION_SETS, {
    apiVersion: API_VERSION,
    kind: 'ActionSet',
    metadata: { name, namespace: NAMESPACE },
    spec: {
      actions: [
        {
          name: action,
          blueprint: 'bench',
          object: { kind: 'Namespace', name: NAMESPACE, namespace: NAMESPACE },
        },
      ],
    },
  });
  await completed;
  return performance.now() - start;
}

async function createBlueprint(client: KubernetesClient): Promise<void> {
  const phases = (count: number) =>
    Array.from({ length: count }, (_, index) => ({ func: 'Noop', name: `phase${index}` }));
  await client.create<Blueprint>(BLUEPRINTS, {
    apiVersion: API_VERSION,
    kind: 'Blueprint',
    metadata: { name: 'bench', namespace: NAMESPACE },
    actions: { one: { phases: phases(1) }, five: { phases: phases(5) } },
  });
}

/** The operator installs the CRDs before it watches. */
async function served(client: KubernetesClient): Promise<void> {
  for (let tries = 0; tries < 500; tries += 1) {
    const { items } = await client.list(CUSTOM_RESOURCE_DEFINITIONS);
    if (items.length >= 3) return;
    await systemClock.sleep(20);
  }
  throw new Error('the operator has installed no CRDs');
}

function startOperator(kubeconfig: string): Promise<ChildProcess> {
  const program = fromHere('../dist/kanister-operator.js');
  const functions = fromHere('actionsets/functions.ts');
  const flags = ['--kubeconfig', kubeconfig, '--namespace', NAMESPACE, '--functions', functions];
  return startNode(
    [program, ...flags, '--health-port', '0', '--bind-address', '127.0.0.1'],
    'watching ActionSets',
  );
}

/** Resolves when the program has said `ready`. */
async function startNode(argv: string[], ready: string): Promise<ChildProcess> {
  const child = spawn(process.execPath, argv, { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  const isReady = new Promise<void>((resolve, reject) => {
    child.stderr.on('data', (chunk: Buffer) => {
      if (said.includes(ready)) return;
      said += chunk.toString();
      if (said.includes(ready)) resolve();
    });
    child.once('exit', (status) => reject(new Error(`${argv[0]} ended with ${status}:\n${said}`)));
  });
  await isReady;
  return child;
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const exited = once(child, 'exit');
  child.kill();
  await exited;
}

async function peakMemory({ pid }: ChildProcess): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmHWM:\s*(\d+) kB$/m.exec(status)?.[1]) / 1024;
}
