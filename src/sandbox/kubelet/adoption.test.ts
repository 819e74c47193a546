import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PODS } from '../../kubernetes/resources.ts';
import { isRunning } from '../process-identity.ts';
import { startSandbox } from '../sandbox.ts';
import { endRemains } from '../state/remove-sandbox.ts';
import { testPods } from '../testing/pods.ts';
import { endPod } from './end-pod.ts';
import { findMemoryHierarchy, readControlGroupFiles } from './memory-hierarchy.ts';
import { findRuns, parseIdentity } from './run-folder.ts';

/** Of all pods in a sandbox's folder. */
const runsIn = (folder: string) => {
  const pods = join(folder, 'pods');
  return existsSync(pods) ? readdirSync(pods).flatMap((uid) => findRuns(join(pods, uid))) : [];
};

const script = (text: string) => ['sh', '-c', text];

describe('a sandbox of a folder whose sandbox was killed', { timeout: 90_000 }, () => {
  let folder: string;
  let first: ChildProcess | undefined;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'sandbox-'));
  });

  afterEach(async () => {
    first?.kill('SIGKILL');
    const pods = join(folder, 'pods');
    for (const uid of existsSync(pods) ? readdirSync(pods) : []) await endPod(join(pods, uid));
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  });

  /** Runs the pods in a sandbox of its own process until all have printed, and kills that. */
  async function runAndKill(
    pods: { name: string; command: string[]; container?: object; spec?: object }[],
  ): Promise<void> {
    const program = join(import.meta.dirname, '../testing/run-and-die.ts');
    first = spawn(process.execPath, [program, folder, JSON.stringify(pods)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [, signal] = await once(first, 'exit');
    expect(signal).toBe('SIGKILL');
  }

  it('goes on with its containers: same process, log, start and restart count', async () => {
    const command = script('echo started; trap "echo told; exit 7" TERM; while :; do sleep 0.1; done');
    await runAndKill([{ name: 'server', command }]);
    const identity = runsIn(folder)[0]?.identity;
    expect(identity).toBeDefined();
    const sandbox = await startSandbox({ folder, objectStore: false, persist: true });
    try {
      const pods = testPods(sandbox.client);
      const pod = await pods.untilReady('server');
      expect(pod.status?.containerStatuses?.[0]?.restartCount).toBe(0);
      expect(await pods.log('server')).toBe('started\n');
      const [run] = runsIn(folder);
      expect(run?.identity).toEqual(identity);
      expect((await pods.exec('server', ['cat', '/proc/1/cmdline'])).stdout).toContain('echo told');
      await pods.exec('server', script('kill -TERM 1'));
      const ended = await pods.until(
        'server',
        ({ status }) => status?.containerStatuses?.[0]?.restartCount === 1,
      );
      expect(ended.status?.containerStatuses?.[0]?.lastState.terminated).toMatchObject({
        exitCode: 7,
        reason: 'Error',
      });
      expect(await pods.log('server', { previous: true })).toBe('started\ntold\n');
    } finally {
      await sandbox.stop();
    }
  });

  it('reports what ended meanwhile, with its exit code, message and log', async () => {
    const restartPolicy = 'Never';
    const command = script('echo here; sleep 1; echo why >/dev/termination-log; exit 4');
    await runAndKill([{ name: 'job', command, spec: { restartPolicy } }]);
    const exits = () => runsIn(folder).map((run) => run.exit()?.code);
    await expect.poll(exits, { timeout: 5000 }).toEqual([4]);
    const sandbox = await startSandbox({ folder, objectStore: false, persist: true });
    try {
      const pods = testPods(sandbox.client);
      const { status } = await pods.untilFinished('job');
      expect(status).toMatchObject({ phase: 'Failed' });
      expect(status?.containerStatuses?.[0]?.state.terminated).toMatchObject({
        exitCode: 4,
        message: 'why\n',
      });
      expect(await pods.log('job')).toBe('here\n');
    } finally {
      await sandbox.stop();
    }
  });

  it('says that it does not know how a container ended of which nothing is left', async () => {
    await runAndKill([
      { name: 'lost', command: script('echo here; sleep 1000'), spec: { restartPolicy: 'Never' } },
    ]);
    for (const run of runsIn(folder)) run.kill();
    await rm(join(folder, 'pods'), { recursive: true, force: true, maxRetries: 3 });
    const sandbox = await startSandbox({ folder, objectStore: false, persist: true });
    try {
      const { status } = await testPods(sandbox.client).untilFinished('lost');
      expect(status?.containerStatuses?.[0]?.state.terminated).toMatchObject({
        exitCode: 137,
        reason: 'ContainerStatusUnknown',
      });
    } finally {
      await sandbox.stop();
    }
  });

  it('goes on with volumes in memory, and lets them go with their pod', async () => {
    const spec = { volumes: [{ name: 'm', emptyDir: { medium: 'Memory' } }] };
    const container = { volumeMounts: [{ name: 'm', mountPath: '/m' }] };
    const command = script('echo of before >>/m/f; cat /m/f; sleep 1000 & trap "kill $!; exit" TERM; wait');
    await runAndKill([{ name: 'remembers', command, container, spec }]);
    const sandbox = await startSandbox({ folder, objectStore: false, persist: true });
    try {
      const pods = testPods(sandbox.client);
      await pods.untilReady('remembers');
      await pods.exec('remembers', script('kill -TERM 1'));
      await pods.until('remembers', ({ status }) => status?.containerStatuses?.[0]?.restartCount === 1);
      await expect.poll(() => pods.log('remembers')).toBe('of before\nof before\n');
      const [run] = runsIn(folder);
      const record = join(run?.folder ?? '', '../../..', 'memory-volumes');
      const keeper = parseIdentity(readFileSync(record, 'utf8'));
      expect(keeper && isRunning(keeper)).toBe(true);
      await sandbox.client.delete(PODS, { name: 'remembers', namespace: 'default' });
      await pods.untilGone('remembers');
      await expect.poll(() => keeper && isRunning(keeper)).toBe(false);
    } finally {
      await sandbox.stop();
    }
  });

  describe.runIf(findMemoryHierarchy(readControlGroupFiles()))('and has limited their memory', () => {
    const container = { resources: { limits: { memory: '32Mi' } } };
    const greedy = 'a=0123456789; while :; do a=$a$a; done';
    const groups = () => runsIn(folder).flatMap((run) => run.record()?.memoryGroup ?? []);

    it('goes on with the limits, and tells that one was exceeded meanwhile or is now', async () => {
      const go = (path: string) => script(`echo here; until [ -e ${path} ]; do sleep 0.1; done; ${greedy}`);
      await runAndKill([
        {
          name: 'meanwhile',
          command: script(`echo here; sleep 1; ${greedy}`),
          container,
          spec: { restartPolicy: 'Never' },
        },
        { name: 'now', command: go('/tmp/go'), container, spec: { restartPolicy: 'Never' } },
      ]);
      const before = groups();
      expect(before).toHaveLength(2);
      const exits = () => runsIn(folder).flatMap((run) => run.exit()?.code ?? []);
      await expect.poll(exits, { timeout: 10_000 }).toEqual([137]);
      const sandbox = await startSandbox({ folder, objectStore: false, persist: true });
      try {
        const pods = testPods(sandbox.client);
        await pods.untilReady('now');
        await pods.exec('now', script('touch /tmp/go'));
        for (const name of ['meanwhile', 'now']) {
          const { status } = await pods.untilFinished(name);
          expect(status?.containerStatuses?.[0]?.state.terminated).toMatchObject({
            exitCode: 137,
            reason: 'OOMKilled',
          });
        }
      } finally {
        await sandbox.stop();
      }
      expect(before.filter((group) => existsSync(dirname(group)))).toEqual([]);
    });

    it('leaves no control group when what it has left is ended', async () => {
      await runAndKill([{ name: 'left', command: script('echo here; exec sleep 1000'), container }]);
      const [group = ''] = groups();
      expect(existsSync(group)).toBe(true);
      await endRemains(folder);
      expect(existsSync(dirname(group))).toBe(false);
    });
  });

  it('keeps the environment of containers to the account alone', async () => {
    await runAndKill([{ name: 'secret', command: script('echo here; sleep 1000') }]);
    const [run] = runsIn(folder);
    expect(run).toBeDefined();
    expect(run?.record()?.environment).toMatchObject({ KUBERNETES_SERVICE_HOST: expect.any(String) });
    expect(statSync(join(run?.folder ?? '', 'run.json')).mode & 0o777).toBe(0o600);
  });
});
