import type { JsonObject } from '../kubernetes/objects.ts';
import type { ActionRun } from './action-run.ts';
import { enterError } from './enter-error.ts';
import { Failure } from './failure.ts';
import type { PhaseJournal } from './journal.ts';
import { endPhase } from './observed.ts';
import { isDeferred, type PhasePlan } from './phase-plan.ts';
import { summariseProgress, timestamp } from './progress.ts';
import { failureStatus, failureText, postFailure, postOnActionSet } from './report.ts';
import type { FailedAttempt } from './run-attempt.ts';
import { tellSecretOutputs } from './secret-outputs.ts';

/** Tells that the phase begins. */
export function postStarted({ run, index, status }: ActionRun, plan: PhasePlan): void {
  const { phase } = plan;
  const [reason, what] = isDeferred(plan) ? ['Started deferPhase', 'deferPhase'] : ['Started Phase', 'phase'];
  const message = `Executing ${what} ${phase.name}`;
  postOnActionSet(run, `${index}:${status.name}:${plan.index}:${phase.name}:started`, {
    type: 'Normal',
    reason,
    message,
  });
}

/** Tells that the phase has succeeded. */
export function postEnded({ run, index, status }: ActionRun, plan: PhasePlan): void {
  const { phase } = plan;
  const [reason, what] = isDeferred(plan) ? ['Ended deferPhase', 'deferPhase'] : ['Ended Phase', 'phase'];
  const message = `Completed ${what} ${phase.name}`;
  postOnActionSet(run, `${index}:${status.name}:${plan.index}:${phase.name}:ended`, {
    type: 'Normal',
    reason,
    message,
  });
}

/** Tells that the phase's condition did not hold. */
export function postSkipped({ run, index, status }: ActionRun, plan: PhasePlan): void {
  const { phase } = plan;
  const [reason, what] = isDeferred(plan) ? ['Skipped deferPhase', 'deferPhase'] : ['Skipped Phase', 'phase'];
  postOnActionSet(run, `${index}:${status.name}:${plan.index}:${phase.name}:skipped`, {
    type: 'Normal',
    reason,
    message: `Skipping ${what} ${phase.name}: its condition does not hold`,
  });
}

/**
 * Enters the phase's success into the status, and tells it.
 * @throws {Failure} when its output can't be stored
 */
export function completePhase(
  action: ActionRun,
  plan: PhasePlan,
  journal: PhaseJournal,
  output: JsonObject | undefined,
): void {
  const { run } = action;
  const { status, phase } = plan;
  const now = run.engine.clock.now();
  if (output !== undefined && Object.keys(output).length > 0) {
    if (!isJson(output)) throw invalidOutput(plan);
    status.output = output;
    if (!run.store.fits()) {
      delete status.output;
      throw new Failure(
        'OutputTooLarge',
        `the output of phase "${phase.name}" does not fit into the ActionSet`,
        {
          hint: 'Keep outputs small: put data into an object store and output where it is.',
        },
      );
    }
  }
  if (output !== undefined) tellSecretOutputs(action, plan, output);
  // Of an attempt before.
  delete status.failure;
  status.state = 'complete';
  status.completionTime = now.toISOString();
  status.progress = isDeferred(plan)
    ? {}
    : { ...status.progress, progressPercent: '100', lastTransitionTime: timestamp(now) };
  summariseProgress(run.store.status, now);
  postEnded(action, plan);
  endPhase(action, plan, journal, { outcome: 'complete' });
}

/** Functions of others may return what can't be stored, and would make every later write fail. */
function isJson(output: JsonObject): boolean {
  try {
    // The one refuses what refers to itself and BigInts, the other functions and symbols, which the first would drop.
    JSON.stringify(output);
    structuredClone(output);
    return true;
  } catch {
    return false;
  }
}

function invalidOutput({ phase, definition }: PhasePlan): Failure {
  return new Failure(
    'InvalidOutput',
    `the output of phase "${phase.name}" holds values that JSON does not have`,
    {
      hint: `Have ${definition.name} return objects, lists, texts, numbers, booleans and nulls only.`,
    },
  );
}

/** Enters that an attempt has failed and another one follows, and tells it. */
export function noteFailedAttempt(
  action: ActionRun,
  plan: PhasePlan,
  { attempt }: PhaseJournal,
  { failure, prefix }: FailedAttempt,
  { attempts, notBefore }: { attempts: number; notBefore: Date },
): void {
  const { run, index, status } = action;
  const { phase } = plan;
  plan.status.failure = failureStatus(run, failure);
  const text = failureText(run, failure, placeOf(action, plan));
  const next = `attempt ${attempt + 1} of ${attempts} follows at ${timestamp(notBefore)}`;
  run.log.warn(
    { Phase: phase.name, error: text, reason: failure.reason },
    `attempt ${attempt} failed, ${next}`,
  );
  postFailure(
    action,
    `${index}:${status.name}:${plan.index}:${phase.name}:attempt-${attempt}`,
    prefix,
    `attempt ${attempt} of ${attempts}: ${text}; ${next}`,
  );
}

/**
 * Enters the phase's failure into the status, and tells it.
 * @param journal absent when the phase never began
 * @returns the reason
 */
export function failPhase(
  action: ActionRun,
  plan: PhasePlan,
  journal: PhaseJournal | undefined,
  { failure, prefix }: FailedAttempt,
): string {
  const { run } = action;
  const { status, phase } = plan;
  const what = isDeferred(plan) ? 'deferPhase' : 'phase';
  status.state = 'failed';
  status.completionTime = run.engine.clock.now().toISOString();
  status.failure = failureStatus(run, failure);
  const text = failureText(run, failure, placeOf(action, plan));
  enterError(run, failure, text);
  run.log.error({ Phase: phase.name, error: text, reason: failure.reason }, `Failed to execute ${what}`);
  postFailure(
    action,
    `${action.index}:${action.status.name}:${plan.index}:${phase.name}:failed`,
    prefix,
    text,
  );
  endPhase(action, plan, journal, { outcome: 'failed', reason: failure.reason });
  return failure.reason;
}

function placeOf({ spec }: ActionRun, plan: PhasePlan): string {
  const what = isDeferred(plan) ? 'deferPhase' : 'phase';
  return `action ${spec.name}, ${what} ${plan.phase.name}, function ${plan.definition.name}`;
}
