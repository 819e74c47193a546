import type { PhaseOptions } from '../api/kanister/phase-options.ts';
import type { JsonObject } from '../kubernetes/objects.ts';
import { abortAfter } from './abort-after.ts';
import { actionSetOf, type ActionRun, type Run } from './action-run.ts';
import { failureOf, untilAborted } from './end-of-phase.ts';
import { explain } from './explain.ts';
import type { FunctionContext } from './function.ts';
import { Failure } from './failure.ts';
import { Abandoned, abandonedBy, gatedClient, type Gate } from './gate.ts';
import { describeCreated } from './clean-up.ts';
import type { CreatedObject, PhaseJournal } from './journal.ts';
import { observedPhase } from './observed.ts';
import type { Outcome } from './observer.ts';
import { readPhaseObjects, type Parameters } from './parameters.ts';
import { phaseArguments } from './phase-arguments.ts';
import { identityOf, isDeferred, type PhasePlan } from './phase-plan.ts';
import { startProgress } from './phase-progress.ts';
import { postOnActionSet } from './report.ts';
import { podOutputLog } from './pod-output.ts';
import { patiently } from './retry.ts';
import { addIntents, createSteps, type StepSpan } from './steps.ts';
import { stopOutside } from './stop-outside.ts';
import { enterUndo } from './undo-phases.ts';

/** Reasons why the ActionSet could not be written before the function began. */
const NOT_STORED = new Set(['StatusNotStored', 'ObjectTooLarge']);

/** Of an object that is adopted. */
const MADE_BEFORE =
  'was made before a Secret, a ConfigMap, a Profile or a setting of the operator changed that it was made of: it goes on as it began';

const OVER = 'the phase is over: its function may change nothing any more';
/** Made once: every phase ends with it, hardly any function meets it, and its stack would cost more than the rest of that end. */
const PHASE_OVER = new Abandoned(OVER);

export interface AttemptOptions {
  parameters: Parameters;
  journal: PhaseJournal;
  /** Whether an earlier process began this attempt. */
  resumed: boolean;
  options: PhaseOptions;
  /** Aborts when the phase is to end. */
  ended: AbortSignal;
}

/** `prefix` begins the text of the event that tells it. */
export interface FailedAttempt {
  failure: Failure;
  prefix: string;
}

/**
 * Runs the function of a phase once, or goes on with an attempt that an earlier process began.
 * @throws {Abandoned} when this process may not go on
 */
export async function runAttempt(
  action: ActionRun,
  plan: PhasePlan,
  attempt: AttemptOptions,
): Promise<{ output: JsonObject | undefined } | FailedAttempt> {
  const { run } = action;
  const { observer } = run.engine;
  const observed = observedPhase(action, plan);
  const left = observer.phaseRunning(observed);
  const over = new AbortController();
  const end = endOf(action, plan, attempt, over.signal);
  let prefix = isDeferred(plan) ? 'Failed to execute defer phase:' : 'Failed to init phase params:';
  const tell = (outcome: Outcome) =>
    observer.attemptEnded({
      ...observed,
      attempt: attempt.journal.attempt,
      ...spanOf(run, attempt),
      ...outcome,
    });
  try {
    checkRevision(attempt.journal, plan);
    await readObjects(action, plan, attempt.parameters);
    if (!isDeferred(plan)) prefix = 'Failed to execute phase:';
    const output = await execute(action, plan, attempt, { end, over });
    tell({ outcome: 'complete' });
    return { output };
  } catch (error) {
    if (error instanceof Abandoned || run.stop.aborted) throw abandonedBy(error);
    const own = end.aborted ? ending(end, attempt.journal) : explain(error);
    const failure = await stopOutside(action, attempt.journal, own);
    tell({ outcome: 'failed', reason: failure.reason });
    if (NOT_STORED.has(failure.reason)) prefix = `Failed to update ${isDeferred(plan) ? 'defer ' : ''}phase:`;
    return { failure, prefix };
  } finally {
    over.abort(PHASE_OVER);
    left();
  }
}

/** When the function has to end: with its phase, or by the end of its own time, whichever process began it. */
function endOf(
  { run }: ActionRun,
  plan: PhasePlan,
  { journal, options, ended }: AttemptOptions,
  over: AbortSignal,
): AbortSignal {
  const { timeout } = options;
  if (timeout === undefined) return ended;
  const late = new Failure(
    'PhaseTimeout',
    `phase "${plan.phase.name}" did not end within its ${plan.phase.timeout ?? ''}`,
    {
      hint: 'Give the phase a longer timeout, or find out what took so long: the log of the operator has its output.',
    },
  );
  const period = { since: journal.startedAt, timeout };
  return AbortSignal.any([ended, abortAfter(run.engine.clock, period, late, over)]);
}

function spanOf(run: Run, { journal }: AttemptOptions): { start: Date; end: Date } {
  return { start: new Date(journal.startedAt), end: run.engine.clock.now() };
}

