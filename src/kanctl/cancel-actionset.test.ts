import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startCluster, type Cluster, type KanctlOptions } from '../../test/kanctl/cluster.ts';
import { CANCEL_ANNOTATION } from '../api/kanister/cancel.ts';
import type { ActionSet, ActionSetStatus } from '../api/kanister/types.ts';
import { ACTION_SETS } from '../api/kanister/types.ts';
import type { KubernetesClient } from '../kubernetes/client.ts';
import { systemClock } from '../kubernetes/clock.ts';
import { parseYaml } from '../kubernetes/yaml.ts';

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster();
});
afterAll(async () => cluster.stop());

const END = '2026-01-01T10:01:15Z';
const CANCELLED = 'Cancelled: wrong database';

async function create(name: string, status?: Partial<ActionSetStatus>): Promise<void> {
  await cluster.create<ActionSet>(ACTION_SETS, {
    metadata: { name, namespace: 'default' },
    spec: { actions: [{ name: 'backup', blueprint: 'bp', object: { kind: 'deployment', name: 'web' } }] },
    ...(status && {
      status: { state: 'running', actions: [], error: { message: '' }, progress: {}, ...status },
    }),
  });
}
const read = (name: string) => cluster.client.get<ActionSet>(ACTION_SETS, { name, namespace: 'default' });
const end = (name: string, status: Partial<ActionSetStatus>) =>
  cluster.client.patch(
    ACTION_SETS,
    { name, namespace: 'default' },
    { type: 'merge', body: { status: { completionTime: END, ...status } } },
  );
const cancel = (args: string[], options?: KanctlOptions) =>
  cluster.kanctl(['cancel', 'actionset', ...args], options);

describe('kanctl cancel actionset', () => {
  it('writes the request, with its reason, and nothing else', async () => {
    await create('asked', {});
    const before = await read('asked');
    expect(await cancel(['asked', '--reason', 'wrong database'])).toEqual({
      code: 0,
      stdout: 'actionset asked is being cancelled\n',
      stderr: '',
    });
    const { metadata, spec, status } = await read('asked');
    expect(metadata.annotations).toEqual({ [CANCEL_ANNOTATION]: 'wrong database' });
    expect({ spec, status }).toEqual({ spec: before.spec, status: before.status });
  });

  it('does no harm when it is asked again: the first reason stays', async () => {
    await create('again');
    expect((await cancel(['again'])).stdout).toBe('actionset again is being cancelled\n');
    expect(await cancel(['again', '--reason', 'late'])).toEqual({
      code: 0,
      stdout: 'actionset again is being cancelled already\n',
      stderr: '',
    });
    expect((await read('again')).metadata.annotations).toEqual({ [CANCEL_ANNOTATION]: 'true' });
    expect((await cancel(['asked'])).stdout).toBe(
      'actionset asked is being cancelled already: wrong database\n',
    );
  });

  it('says that an ActionSet has ended, how and when', async () => {
    await create('over', { state: 'complete', completionTime: END });
    expect(await cancel(['over'])).toEqual({
      code: 1,
      stdout: '',
      stderr:
        `Error: ActionSet default/over can't be cancelled any more: it ended as complete at ${END}\n` +
        'Hint: `kanctl describe actionset over -n default` shows what it has done.\n',
    });
    expect((await read('over')).metadata.annotations).toBeUndefined();
  });

  it('is content with one that was cancelled, and knows it also under CRDs that keep no conditions', async () => {
    await create('past', { state: 'failed', error: { message: CANCELLED } });
    expect(await cancel(['past'])).toEqual({
      code: 0,
      stdout: 'actionset past was cancelled already\n',
      stderr: '',
    });
    await create('broken', { state: 'failed', error: { message: 'the pod failed' } });
    expect((await cancel(['broken'])).stderr).toMatch(
      /^Error: ActionSet default\/broken can't be cancelled any more: it ended as failed\n/,
    );
  });

  it('says that there is none of that name', async () => {
    expect(await cancel(['missing'])).toEqual({
      code: 1,
      stdout: '',
      stderr: 'Error: actionsets.cr.kanister.io "missing" not found\n',
    });
  });

  it.each([
    {
      name: 'overtaken',
      event: 'it ended',
      happen: () => end('overtaken', { state: 'complete' }),
      message: `ActionSet default/overtaken can't be cancelled any more: it ended as complete at ${END}`,
    },
    {
      name: 'renewed',
      event: 'another one took its name',
      happen: async () => {
        await cluster.client.delete(ACTION_SETS, { name: 'renewed', namespace: 'default' });
        await create('renewed', {});
      },
      message: 'field is immutable',
    },
  ])('claims nothing when $event in the moment of the request', async ({ name, happen, message }) => {
    await create(name, {});
    const client: KubernetesClient = {
      ...cluster.client,
      async patch(...request) {
        await happen();
        return await cluster.client.patch(...request);
      },
    };
    const connect = () => Promise.resolve({ client, namespace: 'default' });
    const { code, stdout, stderr } = await cancel([name], { connect });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(message);
  });

  it('changes nothing with --dry-run', async () => {
    await create('rehearsed', {});
    expect((await cancel(['rehearsed', '--dry-run'])).stdout).toBe(
      'actionset rehearsed is being cancelled (dry run)\n',
    );
    expect((await read('rehearsed')).metadata.annotations).toBeUndefined();
  });

  it('prints the name or the object where that is asked for, its own words on stderr', async () => {
    await create('printed', {});
    expect(await cancel(['printed', '-o', 'name'])).toEqual({
      code: 0,
      stdout: 'actionset.cr.kanister.io/printed\n',
      stderr: 'actionset printed is being cancelled\n',
    });
    const { stdout } = await cancel(['printed', '-o', 'json']);
    expect(JSON.parse(stdout)).toMatchObject({ kind: 'ActionSet', metadata: { name: 'printed' } });
    expect(parseYaml((await cancel(['printed', '-o', 'yaml'])).stdout)).toMatchObject({
      metadata: { annotations: { [CANCEL_ANNOTATION]: 'true' } },
    });
  });

  it.each([
    [['one', 'two'], 'accepts 1 arg(s), received 2'],
    [['one', '--timeout', '5m'], '--timeout is the time of --wait, which is not given'],
    [['one', '--wait', '--dry-run'], '--wait has nothing to wait for: --dry-run cancels nothing'],
    [['one', '-o', 'wide'], 'unknown output format "wide": expected name, json or yaml'],
    [
      ['one', '--timeout', '5'],
      'invalid argument "5" for "--timeout" flag: time: missing unit in duration "5"',
    ],
    [
      ['one', '--timeout', '0s'],
      'invalid argument "0s" for "--timeout" flag: expected a time above zero, such as 90s, 30m or 1h30m',
    ],
  ])('shows the usage for the mistake in %j', async (args, message) => {
    const { code, stderr } = await cancel(args);
    expect({ code, lines: stderr.split('\n').slice(0, 2) }).toEqual({
      code: 1,
      lines: [`Error: ${message}`, 'Usage:'],
    });
  });
});

