import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startCluster, type Cluster } from '../../test/kanctl/cluster.ts';
import type { ActionSet, ActionSetStatus, PhaseStatus } from '../api/kanister/types.ts';
import { ACTION_SETS } from '../api/kanister/types.ts';
import { systemClock } from '../kubernetes/clock.ts';

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster();
});
afterAll(async () => cluster.stop());

const object = { kind: 'deployment', name: 'web', namespace: 'apps' };
const phase = (name: string, fields: Partial<PhaseStatus>): PhaseStatus => ({
  name,
  state: 'pending',
  progress: {},
  ...fields,
});
const status = (
  state: ActionSetStatus['state'],
  phases: PhaseStatus[],
  fields: Partial<ActionSetStatus> = {},
) => ({
  state,
  error: { message: '' },
  progress: {},
  actions: [
    {
      name: 'backup',
      blueprint: 'bp',
      object,
      phases,
      deferPhase: { name: '', state: '' as const, progress: {} },
    },
  ],
  ...fields,
});

async function start(name: string): Promise<ActionSet> {
  return await cluster.create<ActionSet>(ACTION_SETS, {
    metadata: { name, namespace: 'default' },
    spec: { actions: [{ name: 'backup', blueprint: 'bp', object }] },
  });
}

async function update(name: string, next: ActionSetStatus): Promise<void> {
  await cluster.client.patch(
    ACTION_SETS,
    { name, namespace: 'default' },
    { type: 'merge', body: { status: next } },
  );
}

const START = '2026-01-01T10:00:00Z';
const complete = status(
  'complete',
  [
    phase('dump', {
      state: 'complete',
      startTime: START,
      completionTime: '2026-01-01T10:00:02.500Z',
      output: { path: '/b/1', size: 3 },
    }),
    phase('scale', {
      state: 'complete',
      startTime: '2026-01-01T10:00:03Z',
      completionTime: '2026-01-01T10:01:15Z',
    }),
  ],
  { startTime: START, completionTime: '2026-01-01T10:01:15Z', progress: { percentCompleted: '100' } },
);

