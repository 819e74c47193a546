/** The sandbox: how soon it is there, and what it bears. It runs as `kanctl sandbox up` does, in a process of its own, and keeps its state. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ApiConnection, connectToApi } from './sandbox/api-connection.ts';
import { median } from './suite.ts';
import type { Row, Suite } from './suite.ts';

const KANCTL = fileURLToPath(new URL('../dist/kanctl.js', import.meta.url));
const STARTS = fileURLToPath(new URL('sandbox/starts.ts', import.meta.url));
const COMMAND_ROUNDS = 5;
const CONFIG_MAPS = 10_000;
const LISTS = 5;
const IN_FLIGHT = 16;
const WATCHERS = 1000;
const CHANGES = 1000;
const PODS = 100;

export const suite: Suite = {
  name: 'sandbox',
  async run() {
    const folder = mkdtempSync(join(tmpdir(), 'bench-sandbox-'));
    try {
      return [...startsInProcess(folder), ...startsAsCommand(folder), ...(await underLoad(folder))];
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

function startsInProcess(folder: string): Row[] {
  const { first, further }: { first: number; further: number[] } = JSON.parse(run(STARTS, [folder]));
  return [
    { name: 'ready in-process, first of a process', value: first, unit: 'ms' },
    { name: 'ready in-process, further ones', value: median(further), unit: 'ms', goal: { atMost: 150 } },
  ];
}

function startsAsCommand(folder: string): Row[] {
  const times: number[] = [];
  for (let round = 0; round <= COMMAND_ROUNDS; round += 1) {
    const flag = `--folder=${join(folder, `command-${round}`)}`;
    const start = performance.now();
    run(KANCTL, ['sandbox', 'up', flag]);
    // The first one fills the compile cache.
    if (round > 0) times.push(performance.now() - start);
    run(KANCTL, ['sandbox', 'down', '--purge', flag]);
  }
  return [{ name: 'ready as a command', value: median(times), unit: 'ms', goal: { atMost: 700 } }];
}

async function underLoad(folder: string): Promise<Row[]> {
  const flag = `--folder=${join(folder, 'load')}`;
  run(KANCTL, ['sandbox', 'up', flag]);
  try {
    const status: { process: { pid: number }; kubeconfig: string } = JSON.parse(
      run(KANCTL, ['sandbox', 'status', '-o', 'json', flag]),
    );
    const memory = (after: string): Row => ({
      name: `memory of the sandbox, ${after}`,
      value: residentSize(status.process.pid),
      unit: 'MiB',
    });
    const api = connectToApi(readFileSync(status.kubeconfig, 'utf8'), IN_FLIGHT);
    try {
      return [
        memory('empty'),
        ...(await manyPods(api)),
        memory(`${PODS} pods`),
        ...(await manyObjects(api)),
        memory(`${CONFIG_MAPS} ConfigMaps`),
        ...(await manyWatchers(api)),
        memory(`${WATCHERS} watchers gone`),
      ];
    } finally {
      api.close();
    }
  } finally {
    run(KANCTL, ['sandbox', 'down', '--purge', flag]);
  }
}

async function manyObjects(api: ApiConnection): Promise<Row[]> {
  const start = performance.now();
  await inTurns(CONFIG_MAPS, (index) =>
    api.send('POST', '/api/v1/namespaces/default/configmaps', {
      metadata: { name: `object-${index}`, labels: { app: 'bench' } },
      data: { value: 'x'.repeat(200) },
    }),
  );
  const seconds = (performance.now() - start) / 1000;
  const lists: number[] = [];
  for (let round = 0; round < LISTS; round += 1) {
    const begun = performance.now();
    const body = await api.send('GET', '/api/v1/namespaces/default/configmaps?labelSelector=app%3Dbench');
    lists.push(performance.now() - begun);
    const { items }: { items: unknown[] } = JSON.parse(body);
    if (items.length !== CONFIG_MAPS) throw new Error(`${items.length} of ${CONFIG_MAPS} were listed`);
  }
  return [
    { name: `${CONFIG_MAPS} ConfigMaps created`, value: seconds, unit: 's', goal: { atMost: 5 } },
    { name: 'all of them listed', value: median(lists), unit: 'ms', goal: { atMost: 300 } },
  ];
}

/** Each watcher counts what it sees; the last one to see everything ends the clock. */
async function manyWatchers(api: ApiConnection): Promise<Row[]> {
  const path = '/api/v1/namespaces/kube-public/secrets';
  const created = JSON.parse(await api.send('POST', path, { metadata: { name: 'watched' } }));
  const from: string = created.metadata.resourceVersion;
  const watches = await Promise.all(
    Array.from({ length: WATCHERS }, () => api.watch(`${path}?watch=true&resourceVersion=${from}`, CHANGES)),
  );
  const start = performance.now();
  for (let change = 0; change < CHANGES; change += 1) {
    const stringData = { count: String(change) };
    await api.send('PUT', `${path}/watched`, { metadata: { name: 'watched' }, stringData });
  }
  const seen = await Promise.all(watches.map(({ complete }) => complete));
  const seconds = (performance.now() - start) / 1000;
  for (const { end } of watches) end();
  const complete = seen.filter((events) => events === CHANGES).length;
  return [
    {
      name: `watchers of ${WATCHERS} that saw ${CHANGES} changes`,
      value: complete,
      unit: '',
      goal: { atLeast: WATCHERS },
    },
    { name: 'until the last had seen the last', value: seconds, unit: 's' },
  ];
}

async function manyPods(api: ApiConnection): Promise<Row[]> {
  const path = '/api/v1/namespaces/default/pods';
  const start = performance.now();
  await inTurns(PODS, (index) =>
    api.send('POST', path, {
      metadata: { name: `pod-${index}`, labels: { app: 'bench' } },
      spec: {
        terminationGracePeriodSeconds: 0,
        containers: [{ name: 'main', image: 'busybox', command: ['sleep', '1000'] }],
      },
    }),
  );
  for (;;) {
    const body = await api.send('GET', `${path}?fieldSelector=status.phase%3DRunning`);
    const { items }: { items: unknown[] } = JSON.parse(body);
    if (items.length === PODS) break;
    if (performance.now() - start > 60_000)
      throw new Error(`${items.length} of ${PODS} pods run after a minute`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const seconds = (performance.now() - start) / 1000;
  return [{ name: `${PODS} pods Running`, value: seconds, unit: 's', goal: { atMost: 5 } }];
}

async function inTurns(count: number, act: (index: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < count) await act(next++);
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, worker));
}

function run(program: string, args: string[]): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${status}: ${stderr}`);
  return stdout;
}

function residentSize(pid: number): number {
  return Number(/^VmRSS:\s*(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
}
