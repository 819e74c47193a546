import { actionRenderer } from './action-renderer.ts';
import type { ActionRun } from './action-run.ts';
import { Failure } from './failure.ts';
import { isDeferred, type PhasePlan } from './phase-plan.ts';
import type { Parameters } from './parameters.ts';
import { timestamp } from './progress.ts';

/**
 * Whether the phase is to run. Its condition sees what earlier phases have left, and not the phase's own objects: those of a phase that
 * is skipped need not exist.
 * @throws {Failure} `TemplateError`; `InvalidCondition` when it gives neither true, false nor nothing
 */
export function holds(action: ActionRun, { phase, index }: PhasePlan, parameters: Parameters): boolean {
  if (phase.if === undefined) return true;
  const renderer = actionRenderer(action, parameters, `${index}/${phase.name}/if`);
  const answer = renderer.text(phase.if, 'if').trim();
  if (answer === 'true') return true;
  if (answer === 'false' || answer === '') return false;
  throw new Failure(
    'InvalidCondition',
    `the condition of phase "${phase.name}" gave ${JSON.stringify(shortened(answer))}`,
    {
      argument: 'if',
      hint: 'A condition gives true, or false or nothing; compare with eq, ne, lt, gt, and, or, not.',
    },
  );
}

/** What is cut off is marked: a secret is masked also where only its beginning is left. */
function shortened(answer: string): string {
  return answer.length > 100 ? `${answer.slice(0, 100)}…` : answer;
}

/** Enters that the phase is not run: it counts as complete, so that older programs accept what follows it. */
export function skipPhase({ run, journal }: ActionRun, plan: PhasePlan): void {
  const { status, index } = plan;
  const now = run.engine.clock.now();
  status.state = 'complete';
  status.skipped = true;
  status.completionTime = now.toISOString();
  if (!isDeferred(plan)) status.progress = { progressPercent: '100', lastTransitionTime: timestamp(now) };
  // Read from here, and not from the status, which an older CRD prunes.
  if (!isDeferred(plan)) journal.skipped = [...(journal.skipped ?? []), index];
}
