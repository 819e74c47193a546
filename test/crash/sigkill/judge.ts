import { isDeepStrictEqual } from 'node:util';
import type { ActionSet } from '../../../src/api/kanister/types.ts';
import { JOURNAL_ANNOTATION } from '../../../src/engine/journal.ts';
import { isUnknown, outcomeOf } from '../outcome.ts';
import type { Work } from './works.ts';

/** An event about an ActionSet. */
export interface ToldEvent {
  reason: string;
  message: string;
  count: number;
}

/** What is there of an ActionSet when everything has ended. */
export interface Remains {
  work: Work;
  actionSet: ActionSet;
  /** Lines of the ledger, without hosts. */
  marks: string[];
  /** How many job pods there have been. */
  pods: number;
  events: ToldEvent[];
  wasChangedAfterEnd: boolean;
  /** A process was killed about when the terminal state was stored: nobody tells of it any more. */
  wasKilledAtEnd: boolean;
}

/** Which promises were not kept. `undisturbed`: what became of the same ActionSet when nothing was killed; absent in that run itself. */
export function judge(remains: Remains, undisturbed: ActionSet | undefined): string[] {
  const { work, actionSet } = remains;
  const wrong =
    isUnknown(actionSet) && undisturbed ? judgeUnknown(remains) : judgeKnown(remains, undisturbed);
  return [...wrong, ...judgeEnd(remains), ...judgeEvents(remains)].map((text) => `${work.name}: ${text}`);
}

function judgeKnown({ work, actionSet, marks, pods }: Remains, undisturbed: ActionSet | undefined): string[] {
  const wrong: string[] = [];
  const { status } = actionSet;
  if (status?.state !== work.ends)
    wrong.push(`it is ${status?.state}, not ${work.ends}: ${status?.error.message}`);
  if (undisturbed && !isDeepStrictEqual(outcomeOf(actionSet), outcomeOf(undisturbed)))
    wrong.push('I4: its outcome is not that of an undisturbed run');
  const expected = work.mayRepeat ? [...new Set(marks)].toSorted() : marks;
  if (!isDeepStrictEqual(expected, work.marks))
    wrong.push(`I2: its commands did [${marks.join(', ')}], not [${work.marks.join(', ')}]`);
  if (pods !== work.pods) wrong.push(`I2: it had ${pods} pods, not ${work.pods}`);
  return wrong;
}

/** Nothing twice, nothing after the phase that was cut off but the deferPhase. */
function judgeUnknown({ work, actionSet, marks, pods }: Remains): string[] {
  const wrong: string[] = [];
  if (!work.mayBeUnknown) wrong.push('I4: its outcome is unknown, though nothing in it is unrepeatable');
  if (actionSet.status?.state !== 'failed')
    wrong.push(`it is ${actionSet.status?.state} with an unknown outcome`);
  const twice = marks.filter((mark, index) => marks.indexOf(mark) !== index);
  if (twice.length > 0) wrong.push(`I2: done more than once: ${twice.join(', ')}`);
  if (pods > work.pods) wrong.push(`I2: it had ${pods} pods, not ${work.pods}`);
  for (const { phases, deferPhase } of actionSet.status?.actions ?? []) {
    const cut = phases.findIndex(({ state }) => state === 'failed');
    const later = cut === -1 ? [] : phases.slice(cut + 1);
    for (const { name, state } of later) {
      if (state !== 'pending') wrong.push(`phase ${name} is ${state} after one that failed`);
      if (marks.some((mark) => mark.endsWith(`/${name}`)))
        wrong.push(`I2: phase ${name} acted after one that failed`);
    }
    if (deferPhase.name !== '' && !['complete', 'failed'].includes(deferPhase.state))
      wrong.push(`I3: the deferPhase is ${deferPhase.state}`);
    const isDone = deferPhase.state === 'complete';
    if (isDone && !marks.some((mark) => mark.startsWith('end') && mark.endsWith(`/${deferPhase.name}`)))
      wrong.push('I3: the deferPhase is complete and has done nothing');
  }
  return wrong;
}

function judgeEnd({ actionSet, wasChangedAfterEnd }: Remains): string[] {
  const wrong: string[] = [];
  const { finalizers = [], annotations = {} } = actionSet.metadata;
  if (wasChangedAfterEnd) wrong.push('I1: it was changed after its terminal state');
  if (finalizers.length > 0) wrong.push(`I8: it has the finalizer ${finalizers.join(', ')}`);
  if (JOURNAL_ANNOTATION in annotations) wrong.push('I8: it has its journal');
  const conditions = actionSet.status?.conditions ?? [];
  const held = conditions.filter(({ status }) => status === 'True').map(({ type }) => type);
  const end = actionSet.status?.state === 'complete' ? 'Complete' : 'Failed';
  if (!held.includes(end) || held.includes(end === 'Complete' ? 'Failed' : 'Complete'))
    wrong.push(`its conditions are ${held.join(', ')}`);
  return wrong;
}

/** Each once; the last ones may be lost with the process that had just ended the ActionSet. */
function judgeEvents({ actionSet, events, wasKilledAtEnd }: Remains): string[] {
  const texts = events.map(({ reason, message }) => `${reason}: ${message}`);
  const wrong = texts
    .filter((text, index) => texts.indexOf(text) !== index)
    .map((text) => `told more than once: ${text}`);
  for (const { reason, count } of events)
    if (count !== 1) wrong.push(`event ${reason} has a count of ${count}`);
  if (wasKilledAtEnd) return wrong;
  const expected = (actionSet.status?.actions ?? []).flatMap(({ phases, deferPhase }) => [
    ...phases
      .filter(({ skipped }) => !skipped)
      .flatMap(({ name, state }) => toldOf('phase', 'Phase', name, state)),
    ...toldOf('deferPhase', 'deferPhase', deferPhase.name, deferPhase.state),
  ]);
  if (actionSet.status?.state === 'complete')
    expected.push(`Update Complete: Updated ActionSet '${actionSet.metadata.name}' Status->complete`);
  return [...wrong, ...expected.filter((text) => !texts.includes(text)).map((text) => `never told: ${text}`)];
}

function toldOf(what: string, title: string, name: string, state: string): string[] {
  const started = `Started ${title}: Executing ${what} ${name}`;
  if (state === 'complete') return [started, `Ended ${title}: Completed ${what} ${name}`];
  return state === 'failed' ? [started] : [];
}
