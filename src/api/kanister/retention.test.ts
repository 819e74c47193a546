import { describe, expect, it } from 'vitest';
import { expiresAt, historyGroups, limitOf, retentionWanted } from './retention.ts';
import type { ActionSet, ActionSetSpec, ActionStatus } from './types.ts';

const action = (object: ActionStatus['object']): ActionStatus => ({
  name: 'backup',
  blueprint: 'db',
  object,
  phases: [],
  deferPhase: { name: '', state: '', progress: {} },
});

const finished = (spec: ActionSetSpec, actions: ActionStatus[] = []): ActionSet => ({
  metadata: { name: 'as', namespace: 'ns' },
  spec,
  status: {
    state: 'failed',
    completionTime: '2026-01-31T10:00:00.500Z',
    actions,
    error: { message: '' },
    progress: {},
  },
});

describe('the retention of an ActionSet', () => {
  it('is wanted by itself or by the Blueprint of one of its actions, be it to keep none', () => {
    const one = finished({});
    expect(retentionWanted(one, [{}, {}])).toBe(false);
    expect(retentionWanted(one, [{}, { history: { successful: 0 } }])).toBe(true);
    expect(retentionWanted(finished({ ttlSecondsAfterFinished: 0 }), [])).toBe(true);
  });

  it('ends with its time to live, counted from its end; never, where that lies beyond all calendars', () => {
    expect(expiresAt(finished({ ttlSecondsAfterFinished: 30 }))).toEqual(
      new Date('2026-01-31T10:00:30.500Z'),
    );
    expect(expiresAt(finished({ ttlSecondsAfterFinished: 1e18 }))).toBeUndefined();
    expect(expiresAt(finished({}))).toBeUndefined();
  });

  it('counts an object as one, however its kind is written and whichever version is named', () => {
    const [one, other] = [
      finished({}, [action({ apiVersion: 'v1', kind: 'StatefulSet', name: 'pg', namespace: 'app' })]),
      finished({}, [action({ kind: 'statefulset', name: 'pg', namespace: 'app', group: '' })]),
    ].map(historyGroups);
    expect(one).toHaveLength(1);
    expect(one).toEqual(other);
    const elsewhere = finished({}, [action({ kind: 'statefulset', name: 'pg', namespace: 'other' })]);
    expect(historyGroups(elsewhere)[0]?.key).not.toBe(one?.[0]?.key);
  });

  it('belongs to the actions of the spec where it could not be started', () => {
    const { name, blueprint, object } = action({ kind: 'Deployment', name: 'web', namespace: 'app' });
    const spec = { actions: [{ name, blueprint, object }] };
    expect(historyGroups(finished(spec))).toEqual(historyGroups(finished({}, [action(object)])));
  });

  it('has no limit where what stands there is none', () => {
    const group = { key: '', blueprint: 'db', action: 'backup', outcome: 'failed' } as const;
    expect(
      [0, 3, -1, 1.5, undefined].map((failed) => limitOf(failed === undefined ? {} : { failed }, group)),
    ).toEqual([0, 3, undefined, undefined, undefined]);
  });
});
