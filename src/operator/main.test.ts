import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  ACTION_SETS,
  API_VERSION,
  BLUEPRINTS,
  type ActionSet,
  type Blueprint,
  type BlueprintPhase,
} from '../api/kanister/types.ts';
import { isNotFound } from '../kubernetes/api-error.ts';
import type { KubernetesObject } from '../kubernetes/objects.ts';
import { LEASES, PODS } from '../kubernetes/resources.ts';
import { startSandbox, type Sandbox } from '../sandbox/sandbox.ts';

const PROGRAM = join(import.meta.dirname, '../../dist/kanister-operator.js');
const EXTENSION = pathToFileURL(join(import.meta.dirname, '../../dist/function.js')).href;

/** A function that does not look at its signal, and a promise that nobody looks at. */
const STUBBORN = `
import { defineFunction } from '${EXTENSION}';
export const functions = [
  defineFunction({
    name: 'Stubborn', args: {}, outputs: {}, permissions: [], revision: 1,
    async run() {
      void Promise.reject(new Error('forgotten'));
      await new Promise((resolve) => setTimeout(resolve, 3_600_000));
    },
  }),
];
`;

interface Operator {
  process: ChildProcess;
  said(): string;
  exited: Promise<number | null>;
}

let folder: string;
let sandbox: Sandbox;
const running: Operator[] = [];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'operator-'));
  sandbox = await startSandbox({ folder, objectStore: false });
  await writeFile(join(folder, 'stubborn.js'), STUBBORN);
}, 60_000);
afterEach(async () => {
  for (const operator of running.splice(0)) {
    operator.process.kill('SIGKILL');
    await operator.exited;
  }
});
afterAll(async () => {
  await sandbox?.stop();
  await rm(folder, { recursive: true, force: true });
}, 60_000);

function start(flags: string[], env: Record<string, string> = {}): Operator {
  const program = spawn(process.execPath, [PROGRAM, ...flags], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { PATH: process.env['PATH'], POD_SERVICE_ACCOUNT: 'default', ...env },
  });
  let said = '';
  program.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const exited = once(program, 'close').then(() => program.exitCode);
  const operator = { process: program, said: () => said, exited };
  running.push(operator);
  return operator;
}

const flags = () => [
  '--kubeconfig',
  sandbox.kubeconfig,
  '--namespace',
  'default',
  '--identity',
  'main-test',
  '--health-port',
  '0',
  '--bind-address',
  '127.0.0.1',
  '--functions',
  join(folder, 'stubborn.js'),
];

async function isWatching(operator: Operator): Promise<number> {
  await expect.poll(operator.said, { timeout: 20_000 }).toContain('watching ActionSets');
  return portOf(operator);
}

function portOf(operator: Operator): number {
  return Number(/"port":(\d+)/.exec(operator.said())?.[1]);
}

async function runStubborn(name: string): Promise<void> {
  await run(name, { func: 'Stubborn', name: 'long' });
  await expect.poll(async () => (await read(name)).status?.state, { timeout: 10_000 }).toBe('running');
}

async function run(name: string, phase: BlueprintPhase): Promise<void> {
  await sandbox.client.create<Blueprint>(BLUEPRINTS, {
    apiVersion: API_VERSION,
    kind: 'Blueprint',
    metadata: { name, namespace: 'default' },
    actions: { run: { phases: [phase] } },
  });
  const object = { kind: 'Namespace', name: 'default', namespace: 'default' };
  await sandbox.client.create<ActionSet>(ACTION_SETS, {
    apiVersion: API_VERSION,
    kind: 'ActionSet',
    metadata: { name, namespace: 'default' },
    spec: { actions: [{ name: 'run', blueprint: name, object }] },
  });
}

function read(name: string): Promise<ActionSet> {
  return sandbox.client.get<ActionSet>(ACTION_SETS, { name, namespace: 'default' });
}

