import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { KubernetesObject } from '../../src/kubernetes/objects.ts';
import { CONFIG_MAPS, DEPLOYMENTS } from '../../src/kubernetes/resources.ts';
import { openTestCluster } from '../integration/test-cluster.ts';
import type { TestCluster } from '../integration/test-cluster.ts';
import { clientPrograms } from './client-programs.ts';
import { runProgram } from './run-program.ts';

const CHART = join(import.meta.dirname, 'chart');
let cluster: TestCluster;
let program: string;
let namespace: string;
let home: string;
beforeAll(async () => {
  program = (await clientPrograms()).helm;
  home = await mkdtemp(join(tmpdir(), 'helm-'));
  cluster = await openTestCluster();
  namespace = await cluster.createNamespace();
}, 600_000);
afterAll(async () => {
  await cluster?.close();
  await rm(home, { recursive: true, force: true });
}, 120_000);

const helm = (...args: string[]) =>
  runProgram([program, '--namespace', namespace, '--kubeconfig', cluster.kubeconfig, ...args], {
    env: { HOME: home },
    timeout: 120_000,
  });

async function succeed(...args: string[]): Promise<string> {
  const { stdout, stderr, exitCode } = await helm(...args);
  expect(exitCode, `helm ${args.join(' ')}\n${stdout}${stderr}`).toBe(0);
  return stdout;
}

const greeting = async () =>
  (
    await cluster.client.get<KubernetesObject & { data: { greeting: string } }>(CONFIG_MAPS, {
      namespace,
      name: 'one',
    })
  ).data.greeting;

it(
  'Helm installs, upgrades, rolls back and uninstalls a chart with hooks',
  { timeout: 300_000 },
  async () => {
    expect(await succeed('install', 'one', CHART, '--wait', '--timeout', '60s')).toContain(
      'STATUS: deployed',
    );
    expect(await greeting()).toBe('hello');

    await succeed(
      'upgrade',
      'one',
      CHART,
      '--set',
      'greeting=good day,replicas=2',
      '--wait',
      '--timeout',
      '60s',
    );
    expect(await greeting()).toBe('good day');
    const deployment = await cluster.client.get<KubernetesObject & { status: { readyReplicas: number } }>(
      DEPLOYMENTS,
      {
        namespace,
        name: 'one',
      },
    );
    expect(deployment.status.readyReplicas).toBe(2);

    const history = JSON.parse(await succeed('history', 'one', '-o', 'json')) as {
      revision: number;
      status: string;
    }[];
    expect(history.map(({ revision, status }) => [revision, status])).toEqual([
      [1, 'superseded'],
      [2, 'deployed'],
    ]);

    await succeed('rollback', 'one', '1', '--wait', '--timeout', '60s');
    expect(await greeting()).toBe('hello');
    expect(await succeed('list')).toContain('one');
    expect(await succeed('get', 'manifest', 'one')).toContain('kind: Deployment');

    await succeed('uninstall', 'one', '--wait', '--timeout', '60s');
    expect((await cluster.client.list(DEPLOYMENTS, { namespace })).items).toEqual([]);
  },
);

it('Helm fails when a hook does, and says which', { timeout: 120_000 }, async () => {
  const { stderr, exitCode } = await helm(
    'install',
    'two',
    CHART,
    '--set',
    'greeting=stop',
    '--timeout',
    '60s',
  );
  expect(exitCode).toBe(1);
  expect(stderr).toContain('failed pre-install');
  await helm('uninstall', 'two', '--no-hooks');
});

it('Helm refuses an upgrade that the server refuses', { timeout: 120_000 }, async () => {
  await succeed('install', 'three', CHART, '--no-hooks');
  const { stderr, exitCode } = await helm('upgrade', 'three', CHART, '--no-hooks', '--set', 'replicas=-1');
  expect(exitCode).toBe(1);
  expect(stderr).toContain('spec.replicas: Invalid value: -1: must be greater than or equal to 0');
  await succeed('uninstall', 'three', '--no-hooks');
});
