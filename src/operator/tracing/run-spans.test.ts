import { describe, expect, it } from 'vitest';
import type { ObservedPhase, RunObserver } from '../../engine/observer.ts';
import { createRunSpans } from './run-spans.ts';
import type { TraceSpan } from './span.ts';

const UID = '7B0E6A3C-9d1f-4e2a-8c5b-0123456789ab';
const phase: ObservedPhase = {
  actionSet: { namespace: 'kanister', name: 'backup-7', uid: UID },
  index: 0,
  blueprint: 'postgres',
  action: 'backup',
  position: 0,
  phase: 'dump',
  function: 'KubeTask',
};
const times = { start: new Date(1000), end: new Date(2000) };

function spansOf(tell: (observer: RunObserver) => void): TraceSpan[] {
  const spans: TraceSpan[] = [];
  tell(createRunSpans((span) => spans.push(span)));
  return spans;
}

describe('the trace of an ActionSet', () => {
  it('has the UID as its id, and each span hangs on the next greater one', () => {
    const [step, attempt, ended, action, set] = spansOf((observer) => {
      observer.stepEnded({ ...phase, ...times, outcome: 'complete', attempt: 2, step: 'pod' });
      observer.attemptEnded({ ...phase, ...times, outcome: 'complete', attempt: 2 });
      observer.phaseEnded({ ...phase, ...times, outcome: 'complete', attempts: 2, bytes: 7 });
      observer.actionEnded({ ...phase, ...times, outcome: 'complete' });
      observer.actionSetEnded({ ...phase.actionSet, ...times, outcome: 'complete' });
    });
    expect(set).toMatchObject({ traceId: UID.replaceAll('-', '').toLowerCase(), parentSpanId: undefined });
    expect(action?.parentSpanId).toBe(set?.spanId);
    expect(ended?.parentSpanId).toBe(action?.spanId);
    expect(attempt?.parentSpanId).toBe(ended?.spanId);
    expect(step?.parentSpanId).toBe(attempt?.spanId);
    expect([set, action, ended, attempt, step].map((span) => span?.name)).toEqual([
      'ActionSet',
      'action backup',
      'phase dump',
      'attempt 2',
      'step pod',
    ]);
    expect(new Set([set, action, ended, attempt, step].map((span) => span?.traceId)).size).toBe(1);
  });

  it('is the same one whichever process tells of it', () => {
    const tell = (observer: RunObserver) =>
      observer.stepEnded({ ...phase, ...times, outcome: 'complete', attempt: 1, step: 'pod' });
    expect(spansOf(tell)).toEqual(spansOf(tell));
  });

  it('tells phases, attempts, steps and the deferPhase apart', () => {
    const ids = spansOf((observer) => {
      for (const position of [0, 1, -1])
        for (const attempt of [1, 2])
          for (const step of ['pod', 'log'])
            observer.stepEnded({ ...phase, position, ...times, outcome: 'complete', attempt, step });
    }).map(({ spanId }) => spanId);
    expect(new Set(ids).size).toBe(12);
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{16}$/);
  });

  it('has an id of its own for a UID that is no UUID', () => {
    const ids = ['set-1', 'set-2', '00000000-0000-0000-0000-000000000000'].map(
      (uid) =>
        spansOf((observer) =>
          observer.actionSetEnded({ ...phase.actionSet, uid, ...times, outcome: 'complete' }),
        )[0]?.traceId,
    );
    for (const id of ids) expect(id).toMatch(/^(?!0+$)[0-9a-f]{32}$/);
    expect(new Set(ids).size).toBe(3);
  });

  it('says why something failed in one word, and never ends before it began', () => {
    const [failed] = spansOf((observer) =>
      observer.phaseEnded({
        ...phase,
        start: new Date(5000),
        end: new Date(4000),
        outcome: 'failed',
        reason: 'PodFailed',
        attempts: 3,
        bytes: Number.NaN,
      }),
    );
    expect(failed).toMatchObject({ failure: 'PodFailed', start: new Date(5000), end: new Date(5000) });
    expect(failed?.attributes).toMatchObject({ 'error.type': 'PodFailed', 'kanister.attempts': 3 });
    expect(failed?.attributes).not.toHaveProperty('kanister.bytes');
  });
});