describe('kanctl cancel actionset --wait', () => {
  const start = (name: string, ...flags: string[]) =>
    cluster.startKanctl(['cancel', 'actionset', name, '--wait', ...flags]);

  it('follows it to its end, and succeeds when it ended as cancelled', async () => {
    await create('waited', { progress: { percentCompleted: '40' } });
    const waiting = start('waited');
    await waiting.printed('waited: cancelling, 40%');
    await end('waited', { state: 'failed', error: { message: CANCELLED } });
    expect(await waiting.result).toEqual({
      code: 0,
      stdout: 'actionset waited is being cancelled\n',
      stderr: 'waited: cancelling, 40%\nwaited: cancelled, 40%\n',
    });
  });

  it('fails when the request came too late', async () => {
    await create('late', {});
    const waiting = start('late', '-o', 'json');
    await waiting.printed('late: cancelling');
    await end('late', { state: 'complete' });
    const { code, stdout, stderr } = await waiting.result;
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(
      `Error: ActionSet default/late can't be cancelled any more: it ended as complete at ${END}\n`,
    );
  });

  it('gives up waiting after --timeout, and says that the cancelling goes on', async () => {
    await create('slow', {});
    const passing: (() => void)[] = [];
    const clock = {
      ...systemClock,
      sleep: (milliseconds: number, signal?: AbortSignal) =>
        milliseconds === 300_000
          ? new Promise<void>((resolve) => passing.push(resolve))
          : systemClock.sleep(milliseconds, signal),
    };
    const argv = ['cancel', 'actionset', 'slow', '--wait', '--timeout', '5m'];
    const waiting = cluster.startKanctl(argv, { clock });
    await waiting.printed('slow: cancelling');
    for (const pass of passing) pass();
    const { code, stderr } = await waiting.result;
    expect(code).toBe(1);
    expect(stderr).toContain(
      'Error: ActionSet default/slow has not ended within 5m; it is still being cancelled\n' +
        'Hint: `kanctl watch actionset slow -n default` waits on.\n',
    );
  });
});
