import { describe, expect, it } from 'vitest';
import { CANCEL_ANNOTATION } from './cancel.ts';
import { actionSetTimeline } from './timeline.ts';
import type { ActionSet, ActionSetStatus, ActionStatus, PhaseStatus } from './types.ts';

const NOW = new Date('2026-01-01T10:02:00Z');
const object = { kind: 'deployment', name: 'web', namespace: 'apps' };
const phase = (name: string, fields: Partial<PhaseStatus> = {}): PhaseStatus => ({
  name,
  state: 'pending',
  progress: {},
  ...fields,
});
const actionSet = (
  status?: Partial<ActionSetStatus>,
  deferPhase: PhaseStatus = phase('', { state: '' }),
): ActionSet => ({
  metadata: { name: 'a', namespace: 'ns', creationTimestamp: '2026-01-01T10:00:00Z' },
  ...(status && {
    status: {
      state: 'running',
      error: { message: '' },
      progress: {},
      ...status,
      actions: (status.actions ?? []).map((action) => ({ ...action, deferPhase })),
    },
  }),
});
const action = (phases: PhaseStatus[]) => ({
  name: 'backup',
  blueprint: 'bp',
  object,
  phases,
  artifacts: { dump: { keyValue: { path: '{{ .Phases.one.Output.path }}' } } },
  deferPhase: phase('', { state: '' }),
});

