import { describe, expect, it } from 'vitest';
import { actionSetTimeline } from './timeline.ts';
import type { ActionSet, ActionSetStatus, PhaseStatus } from './types.ts';

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
});
