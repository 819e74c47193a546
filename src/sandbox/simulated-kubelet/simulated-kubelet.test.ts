import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EVENTS } from '../../kubernetes/resources.ts';
import type { KubernetesObject } from '../../kubernetes/objects.ts';
import { type Sandbox, startSandbox } from '../sandbox.ts';
import { testPods, type TestPods } from '../testing/pods.ts';

const folder = mkdtempSync(join(tmpdir(), 'sandbox-'));
let sandbox: Sandbox;
let pods: TestPods;

beforeAll(async () => {
  sandbox = await startSandbox({
    folder,
    objectStore: false,
    node: 'simulated',
    backOff: { first: 10, longest: 20 },
    containers: [
      {
        match: { image: 'kanister-tools', command: 'backup' },
        run: { output: ['one', { text: 'two', after: 5 }], terminationMessage: 'all is well' },
      },
      { match: { container: 'broken' }, run: { output: ['it broke'], exitCode: 3 } },
      {
        match: { pod: /^flaky/ },
        run: ({ attempt }) => ({ output: [`attempt ${attempt}`], exitCode: attempt < 2 ? 1 : 0 }),
      },
      { match: { pod: 'stubborn' }, run: { exitCode: 'running', onTerminate: false } },
      {
        match: { pod: 'database' },
        run: { output: ['ready for connections'], exitCode: 'running', onTerminate: 0 },
        exec: [
          { command: /^pg_dump/, answer: { stdout: 'CREATE TABLE t;\n', stderr: 'dumping\n' } },
          {
            command: 'psql',
            answer: (_command, stdin) => ({ stdout: `read ${stdin.length}\n`, exitCode: 2 }),
          },
        ],
      },
    ],
  });
  pods = testPods(sandbox.client);
});

afterAll(async () => {
  await sandbox.stop();
  await rm(folder, { recursive: true, force: true });
});

describe('a simulated node', () => {
  it('runs what the script says, with its log and its termination message', async () => {
    await pods.create('backup', [{ image: 'example.com/kanister-tools:9', command: ['backup'] }], {
      restartPolicy: 'Never',
    });
    const { status } = await pods.untilFinished('backup');
    expect(status).toMatchObject({ phase: 'Succeeded' });
    const [container] = status?.containerStatuses ?? [];
    expect(container?.state.terminated).toMatchObject({
      exitCode: 0,
      reason: 'Completed',
      message: 'all is well',
    });
    expect(await pods.log('backup')).toBe('one\ntwo\n');
    expect(await pods.log('backup', { tailLines: 1, timestamps: true })).toMatch(/^\d{4}-.*Z two\n$/);
  });

  it('tells how a container failed', async () => {
    await pods.create('fails', [{ name: 'broken', terminationMessagePolicy: 'FallbackToLogsOnError' }], {
      restartPolicy: 'Never',
    });
    const { status } = await pods.untilFinished('fails');
    expect(status?.phase).toBe('Failed');
    expect(status?.containerStatuses?.[0]?.state.terminated).toMatchObject({
      exitCode: 3,
      reason: 'Error',
      message: 'it broke\n',
    });
  });

  it('restarts with back-off, and tells the script which attempt it is', async () => {
    await pods.create('flaky', [{}], { restartPolicy: 'OnFailure' });
    const { status } = await pods.untilFinished('flaky');
    expect(status?.phase).toBe('Succeeded');
    expect(status?.containerStatuses?.[0]?.restartCount).toBe(2);
    expect(await pods.log('flaky')).toBe('attempt 2\n');
    expect(await pods.log('flaky', { previous: true })).toBe('attempt 1\n');
  });

  it('answers execs by their patterns, with input, both outputs and exit code', async () => {
    await pods.create('database', [{}]);
    await pods.untilReady('database');
    expect(await pods.exec('database', ['pg_dump', '-U', 'postgres'])).toEqual({
      exitCode: 0,
      stdout: 'CREATE TABLE t;\n',
      stderr: 'dumping\n',
    });
    expect((await pods.exec('database', ['psql'])).exitCode).toBe(2);
    await expect(pods.exec('database', ['vacuumdb'])).rejects.toThrow('executable file not found in $PATH');
  });

  it('lets a pod go within its grace period, whatever its containers do', async () => {
    await pods.create('stubborn', [{}], { terminationGracePeriodSeconds: 1 });
    await pods.untilReady('stubborn');
    await sandbox.client.delete(
      { group: '', version: 'v1', resource: 'pods', kind: 'Pod', namespaced: true },
      { name: 'stubborn', namespace: 'default' },
      { gracePeriodSeconds: 1 },
    );
    await expect(pods.untilGone('stubborn')).resolves.toBeUndefined();
  });

  it('records the events of a kubelet', async () => {
    await pods.create('noted', [{}]);
    await pods.untilReady('noted');
    const reasons = async () => {
      const { items } = await sandbox.client.list<KubernetesObject & { reason?: string }>(EVENTS, {
        fieldSelector: 'involvedObject.name=noted',
      });
      return items.map(({ reason = '' }) => reason).toSorted((a, b) => a.localeCompare(b));
    };
    await expect.poll(reasons).toEqual(['Created', 'Pulled', 'Scheduled', 'Started']);
  });
});