describe('the operator’s process', () => {
  it('ends on SIGTERM with 0 although a function ignores its signal, frees the lease, and leaves the run to be gone on with', async () => {
    const operator = start(flags());
    await isWatching(operator);
    await runStubborn('terminated');
    await expect.poll(operator.said).toContain('forgotten');
    operator.process.kill('SIGTERM');
    expect(await operator.exited).toBe(0);
    const lease = await sandbox.client.get<KubernetesObject & { spec: { holderIdentity: string } }>(LEASES, {
      name: 'kanister-operator',
      namespace: 'default',
    });
    expect(lease.spec.holderIdentity).toBe('');
    const { status, metadata } = await read('terminated');
    expect(status?.state).toBe('running');
    expect(metadata.finalizers).toEqual(['cr.kanister.io/run']);
  }, 60_000);

  it('gives each pod what the file of --pod-defaults says', async () => {
    const file = join(folder, 'pod-defaults.yaml');
    await writeFile(file, 'labels: { team: storage }\n');
    await isWatching(start([...flags(), '--pod-defaults', file]));
    const args = { namespace: 'default', image: 'busybox', command: ['true'] };
    await run('labelled', { func: 'KubeTask', name: 'task', args });
    const labelSelector = 'team=storage,createdBy=kanister';
    await expect
      .poll(async () => (await sandbox.client.list(PODS, { labelSelector })).items.length, {
        timeout: 10_000,
      })
      .toBe(1);
    await expect
      .poll(async () => (await read('labelled')).status?.state, { timeout: 10_000 })
      .toBe('complete');
  }, 60_000);

  it('ends with 1 when another one has its lease, and writes nothing any more', async () => {
    const operator = start(flags());
    await isWatching(operator);
    await runStubborn('lost');
    const name = { name: 'kanister-operator', namespace: 'default' };
    for (;;) {
      const lease = await sandbox.client.get<KubernetesObject & { spec: object }>(LEASES, name);
      const taken = { ...lease, spec: { ...lease.spec, holderIdentity: 'somebody else' } };
      const conflict = await sandbox.client.replace(LEASES, taken).then(
        () => false,
        () => true,
      );
      if (!conflict) break;
    }
    const before = (await read('lost')).metadata.resourceVersion;
    expect(await operator.exited).toBe(1);
    expect(operator.said()).toContain('leadership was lost');
    expect((await read('lost')).metadata.resourceVersion).toBe(before);
    await sandbox.client.delete(LEASES, name).catch((error: unknown) => {
      if (!isNotFound(error)) throw error;
    });
  }, 60_000);

  it('answers health probes, counts actions only where metrics are switched on, and starts without traces where their settings are wrong', async () => {
    const operator = start(flags(), { KANISTER_METRICS_ENABLED: 'true', VERSION: '1.2.3' });
    const first = await isWatching(operator);
    const get = async (path: string, port = first) => {
      const response = await fetch(`http://127.0.0.1:${port}${path}`);
      return [response.status, await response.text()] as const;
    };
    expect(await get('/v0/healthz')).toEqual([200, '{"alive":true,"version":"1.2.3"}']);
    expect(await get('/v0/readyz')).toEqual([200, '{"status":"ready"}']);
    expect((await get('/nowhere'))[0]).toBe(404);
    expect((await get('/metrics'))[1]).toContain(
      'kanister_action_set_resolutions_total{resolution="success"} 0',
    );
    expect((await get('/metrics'))[1]).toContain('kanister_operator_leader 1\n');
    const silent = start([...flags(), '--identity', 'other'], {
      KANISTER_METRICS_ENABLED: 'maybe',
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4317',
      OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
    });
    // It stands by while the other one leads.
    await expect.poll(silent.said, { timeout: 20_000 }).toContain('serving health and metrics');
    expect(await get('/v0/readyz', portOf(silent))).toEqual([200, '{"status":"ready"}']);
    expect(silent.said()).not.toContain('watching ActionSets');
    operator.process.kill('SIGTERM');
    expect(await operator.exited).toBe(0);
    const [, text] = await get('/metrics', await isWatching(silent));
    expect(text).not.toContain('kanister_action_set_resolutions_total');
    expect(text).toContain('process_cpu_seconds_total');
    expect(silent.said()).toContain('OTEL_EXPORTER_OTLP_PROTOCOL is grpc');
    expect(silent.said()).not.toContain('KANISTER_METRICS_ENABLED');
  }, 60_000);

  it.each([
    [['--health-port', '70000'], /--health-port.*A port is a number from 0 to 65535\./],
    [['--nonsense'], /unknown option '--nonsense'/],
    [['--kubeconfig', '/nowhere/config'], /\/nowhere\/config/],
    [['--functions', '/nowhere/functions.js'], /\/nowhere\/functions.js can't be loaded/],
    [['--pod-defaults', 'package.json'], /the pod defaults of package.json can't be used: name is unknown/],
  ])(
    'says in one line what is wrong with %s',
    async (wrong, message) => {
      const operator = start([...flags(), ...wrong]);
      expect(await operator.exited).toBe(1);
      const lines = operator.said().trim().split('\n');
      expect(lines.at(-1)).toMatch(message);
      expect(operator.said()).not.toContain('    at ');
    },
    30_000,
  );
});
