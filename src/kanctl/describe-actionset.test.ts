import { afterAll, beforeAll, expect, it } from 'vitest';
import { startCluster, type Cluster } from '../../test/kanctl/cluster.ts';
import { CANCEL_ANNOTATION } from '../api/kanister/cancel.ts';
import type { ActionSet, ActionStatus, Condition, PhaseStatus } from '../api/kanister/types.ts';
import { ACTION_SETS } from '../api/kanister/types.ts';
import { systemClock } from '../kubernetes/clock.ts';
import { parseYaml } from '../kubernetes/yaml.ts';

const CREATED = '2026-01-01T10:00:00Z';
const MIB = 1024 ** 2;
const object = { kind: 'deployment', name: 'web', namespace: 'apps' };
const phase = (name: string, fields: Partial<PhaseStatus> = {}): PhaseStatus => ({
  name,
  state: 'pending',
  progress: {},
  ...fields,
});
const action = (
  name: string,
  phases: PhaseStatus[],
  deferPhase = phase('', { state: '' }),
): ActionStatus => ({
  name,
  blueprint: 'bp',
  object,
  phases,
  deferPhase,
});
const condition = (type: Condition['type'], reason: string, message: string): Condition => ({
  type,
  status: 'True',
  reason,
  message,
  lastTransitionTime: CREATED,
});

const running: ActionSet = {
  metadata: { name: 'running', namespace: 'default', annotations: { [CANCEL_ANNOTATION]: 'wrong database' } },
  spec: {
    actions: [
      { name: 'backup', object },
      { name: 'verify', object, needs: ['backup'] },
    ],
  },
  status: {
    state: 'running',
    error: { message: '' },
    startTime: CREATED,
    progress: {
      runningPhase: 'upload',
      percentCompleted: '50',
      sizeUploadedB: 12 * MIB,
      estimatedUploadSizeB: 40 * MIB,
    },
    conditions: [condition('Running', 'PhaseRunning', 'phase upload of action backup')],
    actions: [
      action('backup', [
        phase('freeze', { state: 'complete', skipped: true }),
        phase('upload', {
          state: 'running',
          startTime: '2026-01-01T10:00:01Z',
          attempts: 2,
          progress: { progressPercent: '30', sizeUploadedB: 12 * MIB, estimatedUploadSizeB: 40 * MIB },
        }),
      ]),
      action('verify', [phase('read')]),
    ],
  },
};

const failed: ActionSet = {
  metadata: { name: 'failed', namespace: 'default' },
  spec: {
    actions: [{ name: 'backup', object }],
    continueFrom: 'first',
    ttlSecondsAfterFinished: 3600,
  },
  status: {
    state: 'failed',
    error: { message: 'the command failed' },
    startTime: CREATED,
    completionTime: '2026-01-01T10:00:42Z',
    progress: {},
    conditions: [
      condition('Accepted', 'Valid', ''),
      condition('Failed', 'PodFailed', 'the command failed\nat once'),
    ],
    actions: [
      action(
        'backup',
        [
          phase('upload', {
            state: 'failed',
            startTime: CREATED,
            completionTime: '2026-01-01T10:00:40Z',
            attempts: 3,
            failure: {
              reason: 'PodFailed',
              message: 'the command failed',
              pod: { name: 'kanister-job-x', exitCode: 3, logTail: 'no \u001B[31mspace left' },
              hint: 'Make room.',
            },
          }),
        ],
        phase('thaw', { state: 'complete', startTime: '2026-01-01T10:00:40Z' }),
      ),
    ],
  },
};

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster();
  for (const actionSet of [running, failed]) await cluster.create(ACTION_SETS, actionSet);
});
afterAll(async () => cluster.stop());

const describeIt = async (...argv: string[]) => {
  const now = new Date('2026-01-01T10:01:00Z');
  const { code, stdout } = await cluster.kanctl(['describe', 'actionset', ...argv], {
    clock: { ...systemClock, now: () => now },
  });
  expect(code).toBe(0);
  return stdout.replace(/^(Created: +).*$/m, '$1…');
};

it('explains on one page why an ActionSet failed and what to do', async () => {
  expect((await describeIt('failed')).split('\n')).toEqual([
    'Name:         failed',
    'Namespace:    default',
    'State:        failed',
    'Created:      …',
    'Started:      2026-01-01T10:00:00Z',
    'Ended:        2026-01-01T10:00:42Z',
    'Took:         42s',
    'Continues:    first',
    'Expires:      2026-01-01T11:00:42.000Z',
    '',
    'CONDITION   STATUS   REASON      SINCE                  MESSAGE',
    'Accepted    True     Valid       2026-01-01T10:00:00Z',
    'Failed      True     PodFailed   2026-01-01T10:00:00Z   the command failed',
    '',
    '  backup of deployment apps/web by Blueprint bp',
    '    ✗ upload  failed    +0ms     40s     3rd attempt',
    '    ✓ thaw    complete  +40s             (deferred)',
    '',
    'Error: the command failed',
    '',
    'Phase upload failed: PodFailed',
    '  the command failed',
    '  pod: kanister-job-x (exit code 3)',
    '  its last lines:',
    '    no \uFFFD[31mspace left',
    '  hint: Make room.',
    '',
  ]);
});

it('shows of one that runs what was skipped, how far it is, what waits, and that it is being cancelled', async () => {
  expect((await describeIt('running')).split('\n')).toEqual([
    'Name:         running',
    'Namespace:    default',
    'State:        cancelling',
    'Cancelling:   wrong database',
    'Created:      …',
    'Started:      2026-01-01T10:00:00Z',
    'Running for:  1m',
    'Progress:     50%',
    'Moved:        12 MiB of 40 MiB uploaded',
    '',
    'CONDITION   STATUS   REASON         SINCE                  MESSAGE',
    'Running     True     PhaseRunning   2026-01-01T10:00:00Z   phase upload of action backup',
    '',
    '  backup of deployment apps/web by Blueprint bp',
    '    – freeze  skipped',
    '    ▸ upload  running   +1.0s    59s     30%  12 MiB of 40 MiB uploaded  2nd attempt',
    '',
    '  verify of deployment apps/web by Blueprint bp, waits for backup',
    '    · read  pending',
    '',
  ]);
});

it('gives the same to programs, as JSON and YAML', async () => {
  const timeline: unknown = JSON.parse(await describeIt('running', '-o', 'json'));
  expect(timeline).toMatchObject({
    state: 'running',
    cancelling: 'wrong database',
    current: { name: 'upload', attempts: 2 },
    actions: [{ state: 'running' }, { state: 'pending', waitsFor: ['backup'] }],
  });
  expect(parseYaml(await describeIt('running', '-o', 'yaml'))).toEqual(timeline);
});

it('shows the same in a list, and in what watch prints at the end', async () => {
  const { stdout } = await cluster.kanctl(['get', 'actionset', '-o', 'wide']);
  expect(stdout).toMatch(
    /^NAME +STATE +PROGRESS +PHASE +PHASES +AGE +SKIPPED +WAITING +MOVED +TOOK +ACTIONS/,
  );
  expect(stdout).toMatch(
    /^running +cancelling +50% +upload \(2nd attempt\) +1\/3 +\S+ +freeze +verify +12 MiB of 40 MiB uploaded /m,
  );
  const watched = await cluster.kanctl(['watch', 'actionset', 'failed', '-o', 'json']);
  expect(watched.code).toBe(1);
  expect(JSON.parse(watched.stdout)).toMatchObject({ state: 'failed', continueFrom: 'first' });
});
