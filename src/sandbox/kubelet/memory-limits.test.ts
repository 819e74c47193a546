import { existsSync, mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Sandbox, startSandbox } from '../sandbox.ts';
import { testPods, type TestPods } from '../testing/pods.ts';
import { findMemoryHierarchy, readControlGroupFiles } from './memory-hierarchy.ts';
import { findRuns } from './run-folder.ts';

/** A shell that doubles what it holds until it is stopped. */
const TOO_MUCH = 'a=0123456789; while :; do a=$a$a; done';
const resources = { limits: { memory: '32Mi' } };
const script = (text: string) => ['sh', '-c', text];
const folder = mkdtempSync(join(tmpdir(), 'sandbox-'));
let sandbox: Sandbox;
let pods: TestPods;

beforeAll(async () => {
  sandbox = await startSandbox({ folder, objectStore: false });
  pods = testPods(sandbox.client);
});

afterAll(async () => {
  await sandbox.stop();
  await rm(folder, { recursive: true, force: true });
});

const groupOf = async (name: string): Promise<string | undefined> => {
  const pod = await pods.untilReady(name);
  return findRuns(join(folder, 'pods', pod.metadata?.uid ?? ''))[0]?.record()?.memoryGroup;
};

it('a sandbox says whether it can limit memory', () => {
  expect(sandbox.limitsMemory).toBe(findMemoryHierarchy(readControlGroupFiles()) !== undefined);
});

describe.runIf(findMemoryHierarchy(readControlGroupFiles()))('a limit of memory', () => {
  it('ends a command that exceeds it: exit code 137, OOMKilled', async () => {
    await pods.create('greedy', [{ command: script(TOO_MUCH), resources }], {
      restartPolicy: 'Never',
    });
    const { status } = await pods.untilFinished('greedy');
    expect(status?.phase).toBe('Failed');
    expect(status?.containerStatuses?.[0]?.state.terminated).toMatchObject({
      exitCode: 137,
      reason: 'OOMKilled',
    });
  });

  it('counts what is run by exec, and its group goes with the container', async () => {
    await pods.create('quiet', [{ command: script('until [ -e /tmp/f ]; do sleep 0.1; done'), resources }], {
      restartPolicy: 'Never',
    });
    const group = (await groupOf('quiet')) ?? '';
    expect(existsSync(group)).toBe(true);
    expect((await pods.exec('quiet', script('echo here'))).stdout).toBe('here\n');
    await pods.exec('quiet', script(`(${TOO_MUCH}); touch /tmp/f`)).catch(() => undefined); // it may be killed whole
    await pods.exec('quiet', script('touch /tmp/f')).catch(() => undefined);
    const { status } = await pods.untilFinished('quiet');
    expect(status?.containerStatuses?.[0]?.state.terminated?.reason).toBe('OOMKilled');
    await expect.poll(() => existsSync(group), { timeout: 10_000 }).toBe(false);
  });

  it('leaves those alone that keep to it', async () => {
    await pods.create('modest', [{ command: script('tail -c 1000000 /dev/zero | wc -c'), resources }], {
      restartPolicy: 'Never',
    });
    const { status } = await pods.untilFinished('modest');
    expect(status?.containerStatuses?.[0]?.state.terminated).toMatchObject({
      exitCode: 0,
      reason: 'Completed',
    });
  });

  it('that is too small for any command is said to be', async () => {
    await pods.create('tiny', [{ command: script('true'), resources: { limits: { memory: '4Ki' } } }], {
      restartPolicy: 'Never',
    });
    const { status } = await pods.untilFinished('tiny');
    expect(status?.containerStatuses?.[0]?.state.terminated).toMatchObject({
      message: expect.stringContaining('memory limit too low'),
    });
  });
});
