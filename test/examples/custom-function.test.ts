import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ACTION_SETS, API_VERSION, BLUEPRINTS } from '../../src/api/kanister/types.ts';
import type { ActionSet, Blueprint } from '../../src/api/kanister/types.ts';
import type { Json } from '../../src/kubernetes/objects.ts';
import { parseYaml } from '../../src/kubernetes/yaml.ts';
import { startSandbox } from '../../src/sandbox/sandbox.ts';
import type { Sandbox } from '../../src/sandbox/sandbox.ts';
import { installCustomFunction } from './custom-function-package.ts';

const ROOT = join(import.meta.dirname, '../..');

let folder: string;
let sandbox: Sandbox;
let application: Server;
let url: string;
/** What the application was told. */
let told: Json[];
const ends: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'custom-function-'));
  ends.push(() => rm(folder, { recursive: true, force: true }));
  installCustomFunction(join(folder, 'package'));
  sandbox = await startSandbox({ folder: join(folder, 'sandbox'), objectStore: false, node: 'simulated' });
  ends.push(() => sandbox.stop());
  await startApplication();
  await startOperator();
}, 60_000);
afterAll(async () => {
  for (const end of ends.toReversed()) await end();
}, 60_000);

it('the operator that ships runs a function of others, keeps what it returned, and undoes it when its action fails', async () => {
  await sandbox.client.create<Blueprint>(BLUEPRINTS, await blueprint());
  expect(await run('good', 'allowed')).toMatchObject({
    state: 'complete',
    actions: [{ phases: [{ output: { wasAllowed: true } }, {}] }],
  });
  expect(told).toEqual([{ allowed: false }, { allowed: true }]);

  const failed = await run('bad', 'no boolean');
  expect(failed).toMatchObject({
    state: 'failed',
    actions: [{ phases: [{ state: 'complete' }, { state: 'failed' }] }],
  });
  expect(told.slice(2)).toEqual([{ allowed: false }, { allowed: true }]);
});

it('what it throws is told with its hint, and without the secrets of its URL', async () => {
  application.close();
  application.closeAllConnections();
  const { error } = await run('ugly', 'allowed', `${url}?token=hidden`);
  expect(error.message).toContain(`GET ${url} was not answered: `);
  expect(error.message).toContain('Check that the application runs');
  expect(error.message).not.toContain('hidden');
});

async function startApplication(): Promise<void> {
  let state: Json = { allowed: true };
  told = [];
  application = createServer((request, response) => {
    const answer = () => response.end(JSON.stringify(state));
    if (request.method !== 'PUT') {
      answer();
      return;
    }
    json(request).then(
      (body) => {
        told.push((state = body as Json));
        answer();
      },
      (error: Error) => response.destroy(error),
    );
  });
  await once(application.listen(0, '127.0.0.1'), 'listening');
  ends.push(async () => application.close());
  const { port } = application.address() as AddressInfo;
  url = `http://127.0.0.1:${port}/writes`;
}

async function startOperator(): Promise<void> {
  const program = join(ROOT, 'dist/kanister-operator.js');
  const flags = ['--kubeconfig', sandbox.kubeconfig, '--namespace', 'default', '--functions', './index.js'];
  const health = ['--health-port', '0', '--bind-address', '127.0.0.1'];
  const operator = spawn(process.execPath, [program, ...flags, ...health], {
    cwd: join(folder, 'package'),
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { PATH: process.env['PATH'], POD_SERVICE_ACCOUNT: 'default' },
  });
  const ended = once(operator, 'exit');
  ends.push(() => {
    operator.kill('SIGKILL');
    return ended;
  });
  let said = '';
  operator.stderr.setEncoding('utf8');
  operator.stderr.on('data', (chunk: string) => (said += chunk));
  while (!said.includes('watching ActionSets')) {
    await Promise.race([once(operator.stderr, 'data'), ended.then(() => Promise.reject(new Error(said)))]);
  }
}

/** The example's own, without its pod: only its first and last phase. */
async function blueprint(): Promise<Blueprint> {
  const text = await readFile(join(ROOT, 'examples/custom-function/blueprint.yaml'), 'utf8');
  const example = parseYaml(text) as unknown as Blueprint;
  const [quiesce, , resume] = example.actions?.['backup']?.phases ?? [];
  if (!quiesce || !resume) throw new Error('the example has other phases');
  const args = {
    ...resume.args,
    allowed: '{{ if eq .Options.afterwards "allowed" }}true{{ else }}{{ .Options.afterwards }}{{ end }}',
  };
  return {
    ...example,
    metadata: { ...example.metadata, namespace: 'default' },
    actions: { backup: { phases: [quiesce, { ...resume, args }] } },
  };
}

async function run(name: string, afterwards: string, at = url) {
  const object = { kind: 'Namespace', name: 'default', namespace: 'default' };
  await sandbox.client.create<ActionSet>(ACTION_SETS, {
    apiVersion: API_VERSION,
    kind: 'ActionSet',
    metadata: { name, namespace: 'default' },
    spec: { actions: [{ name: 'backup', blueprint: 'careful', object, options: { url: at, afterwards } }] },
  });
  const read = async () =>
    (await sandbox.client.get<ActionSet>(ACTION_SETS, { name, namespace: 'default' })).status;
  await expect.poll(async () => (await read())?.state, { timeout: 20_000 }).toMatch(/complete|failed/);
  const status = await read();
  if (!status) throw new Error('it has ended without a status');
  return status;
}