describe('the timeline of an ActionSet', () => {
  it('of one that nobody has taken up yet is empty', () => {
    expect(actionSetTimeline(actionSet(), NOW)).toEqual({
      name: 'a',
      namespace: 'ns',
      created: '2026-01-01T10:00:00Z',
      state: '',
      finished: false,
      phaseCount: 0,
      completePhaseCount: 0,
      actions: [],
    });
  });

  it('counts the time of what still runs up to now', () => {
    const one = phase('one', {
      state: 'complete',
      startTime: '2026-01-01T10:00:10Z',
      completionTime: '2026-01-01T10:01:00Z',
      output: { path: '/a' },
    });
    const two = phase('two', {
      state: 'running',
      startTime: '2026-01-01T10:01:00Z',
      progress: { progressPercent: '50' },
    });
    const timeline = actionSetTimeline(
      actionSet(
        { actions: [action([one, two])], progress: { runningPhase: 'two', percentCompleted: '75' } },
        phase('cleanup'),
      ),
      NOW,
    );
    expect(timeline).toMatchObject({
      state: 'running',
      percent: 75,
      started: '2026-01-01T10:00:10Z',
      elapsed: 110_000,
      phaseCount: 3,
      completePhaseCount: 1,
      current: { position: 2, name: 'two' },
    });
    expect(timeline.actions[0]?.phases).toEqual([
      {
        name: 'one',
        state: 'complete',
        deferred: false,
        started: '2026-01-01T10:00:10Z',
        completed: '2026-01-01T10:01:00Z',
        elapsed: 50_000,
        output: { path: '/a' },
      },
      {
        name: 'two',
        state: 'running',
        deferred: false,
        percent: 50,
        started: '2026-01-01T10:01:00Z',
        elapsed: 60_000,
      },
      { name: 'cleanup', state: 'pending', deferred: true },
    ]);
  });

  it('shows artifacts only when they are rendered', () => {
    const running = actionSetTimeline(actionSet({ actions: [action([])] }), NOW);
    expect(running.actions[0]).not.toHaveProperty('artifacts');
    const complete = actionSetTimeline(actionSet({ state: 'complete', actions: [action([])] }), NOW);
    expect(complete.actions[0]).toHaveProperty('artifacts.dump');
  });

  it('of a finished one no longer grows, and names the last phase that ran', () => {
    const failed = phase('one', {
      state: 'failed',
      startTime: '2026-01-01T10:00:10Z',
      completionTime: '2026-01-01T10:00:20Z',
      failure: { reason: 'PodFailed', message: 'no' },
    });
    const timeline = actionSetTimeline(
      actionSet({
        state: 'failed',
        actions: [action([failed, phase('two')])],
        error: { message: 'no' },
        progress: { runningPhase: 'two' },
        startTime: '2026-01-01T10:00:00Z',
        completionTime: '2026-01-01T10:00:21Z',
      }),
      NOW,
    );
    expect(timeline).toMatchObject({
      finished: true,
      elapsed: 21_000,
      error: 'no',
      current: { position: 1, name: 'one' },
    });
    expect(timeline.actions[0]?.phases[0]?.failure).toEqual({ reason: 'PodFailed', message: 'no' });
  });

  it('makes do with what the original writes', () => {
    const one = phase('one', {
      state: 'complete',
      progress: { progressPercent: '100', lastTransitionTime: '2026-01-01T10:00:30Z' },
    });
    const timeline = actionSetTimeline(actionSet({ state: 'complete', actions: [action([one])] }), NOW);
    expect(timeline).not.toHaveProperty('elapsed');
    expect(timeline.actions[0]?.phases[0]).toEqual({
      name: 'one',
      state: 'complete',
      deferred: false,
      percent: 100,
      completed: '2026-01-01T10:00:30Z',
    });
  });

  it('is never negative when clocks differ, and ignores percentages that are no numbers', () => {
    const one = phase('one', {
      state: 'running',
      startTime: '2026-01-01T10:05:00Z',
      progress: { progressPercent: 'x' },
    });
    expect(actionSetTimeline(actionSet({ actions: [action([one])] }), NOW).actions[0]?.phases[0]).toEqual({
      name: 'one',
      state: 'running',
      deferred: false,
      started: '2026-01-01T10:05:00Z',
      elapsed: 0,
    });
  });

  it('tells what was cancelled from what failed, by its condition or by its message', () => {
    const condition = (status: 'True' | 'False') => [
      { type: 'Cancelled' as const, status, reason: 'X', message: '', lastTransitionTime: '' },
    ];
    const ended = (status: Partial<ActionSetStatus>) =>
      actionSetTimeline(actionSet({ state: 'failed', ...status }), NOW).cancelled;
    expect(ended({ conditions: condition('True') })).toBe(true);
    expect(ended({ error: { message: 'Cancelled: because' } })).toBe(true);
    expect(ended({ error: { message: 'no' } })).toBeUndefined();
    expect(
      ended({ conditions: condition('False'), error: { message: 'Cancelled by the database' } }),
    ).toBeUndefined();
    expect(ended({ state: 'running', error: { message: 'Cancelled: because' } })).toBeUndefined();
  });

  it('says why it is to end while it has not', () => {
    const running = actionSet({ state: 'running' });
    const asked = {
      ...running,
      metadata: { ...running.metadata, annotations: { [CANCEL_ANNOTATION]: 'why' } },
    };
    expect(actionSetTimeline(asked, NOW).cancelling).toBe('why');
    const deleted = { ...running, metadata: { ...running.metadata, deletionTimestamp: NOW.toISOString() } };
    expect(actionSetTimeline(deleted, NOW).cancelling).toBe('it is being deleted');
    const over = { ...asked, status: { ...actionSet({ state: 'failed' }).status, state: 'failed' as const } };
    expect(actionSetTimeline(over as ActionSet, NOW)).not.toHaveProperty('cancelling');
  });

  it('shows attempts, what was skipped, and bytes where they are known', () => {
    const one = phase('one', { state: 'complete', skipped: true });
    const two = phase('two', {
      state: 'running',
      attempts: 2,
      progress: { sizeUploadedB: 5, estimatedUploadSizeB: 10, sizeDownloadedB: 0 },
    });
    const timeline = actionSetTimeline(
      actionSet({ actions: [action([one, two])], progress: { runningPhase: 'two', sizeUploadedB: 5 } }),
      NOW,
    );
    expect(timeline).toMatchObject({
      completePhaseCount: 1,
      current: { position: 2, name: 'two', attempts: 2 },
      transfer: { uploaded: 5 },
    });
    expect(timeline.actions[0]?.phases).toMatchObject([
      { skipped: true },
      { attempts: 2, transfer: { uploaded: 5, estimatedUpload: 10 } },
    ]);
    expect(timeline.actions[0]?.phases[1]?.transfer).not.toHaveProperty('downloaded');
  });

  it('says for which actions another one waits, until they have succeeded or all is over', () => {
    const named = (name: string, ...phases: PhaseStatus[]) => ({ ...action(phases), name });
    const spec = {
      actions: [
        { name: 'dump', object },
        { name: 'copy', object },
        { name: 'verify', object, needs: ['dump', 'copy'] },
      ],
    };
    const waits = (state: ActionSetStatus['state'], dump: PhaseStatus, copy: PhaseStatus) => {
      const actions = [named('dump', dump), named('copy', copy), named('verify', phase('v'))];
      const timeline = actionSetTimeline({ ...actionSet({ state, actions }), spec }, NOW);
      return timeline.actions.map(({ state: each, waitsFor }) => [each, waitsFor]);
    };
    const done = phase('d', { state: 'complete' });
    expect(waits('running', done, phase('c', { state: 'running' }))).toEqual([
      ['complete', undefined],
      ['running', undefined],
      ['pending', ['copy']],
    ]);
    expect(waits('running', done, done)[2]).toEqual(['pending', undefined]);
    expect(waits('failed', done, phase('c', { state: 'failed' }))[2]).toEqual(['pending', undefined]);
  });

  it('says when it is deleted, but not of one that keeps the only record of a backup', () => {
    const expiry = (spec: ActionSet['spec'], ...actions: ActionStatus[]) =>
      actionSetTimeline(
        { ...actionSet({ state: 'complete', actions, completionTime: '2026-01-01T10:00:21Z' }), spec },
        NOW,
      ).expires;
    const time = '2026-01-01T10:01:00.000Z';
    expect(expiry({ ttlSecondsAfterFinished: 39 })).toBe(time);
    expect(expiry({ ttlSecondsAfterFinished: 39, includeArtifacts: true }, action([]))).toBe(time);
    expect(expiry({ ttlSecondsAfterFinished: 39 }, action([]))).toBeUndefined();
    expect(expiry({})).toBeUndefined();
  });
});