function checkRevision(journal: PhaseJournal, { definition }: PhasePlan): void {
  if (journal.function === definition.name && journal.revision === definition.revision) return;
  throw new Failure(
    'NotResumable',
    `phase "${journal.name}" was begun by ${journal.function} of revision ${journal.revision} and cannot be resumed by this version, which has ${definition.name} of revision ${definition.revision}`,
    { hint: 'Check what the phase has done, then run the action again.' },
  );
}

async function readObjects(action: ActionRun, plan: PhasePlan, parameters: Parameters): Promise<void> {
  const { run } = action;
  const { client, clock } = run.engine;
  const own = await patiently(() => readPhaseObjects(client, plan.objects), clock, run.stop);
  for (const secret of Object.values(own.secrets)) run.mask.addSecret(secret);
  if (isDeferred(plan)) parameters.deferPhase = own;
  else parameters.phases[plan.phase.name] = own;
}

async function execute(
  action: ActionRun,
  plan: PhasePlan,
  { parameters, journal, resumed, options }: AttemptOptions,
  { end, over }: { end: AbortSignal; over: AbortController },
): Promise<JsonObject | undefined> {
  const { run } = action;
  const { engine } = run;
  const identity = identityOf(action, journal);
  const { args, render } = phaseArguments(action, plan, parameters, journal, resumed);
  if (!resumed) {
    const { settings } = engine;
    const intents = plan.definition.intents?.(args, {
      action: action.spec,
      settings,
      subject: parameters.subject,
    });
    addIntents(journal, intents ?? [], identity);
  }
  // intent: what can't be repeated and what will be created stands in the journal before it happens.
  await run.store.commit();

  const signal = AbortSignal.any([run.stop, end]);
  const progress = startProgress(action, plan.status, signal);
  try {
    const { clock } = engine;
    // A function that is no longer waited for may be at work still: its effects end with its phase.
    const gate: Gate = { open: () => !over.signal.aborted && engine.gate.open() };
    const client = gatedClient(engine.client, gate, OVER);
    const commit = () => (over.signal.aborted ? Promise.reject(PHASE_OVER) : run.store.commit());
    const log = run.log.child({ Phase: plan.phase.name });
    const mayRepeat = options.onInterrupted === 'repeat';
    const onStep = (span: StepSpan) => tellStep(action, plan, journal.attempt, span);
    const onStale = (created: CreatedObject) =>
      warn(action, plan, 'InputsChanged', `${describeCreated(created)} ${MADE_BEFORE}`);
    const context: FunctionContext = {
      action: action.spec,
      owner: { kind: 'ActionSet', ...identity.owner, labels: actionSetOf(run).metadata.labels ?? {} },
      phase: plan.phase.name,
      identity: [identity.owner.uid, identity.action, identity.phase].join('/'),
      subject: parameters.subject,
      profile: parameters.profile,
      settings: engine.settings,
      kubernetes: client,
      clock,
      signal,
      log,
      ...createSteps({
        journal,
        client,
        gate,
        clock,
        identity,
        resumed,
        mayRepeat,
        onStep,
        onStale,
        signal,
        commit,
      }),
      undoOnFailure: async (data) => {
        enterUndo(action, journal, data);
        await commit();
      },
      podOutput: podOutputLog(log, run.mask),
      render,
      warn: (reason, message) => warn(action, plan, reason, message),
      progress: progress.report,
      idle: (wait) => action.place.idle(wait),
    };
    signal.throwIfAborted();
    return await untilAborted(plan.definition.run(args, context), { stop: run.stop, end, clock });
  } finally {
    over.abort(PHASE_OVER);
    progress.stop();
  }
}

function warn(action: ActionRun, { index, phase }: PhasePlan, reason: string, message: string): void {
  const text = action.run.mask.apply(`phase ${phase.name}: ${message}`);
  action.run.log.warn({ Phase: phase.name, reason }, text);
  const key = `${action.index}:${index}:${reason}`;
  postOnActionSet(action.run, key, { type: 'Warning', reason, message: text });
}

function tellStep(action: ActionRun, plan: PhasePlan, attempt: number, span: StepSpan): void {
  const { step, start, end, namespace, error } = span;
  // Cut off with its process: the next one tells of it.
  if (error instanceof Abandoned || (error !== undefined && action.run.stop.aborted)) return;
  const outcome: Outcome =
    error === undefined ? { outcome: 'complete' } : { outcome: 'failed', reason: explain(error).reason };
  action.run.engine.observer.stepEnded({
    ...observedPhase(action, plan),
    attempt,
    step,
    start,
    end,
    ...(namespace !== undefined && { namespace }),
    ...outcome,
  });
}

/** Why the function had to end; and what may go on without it, because it can be neither undone nor stopped, nor be tried to. */
function ending(end: AbortSignal, journal: PhaseJournal): Failure {
  const failure = failureOf(end);
  const { steps, outside } = journal;
  const unknown = journal.intents.filter((step) => (steps[step] ?? outside?.[step]) === undefined);
  if (unknown.length === 0) return failure;
  return new Failure(
    failure.reason,
    `${failure.message}; step "${unknown.join('", "')}" of ${journal.function} may have been done in part, and may still be going on`,
    failure.details,
  );
}