describe('kanctl watch actionset', () => {
  it('shows each change, then the whole story, and succeeds when the ActionSet is complete', async () => {
    await start('watched');
    const watching = cluster.startKanctl(['watch', 'actionset', 'watched']);
    await watching.printed('waiting for an operator');
    await update(
      'watched',
      status('running', [phase('dump', { state: 'running' }), phase('scale', {})], {
        progress: { runningPhase: 'dump', percentCompleted: '40' },
      }),
    );
    await watching.printed('40%');
    await update('watched', complete);
    const { code, stdout, stderr } = await watching.result;
    expect(code).toBe(0);
    expect(stderr.split('\n')).toEqual([
      'watched: waiting for an operator',
      'watched: running, phase 1 of 2: dump, 40%',
      'watched: complete, 100%',
      '',
    ]);
    expect(stdout).toBe(
      [
        'ActionSet default/watched: complete after 1m15s',
        '',
        '  backup of deployment apps/web by Blueprint bp',
        '    ✓ dump   complete  +0ms     2.5s',
        '        path = /b/1',
        '        size = 3',
        '    ✓ scale  complete  +3.0s    1m12s',
        '',
      ].join('\n'),
    );
  });

  it('shows why a phase failed and what to do, and exits 1', async () => {
    await start('failing');
    const failure = {
      reason: 'PodFailed',
      message: 'Failed while waiting for Pod to complete: exit code 3',
      pod: {
        name: 'kanister-job-x',
        phase: 'Failed',
        exitCode: 3,
        logTail: 'connecting\n\u001B[31mno such host\n',
      },
      hint: 'Check the host name.',
    };
    await update(
      'failing',
      status('failed', [phase('dump', { state: 'failed', failure }), phase('scale', {})], {
        error: { message: failure.message },
      }),
    );
    const { code, stdout } = await cluster.kanctl(['watch', 'actionset', 'failing']);
    expect(code).toBe(1);
    expect(stdout).toBe(
      [
        'ActionSet default/failing: failed',
        '',
        '  backup of deployment apps/web by Blueprint bp',
        '    ✗ dump   failed',
        '    · scale  pending',
        '',
        'Error: Failed while waiting for Pod to complete: exit code 3',
        '',
        'Phase dump failed: PodFailed',
        '  Failed while waiting for Pod to complete: exit code 3',
        '  pod: kanister-job-x (Failed, exit code 3)',
        '  its last lines:',
        '    connecting',
        '    \uFFFD[31mno such host',
        '  hint: Check the host name.',
        '',
      ].join('\n'),
    );
  });

  it('redraws one line on a terminal and takes it away at the end', async () => {
    await start('live');
    const watching = cluster.startKanctl(['watch', 'actionset', 'live'], { terminal: true });
    await watching.printed('waiting for an operator');
    await update('live', complete);
    const { stderr } = await watching.result;
    expect(stderr.startsWith('\r\u001B[2Klive: waiting for an operator')).toBe(true);
    expect(stderr.endsWith('\r\u001B[2K')).toBe(true);
    expect(stderr).not.toContain('\n');
  });

  it('says so when there is no such ActionSet, or when it is deleted meanwhile', async () => {
    expect(await cluster.kanctl(['watch', 'actionset', 'missing'])).toEqual({
      code: 1,
      stdout: '',
      stderr: 'Error: actionsets.cr.kanister.io "missing" not found\n',
    });
    await start('deleted');
    const watching = cluster.startKanctl(['watch', 'actionset', 'deleted']);
    await watching.printed('waiting for an operator');
    await cluster.client.delete(ACTION_SETS, { name: 'deleted', namespace: 'default' });
    const { code, stderr } = await watching.result;
    expect(code).toBe(1);
    expect(stderr).toContain('Error: actionsets.cr.kanister.io "deleted" not found\n');
  });

  it('says so when another of the same name has taken its place', async () => {
    await start('replaced');
    const watching = cluster.startKanctl(['watch', 'actionset', 'replaced']);
    await watching.printed('waiting for an operator');
    await cluster.client.delete(ACTION_SETS, { name: 'replaced', namespace: 'default' });
    await start('replaced');
    await update('replaced', complete);
    const { code, stdout, stderr } = await watching.result;
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    // Which of the two it is told first depends on when it looks.
    expect(stderr).toMatch(/Error: .*(was deleted before it had finished|not found)/);
  });

  it('says, once, that no operator has taken it up, and goes on', async () => {
    await start('forgotten');
    const reminders: (() => void)[] = [];
    const clock = {
      ...systemClock,
      sleep: (milliseconds: number, signal?: AbortSignal) =>
        milliseconds === 15_000
          ? new Promise<void>((resolve) => reminders.push(resolve))
          : systemClock.sleep(milliseconds, signal),
    };
    const watching = cluster.startKanctl(['watch', 'actionset', 'forgotten'], { clock });
    await watching.printed('waiting for an operator');
    for (const remind of reminders) remind();
    await watching.printed(
      'No operator has taken up ActionSet default/forgotten for 15 s: ' +
        'check that one runs, and that it watches namespace default. Still waiting.\n',
    );
    await update('forgotten', complete);
    expect((await watching.result).code).toBe(0);
    expect(reminders.length).toBe(1);
  });

  it('ends with 130 when it is interrupted', async () => {
    await start('interrupted');
    const interruption = new AbortController();
    const watching = cluster.startKanctl(['watch', 'actionset', 'interrupted'], {
      signal: interruption.signal,
    });
    await watching.printed('waiting for an operator');
    interruption.abort(new Error('interrupted by SIGINT'));
    expect((await watching.result).code).toBe(130);
  });

  it('follows what create --wait created', async () => {
    const argv = ['create', 'actionset', '-a', 'backup', '-b', 'bp', '-d', 'apps/web', '--skip-validation'];
    const waiting = cluster.startKanctl([...argv, '-A', 'waited', '--wait']);
    await waiting.printed('waiting for an operator');
    await update('waited', complete);
    const { code, stdout } = await waiting.result;
    expect(code).toBe(0);
    expect(stdout).toContain('actionset waited created\nActionSet default/waited: complete after 1m15s\n');
  });
});

describe('kanctl get actionset', () => {
  it('shows a table, more columns with -o wide, and whole objects as JSON and YAML', async () => {
    const { stdout } = await cluster.kanctl(['get', 'actionset', 'watched']);
    expect(stdout).toMatch(
      /^NAME\s+STATE\s+PROGRESS\s+PHASE\s+PHASES\s+AGE\nwatched\s+complete\s+100%\s+scale\s+2\/2\s+\S+\n$/,
    );
    const wide = await cluster.kanctl(['get', 'actionset', '-A', '-o', 'wide']);
    expect(wide.stdout).toMatch(/^NAMESPACE\s+NAME\s.*\bOBJECTS\s+ERROR$/m);
    expect(wide.stdout).toMatch(
      /^default\s+watched\s.*1m15s\s+backup\s+bp\s+deployment apps\/web\s+<none>$/m,
    );
    const json = await cluster.kanctl(['get', 'actionset', '-o', 'json']);
    expect(JSON.parse(json.stdout)).toMatchObject({ kind: 'List', items: expect.any(Array) });
    const yaml = await cluster.kanctl(['get', 'actionset', 'watched', '-o', 'yaml']);
    expect(yaml.stdout).toMatch(/^apiVersion: cr.kanister.io\/v1alpha1\nkind: ActionSet\n/);
  });

  it('says that there are none, on stderr', async () => {
    expect(await cluster.kanctl(['get', 'actionset', '-n', 'empty'])).toEqual({
      code: 0,
      stdout: '',
      stderr: 'No ActionSets found in empty namespace.\n',
    });
  });
});
