import type { ActionSetTimeline, ActionTimeline, PhaseTimeline } from '../api/kanister/timeline.ts';
import type { FailureStatus, ObjectReference } from '../api/kanister/types.ts';
import { durationText } from './duration-text.ts';

/** The whole story of an ActionSet, for a terminal or a file: phases with their times and outputs, and why it failed. */
export function actionSetReport(timeline: ActionSetTimeline): string {
  const { name, namespace, state, elapsed, error, actions } = timeline;
  const took =
    elapsed === undefined ? '' : ` ${timeline.finished ? 'after' : 'since'} ${durationText(elapsed)}`;
  const failures = actions.flatMap(({ phases }) => phases.flatMap((phase) => failureLines(phase)));
  return printable([
    `ActionSet ${namespace}/${name}: ${state || 'not started'}${took}`,
    ...actions.flatMap((action) => actionLines(action, timeline.started)),
    ...(error === undefined ? [] : ['', `Error: ${error}`]),
    ...failures,
    '',
  ]);
}

/** How far it is, in one line. */
export function actionSetProgressLine(timeline: ActionSetTimeline): string {
  const { name, state, current, phaseCount, percent, elapsed } = timeline;
  const parts = [
    state || 'waiting for an operator',
    ...(current && !timeline.finished ? [`phase ${current.position} of ${phaseCount}: ${current.name}`] : []),
    ...(percent === undefined ? [] : [`${percent}%`]),
    ...(elapsed === undefined ? [] : [durationText(elapsed)]),
  ];
  return `${name}: ${parts.join(', ')}`;
}

function actionLines(action: ActionTimeline, start: string | undefined): string[] {
  const width = Math.max(0, ...action.phases.map(({ name }) => name.length));
  const artifacts = Object.entries(action.artifacts ?? {});
  return [
    '',
    `  ${action.name} of ${objectText(action.object)} by Blueprint ${action.blueprint}`,
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

function phaseLines(phase: PhaseTimeline, start: string | undefined, width: number): string[] {
  const { name, state, elapsed, percent, output, deferred } = phase;
  const offset =
    start !== undefined && phase.started !== undefined
      ? `+${durationText(Math.max(0, Date.parse(phase.started) - Date.parse(start)))}`
      : '';
  const columns = [
    `    ${SIGNS[state]} ${name.padEnd(width)}`,
    state.padEnd(8),
    offset.padEnd(7),
    (elapsed === undefined ? '' : durationText(elapsed)).padEnd(6),
    state === 'running' && percent !== undefined ? `${percent}%` : '',
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

/** What pods printed must not be able to drive the terminal. */
function printable(lines: string[]): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  return lines.join('\n').replace(/[\u0000-\u0008\u000B-\u001F\u007F-\u009F]/g, '\uFFFD');
}

export function objectText({ kind, resource, namespace, name }: ObjectReference): string {
  return `${kind || resource || 'object'} ${namespace ? `${namespace}/` : ''}${name ?? ''}`;
}
