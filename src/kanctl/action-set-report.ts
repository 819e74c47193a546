import type { ActionSetTimeline, ActionTimeline, PhaseTimeline } from '../api/kanister/timeline.ts';
import type { Transfer } from '../api/kanister/transfer.ts';
import type { FailureStatus, ObjectReference } from '../api/kanister/types.ts';
import { bytesText } from './bytes-text.ts';
import { durationText } from './duration-text.ts';

/** The whole story of an ActionSet, for a terminal or a file: phases with their times and outputs, and why it failed. */
export function actionSetReport(timeline: ActionSetTimeline): string {
  const { name, namespace, elapsed } = timeline;
  const took =
    elapsed === undefined ? '' : ` ${timeline.finished ? 'after' : 'since'} ${durationText(elapsed)}`;
  return printable([
    `ActionSet ${namespace}/${name}: ${stateText(timeline) || 'not started'}${took}`,
    ...storyLines(timeline),
    '',
  ]);
}

/** What happened to each action, and why what failed did. */
export function storyLines({ actions, started, error }: ActionSetTimeline): string[] {
  return [
    ...actions.flatMap((action) => actionLines(action, started)),
    ...(error === undefined ? [] : ['', `Error: ${error}`]),
    ...actions.flatMap(({ phases }) => phases.flatMap((phase) => failureLines(phase))),
  ];
}

/** The state in the words that people have for it: one that was cancelled is `failed` in the API. */
export function stateText({ state, cancelled, cancelling }: ActionSetTimeline): string {
  if (cancelled) return 'cancelled';
  return cancelling === undefined ? state : 'cancelling';
}

/** How far it is, in one line. */
export function actionSetProgressLine(timeline: ActionSetTimeline): string {
  const { name, current, phaseCount, percent, transfer, elapsed, actions } = timeline;
  const waiting = actions.filter(({ waitsFor }) => waitsFor !== undefined).length;
  const parts = [
    stateText(timeline) || 'waiting for an operator',
    ...(current && !timeline.finished ? [`phase ${current.position} of ${phaseCount}: ${current.name}`] : []),
    ...(timeline.finished ? [] : attemptParts(current?.attempts)),
    ...(waiting === 0 ? [] : [`${waiting} of ${actions.length} actions waiting`]),
    ...(percent === undefined ? [] : [`${percent}%`]),
    ...(transfer === undefined ? [] : [transferText(transfer)]),
    ...(elapsed === undefined ? [] : [durationText(elapsed)]),
  ];
  return `${name}: ${parts.join(', ')}`;
}

function actionLines(action: ActionTimeline, start: string | undefined): string[] {
  const width = Math.max(0, ...action.phases.map(({ name }) => name.length));
  const artifacts = Object.entries(action.artifacts ?? {});
  const waits = action.waitsFor === undefined ? '' : `, waits for ${action.waitsFor.join(', ')}`;
  return [
    '',
    `  ${action.name} of ${objectText(action.object)} by Blueprint ${action.blueprint}${waits}`,
    ...action.phases.flatMap((phase) => phaseLines(phase, start, width)),
    ...artifacts.map(([name, artifact]) => `      artifact ${name}: ${JSON.stringify(artifact)}`),
  ];
}

const SIGNS: Record<PhaseTimeline['state'], string> = {
  complete: '✓',
  failed: '✗',
  running: '▸',
  pending: '·',
};
const SKIPPED = '–';

function phaseLines(phase: PhaseTimeline, start: string | undefined, width: number): string[] {
  const { name, state, elapsed, percent, output, deferred, skipped, attempts, transfer } = phase;
  const offset =
    start !== undefined && phase.started !== undefined
      ? `+${durationText(Math.max(0, Date.parse(phase.started) - Date.parse(start)))}`
      : '';
  const columns = [
    `    ${skipped ? SKIPPED : SIGNS[state]} ${name.padEnd(width)}`,
    (skipped ? 'skipped' : state).padEnd(8),
    offset.padEnd(7),
    (elapsed === undefined ? '' : durationText(elapsed)).padEnd(6),
    state === 'running' && percent !== undefined ? `${percent}%` : '',
    transfer === undefined ? '' : transferText(transfer),
    ...attemptParts(attempts),
    deferred ? '(deferred)' : '',
  ];
  return [
    columns
      .filter((column, index) => index < 4 || column !== '')
      .join('  ')
      .trimEnd(),
    ...Object.entries(output ?? {}).map(
      ([key, value]) => `        ${key} = ${typeof value === 'string' ? value : JSON.stringify(value)}`,
    ),
  ];
}

/** `2nd attempt`; nothing for the first one, which goes without saying. */
export function attemptParts(attempts: number | undefined): string[] {
  if (attempts === undefined || attempts < 2) return [];
  const teens = attempts % 100 >= 11 && attempts % 100 <= 13;
  const ending = teens ? 'th' : (['th', 'st', 'nd', 'rd'][attempts % 10] ?? 'th');
  return [`${attempts}${ending} attempt`];
}

export function transferText({ uploaded, estimatedUpload, downloaded, estimatedDownload }: Transfer): string {
  const directions = [
    { moved: uploaded, expected: estimatedUpload, verb: 'uploaded' },
    { moved: downloaded, expected: estimatedDownload, verb: 'downloaded' },
  ].filter(({ moved, expected }) => moved !== undefined || expected !== undefined);
  return directions
    .map(({ moved = 0, expected, verb }) =>
      expected === undefined || expected <= moved
        ? `${bytesText(moved)} ${verb}`
        : `${bytesText(moved)} of ${bytesText(expected)} ${verb}`,
    )
    .join(', ');
}

function failureLines({ name, failure }: PhaseTimeline): string[] {
  if (!failure) return [];
  return [
    '',
    `Phase ${name} failed: ${failure.reason}`,
    `  ${failure.message.replaceAll('\n', '\n  ')}`,
    ...(failure.argument === undefined ? [] : [`  argument: ${failure.argument}`]),
    ...(failure.template === undefined
      ? []
      : [`  template: line ${failure.template.line}, column ${failure.template.column}`]),
    ...(failure.pod === undefined ? [] : podLines(failure.pod)),
    ...(failure.hint === undefined ? [] : [`  hint: ${failure.hint}`]),
  ];
}

function podLines({ name, phase, reason, exitCode, logTail }: NonNullable<FailureStatus['pod']>): string[] {
  const facts = [phase, reason, exitCode === undefined ? undefined : `exit code ${exitCode}`];
  const known = facts.filter((fact) => fact !== undefined);
  return [
    `  pod: ${name}${known.length === 0 ? '' : ` (${known.join(', ')})`}`,
    ...(logTail
      ? [
          '  its last lines:',
          ...logTail
            .trimEnd()
            .split('\n')
            .map((line) => `    ${line}`),
        ]
      : []),
  ];
}

/** The lines as one text. What pods printed must not be able to drive the terminal. */
export function printable(lines: string[]): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  return lines.join('\n').replace(/[\u0000-\u0008\u000B-\u001F\u007F-\u009F]/g, '\uFFFD');
}

export function objectText({ kind, resource, namespace, name }: ObjectReference): string {
  return `${kind || resource || 'object'} ${namespace ? `${namespace}/` : ''}${name ?? ''}`;
}
