import type { ActionSetTimeline } from '../api/kanister/timeline.ts';
import type { Condition } from '../api/kanister/types.ts';
import { printable, stateText, storyLines, transferText } from './action-set-report.ts';
import { durationText } from './duration-text.ts';
import { textTable } from './text-table.ts';

/** Everything that there is to know of an ActionSet, on one page. */
export function actionSetPage(timeline: ActionSetTimeline): string {
  return printable([
    ...headLines(timeline),
    ...conditionLines(timeline.conditions ?? []),
    ...storyLines(timeline),
    '',
  ]);
}

function headLines(timeline: ActionSetTimeline): string[] {
  const { name, namespace, created, started, completed, elapsed, expires, percent } = timeline;
  const facts: [string, string | undefined][] = [
    ['Name', name],
    ['Namespace', namespace],
    ['State', stateText(timeline) || 'not started: no operator has taken it up'],
    ['Cancelling', reason(timeline.cancelling)],
    ['Created', created],
    ['Started', started],
    ['Ended', completed],
    ['Took', timeline.finished && elapsed !== undefined ? durationText(elapsed) : undefined],
    ['Running for', !timeline.finished && elapsed !== undefined ? durationText(elapsed) : undefined],
    ['Progress', percent === undefined ? undefined : `${percent}%`],
    ['Moved', timeline.transfer && transferText(timeline.transfer)],
    ['Continues', timeline.continueFrom],
    ['Expires', expires],
  ];
  return facts.flatMap(([heading, value]) =>
    value === undefined ? [] : [`${`${heading}:`.padEnd(14)}${value}`],
  );
}

/** What was given with the request to cancel; the plain `true` says nothing more than that there was one. */
const reason = (cancelling: string | undefined): string | undefined =>
  cancelling === 'true' || cancelling === '' ? 'somebody has asked for it' : cancelling;

function conditionLines(conditions: Condition[]): string[] {
  if (conditions.length === 0) return [];
  const rows = conditions.map(({ type, status, reason: why, lastTransitionTime, message }) => [
    type,
    status,
    why,
    lastTransitionTime,
    message.split('\n')[0] ?? '',
  ]);
  const table = textTable([['CONDITION', 'STATUS', 'REASON', 'SINCE', 'MESSAGE'], ...rows]);
  return ['', ...table.trimEnd().split('\n')];
}
