import { describe, expect, it } from 'vitest';
import type { ActionSet, ActionStatus, PhaseStatus } from '../../../src/api/kanister/types.ts';
import { judge, type Remains } from './judge.ts';
import type { Work } from './works.ts';

const work: Work = {
  name: 'exec',
  actions: {},
  spec: () => ({}),
  ends: 'complete',
  marks: ['begin exec/a', 'end exec/a', 'begin exec/b', 'end exec/b', 'begin exec/tidy', 'end exec/tidy'],
  pods: 2,
  mayBeUnknown: true,
};

const phase = (name: string, status: Partial<PhaseStatus> = {}): PhaseStatus => ({
  name,
  state: 'complete',
  progress: {},
  ...status,
});

function ended(state: 'complete' | 'failed', phases: PhaseStatus[], metadata: object = {}): ActionSet {
  const action: ActionStatus = {
    name: 'exec',
    object: {},
    blueprint: 'works',
    phases,
    deferPhase: phase('tidy'),
  };
  const condition = { status: 'True', reason: '', message: '', lastTransitionTime: '' } as const;
  return {
    metadata: { name: 'exec', ...metadata },
    status: {
      state,
      error: { message: state === 'failed' ? 'it went wrong' : '' },
      progress: {},
      actions: [action],
      conditions: [{ ...condition, type: state === 'complete' ? 'Complete' : 'Failed' }],
    },
  };
}

const told = (...texts: string[]) =>
  texts.map((text) => {
    const [reason = '', message = ''] = text.split(/: (.*)/s);
    return { reason, message, count: 1 };
  });

const complete = ended('complete', [phase('a', { output: { a: '1' } }), phase('b')]);
const calm: Remains = {
  work,
  actionSet: complete,
  marks: work.marks,
  pods: 2,
  events: told(
    'Started Phase: Executing phase a',
    'Ended Phase: Completed phase a',
    'Started Phase: Executing phase b',
    'Ended Phase: Completed phase b',
    'Started deferPhase: Executing deferPhase tidy',
    'Ended deferPhase: Completed deferPhase tidy',
    "Update Complete: Updated ActionSet 'exec' Status->complete",
  ),
  wasChangedAfterEnd: false,
  wasKilledAtEnd: false,
};
const unknown: Remains = {
  ...calm,
  actionSet: ended('failed', [
    phase('a', { state: 'failed', failure: { reason: 'OutcomeUnknown', message: '' } }),
    phase('b', { state: 'pending' }),
  ]),
  marks: ['begin exec/a', 'begin exec/tidy', 'end exec/tidy', 'end exec/a'],
  events: told(
    'Started Phase: Executing phase a',
    'Started deferPhase: Executing deferPhase tidy',
    'Ended deferPhase: Completed deferPhase tidy',
  ),
};

describe('of an ActionSet whose operators were killed', () => {
  it('nothing is wrong when it ended as without that', () => {
    expect(judge(calm, undefined)).toEqual([]);
    expect(judge(calm, complete)).toEqual([]);
  });

  it('nothing is wrong when a command that was cut off is told to be unknown, and nothing came after it', () => {
    expect(judge(unknown, complete)).toEqual([]);
  });

  const wrong: [string, Remains, string][] = [
    ['a command ran twice', { ...calm, marks: [...work.marks, 'begin exec/a'] }, 'I2'],
    ['a command never ran', { ...calm, marks: work.marks.slice(2) }, 'I2'],
    ['a pod too many was made', { ...calm, pods: 3 }, 'I2'],
    ['an output is missing', { ...calm, actionSet: ended('complete', [phase('a'), phase('b')]) }, 'I4'],
    [
      'it ended as failed without a reason',
      { ...calm, actionSet: ended('failed', [phase('a'), phase('b')]) },
      'it is failed',
    ],
    ['it was changed after its end', { ...calm, wasChangedAfterEnd: true }, 'I1'],
    [
      'its finalizer stays',
      { ...calm, actionSet: { ...complete, metadata: { name: 'exec', finalizers: ['cr.kanister.io/run'] } } },
      'I8',
    ],
    [
      'its journal stays',
      {
        ...calm,
        actionSet: { ...complete, metadata: { name: 'exec', annotations: { 'cr.kanister.io/run': '' } } },
      },
      'I8',
    ],
    [
      'an event came twice',
      { ...calm, events: [...calm.events, ...calm.events.slice(0, 1)] },
      'more than once',
    ],
    ['an event never came', { ...calm, events: calm.events.slice(1) }, 'never told'],
    [
      'an unknown command ran twice',
      { ...unknown, marks: [...unknown.marks, 'begin exec/a'] },
      'I2: done more than once',
    ],
    [
      'a phase acted after one that is unknown',
      { ...unknown, marks: [...unknown.marks, 'begin exec/b'] },
      'phase b acted',
    ],
    [
      'the deferPhase did nothing',
      { ...unknown, marks: ['begin exec/a', 'end exec/a'] },
      'I3: the deferPhase is complete',
    ],
    [
      'an outcome is unknown that can be known',
      { ...unknown, work: { ...work, mayBeUnknown: undefined } },
      'nothing in it is unrepeatable',
    ],
  ];
  it.each(wrong)('a promise is broken when %s', (_what, remains, text) => {
    expect(judge(remains, complete).join('\n')).toContain(text);
  });

  it('the last events may be lost when the process was killed at the end', () => {
    expect(judge({ ...calm, events: calm.events.slice(0, -1), wasKilledAtEnd: true }, complete)).toEqual([]);
  });
});
