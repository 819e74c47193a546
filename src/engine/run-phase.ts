import { phaseOptions, type PhaseOptions } from '../api/kanister/phase-options.ts';
import type { ActionRun } from './action-run.ts';
import { explain } from './explain.ts';
import { Failure } from './failure.ts';
import type { PhaseJournal } from './journal.ts';
import { endPhase } from './observed.ts';
import { emptyPhase, type Parameters } from './parameters.ts';
import { holds, skipPhase } from './phase-condition.ts';
import { completePhase, failPhase, noteFailedAttempt, postSkipped, postStarted } from './phase-outcome.ts';
import { isDeferred, type PhasePlan } from './phase-plan.ts';
import { summariseProgress } from './progress.ts';
import { describeLeftovers, removeLeftovers } from './remove-leftovers.ts';
import { backoffAfter, mayRetry } from './retry-phase.ts';
import { runAttempt, type FailedAttempt } from './run-attempt.ts';

/**
 * Runs one phase to its end, or goes on with one that an earlier process began. When it resolves, the phase's outcome stands in the
 * status, and what it made is listed for removal; storing both is left to the next commit.
 * @param ended aborts when the phase is to end: a cancel, or the end of the action's time
 * @returns the reason of its failure, where it failed
 * @throws {Abandoned} when this process may not go on
 */
export async function runPhase(
  action: ActionRun,
  plan: PhasePlan,
  parameters: Parameters,
  ended: AbortSignal,
): Promise<string | undefined> {
  const { journal } = action;
  const options = phaseOptions(plan.phase);
  let attempt = phaseInFlight(action, plan);
  let resumed = attempt !== undefined;
  if (attempt === undefined) {
    const failure = conditionFailure(action, plan, parameters);
    if (failure) return failPhase(action, plan, undefined, { failure, prefix: prefixOf(plan) });
    if (plan.status.skipped) return undefined;
    attempt = beginPhase(action, plan);
  }
  postStarted(action, plan);
  for (;;) {
    if (attempt.notBefore !== undefined) {
      const failure = await beforeNextAttempt(action, plan, attempt, ended);
      if (failure) return failPhase(action, plan, attempt, { failure, prefix: prefixOf(plan) });
      resumed = false;
    }
    const result = await runAttempt(action, plan, { parameters, journal: attempt, resumed, options, ended });
    const failed = 'failure' in result ? result : complete(action, plan, attempt, result.output);
    leaveAttempt(action, attempt);
    if (failed === undefined) {
      parametersOf(parameters, plan).output = plan.status.output;
      return undefined;
    }
    if (!mayRetry(options, attempt.attempt, failed.failure)) return failPhase(action, plan, attempt, failed);
    attempt = nextAttempt(action, plan, attempt, failed, options);
    journal.phase = attempt;
  }
}

/** The journal of this phase, where an earlier process began it: in this process a phase's journal goes when the phase ends. */
function phaseInFlight({ journal }: ActionRun, { index }: PhasePlan): PhaseJournal | undefined {
  return journal.phase?.index === index ? journal.phase : undefined;
}

/** Skips the phase where its condition does not hold. */
function conditionFailure(action: ActionRun, plan: PhasePlan, parameters: Parameters): Failure | undefined {
  try {
    if (holds(action, plan, parameters)) return undefined;
  } catch (error) {
    return explain(error);
  }
  const { run } = action;
  skipPhase(action, plan);
  summariseProgress(run.store.status, run.engine.clock.now());
  if (!isDeferred(plan)) parameters.phases[plan.phase.name] = { ...emptyPhase(), skipped: true };
  postSkipped(action, plan);
  endPhase(action, plan, undefined, { outcome: 'skipped' });
  return undefined;
}

function beginPhase(action: ActionRun, plan: PhasePlan): PhaseJournal {
  const now = action.run.engine.clock.now().toISOString();
  const journal = newAttempt(plan, 1, now, now);
  action.journal.phase = journal;
  plan.status.state = 'running';
  plan.status.startTime = now;
  plan.status.attempts = 1;
  action.run.store.status.progress.runningPhase = plan.phase.name;
  return journal;
}

function newAttempt(
  { phase, index, definition }: PhasePlan,
  attempt: number,
  startedAt: string,
  begunAt: string,
): PhaseJournal {
  return {
    name: phase.name,
    index,
    attempt,
    startedAt,
    begunAt,
    function: definition.name,
    revision: definition.revision,
    steps: {},
    intents: [],
    created: [],
    checkpoints: {},
  };
}

/** What the function returned may not be storable. */
function complete(
  action: ActionRun,
  plan: PhasePlan,
  journal: PhaseJournal,
  output: Parameters['deferPhase']['output'],
): FailedAttempt | undefined {
  try {
    completePhase(action, plan, journal, output);
    return undefined;
  } catch (error) {
    return { failure: explain(error), prefix: prefixOf(plan) };
  }
}

/** What the attempt made is listed for removal; its journal goes. */
function leaveAttempt({ journal }: ActionRun, attempt: PhaseJournal): void {
  delete journal.phase;
  journal.cleanup.push(...attempt.created);
}

function nextAttempt(
  action: ActionRun,
  plan: PhasePlan,
  before: PhaseJournal,
  failed: FailedAttempt,
  options: PhaseOptions,
): PhaseJournal {
  const now = action.run.engine.clock.now();
  const notBefore = new Date(now.getTime() + backoffAfter(options, before.attempt));
  noteFailedAttempt(action, plan, before, failed, { attempts: options.retry.attempts, notBefore });
  const { begunAt = before.startedAt } = before;
  return {
    ...newAttempt(plan, before.attempt + 1, now.toISOString(), begunAt),
    notBefore: notBefore.toISOString(),
    steps: Object.fromEntries(Object.entries(before.steps).filter(([, { lasting }]) => lasting)),
  };
}

/**
 * Waits until the next attempt may begin: never beside what the one before has made. It is a failure when that did not stop, or when
 * the phase is to end.
 */
async function beforeNextAttempt(
  action: ActionRun,
  plan: PhasePlan,
  attempt: PhaseJournal,
  ended: AbortSignal,
): Promise<Failure | undefined> {
  const { run } = action;
  const { clock } = run.engine;
  await run.store.commit();
  const undone = await removeLeftovers(action);
  if (undone.length > 0) {
    return new Failure(
      'AttemptNotStopped',
      `attempt ${attempt.attempt - 1} of phase "${plan.phase.name}" failed, and another one could run beside what it made: ${describeLeftovers(undone)}`,
      { hint: 'Make sure that it has stopped, then run the action again.' },
    );
  }
  const left = Date.parse(attempt.notBefore ?? '') - clock.now().getTime();
  try {
    await action.place.idle(() => clock.sleep(Math.max(0, left), AbortSignal.any([run.stop, ended])));
  } catch (error) {
    run.stop.throwIfAborted();
    return explain(error);
  }
  const now = clock.now().toISOString();
  delete attempt.notBefore;
  attempt.startedAt = now;
  plan.status.attempts = attempt.attempt;
  run.store.status.progress.runningPhase = plan.phase.name;
  return undefined;
}

/** What templates see of the phase. */
function parametersOf(parameters: Parameters, plan: PhasePlan): Parameters['deferPhase'] {
  if (isDeferred(plan)) return parameters.deferPhase;
  return (parameters.phases[plan.phase.name] ??= emptyPhase());
}

function prefixOf(plan: PhasePlan): string {
  return isDeferred(plan) ? 'Failed to execute defer phase:' : 'Failed to execute phase:';
}
