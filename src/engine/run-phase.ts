import type { BlueprintPhase, ObjectReference, PhaseStatus } from '../api/kanister/types.ts';
import type { JsonObject } from '../kubernetes/objects.ts';
import { actionSetOf, type ActionRun, type Run } from './action-run.ts';
import { decodeArguments, type ArgumentSchemas, type DecodedArguments } from './arguments.ts';
import { checkArguments } from './check-arguments.ts';
import { cleanUp } from './clean-up.ts';
import { lastMomentOf, untilAborted } from './end-of-phase.ts';
import { explain } from './explain.ts';
import type { FunctionContext, FunctionDefinition } from './function.ts';
import { Failure, messageOf } from './failure.ts';
import { Abandoned, gatedClient } from './gate.ts';
import type { PhaseJournal } from './journal.ts';
import { readPhaseObjects, type Parameters } from './parameters.ts';
import { summariseProgress, timestamp } from './progress.ts';
import { randomnessOf, type RandomnessKey } from './randomness.ts';
import { createRenderer } from './render.ts';
import { failureStatus, failureText, postFailure, postOnActionSet } from './report.ts';
import { patiently } from './retry.ts';
import { addIntents, createSteps, type StepsOptions } from './steps.ts';

/** Milliseconds between two writes of progress. */
const PROGRESS_INTERVAL = 1_000;

const OVER = 'the phase is over: its function may change nothing any more';

export interface PhasePlan {
  phase: BlueprintPhase;
  /** Its place among the action's phases; -1 for the deferPhase. */
  index: number;
  status: PhaseStatus;
  definition: FunctionDefinition;
  /** The phase's objects, rendered when the action was launched. */
  objects: Record<string, ObjectReference>;
}

/**
 * Runs one phase to its end, or goes on with one that an earlier process began. When it resolves, the phase's outcome stands in the
 * status, and what it made is listed for removal; storing both is left to the next commit.
 * @returns whether it succeeded
 * @throws {Abandoned} when this process may not go on
 */
export async function runPhase(action: ActionRun, plan: PhasePlan, parameters: Parameters): Promise<boolean> {
  const { run, journal } = action;
  const inFlight = phaseInFlight(action, plan);
  const phaseJournal = inFlight ?? beginPhase(action, plan);
  postStarted(action, plan);
  let prefix = isDeferred(plan) ? 'Failed to execute defer phase:' : 'Failed to init phase params:';
  try {
    checkRevision(phaseJournal, plan);
    const { client, clock } = run.engine;
    const own = await patiently(() => readPhaseObjects(client, plan.objects), clock, run.stop);
    for (const secret of Object.values(own.secrets)) run.mask.addSecret(secret);
    if (isDeferred(plan)) parameters.deferPhase = own;
    else parameters.phases[plan.phase.name] = own;
    if (!isDeferred(plan)) prefix = 'Failed to execute phase:';
    const output = await execute(action, plan, parameters, phaseJournal, inFlight !== undefined);
    complete(action, plan, output);
    own.output = output;
    return true;
  } catch (error) {
    if (error instanceof Abandoned || run.stop.aborted) throw new Abandoned(messageOf(error));
    fail(
      action,
      plan,
      prefix,
      run.cancel.aborted && !isDeferred(plan) ? cancelled(run.cancel) : explain(error),
    );
    return false;
  } finally {
    if (!run.stop.aborted) {
      delete journal.phase;
      journal.cleanup.push(...phaseJournal.created);
    }
  }
}

/** Removes what ended phases made. Called only after their outcome is stored. @throws {Abandoned} */
export async function removeLeftovers(action: ActionRun): Promise<void> {
  const { run, journal, status } = action;
  if (journal.cleanup.length === 0) return;
  const leftovers = [...journal.cleanup];
  // What a failed phase made may still be at work, and gets the time to stop by itself.
  const force = ![...status.phases, status.deferPhase].some((phase) => phase.state === 'failed');
  await cleanUp(leftovers, force, {
    client: run.engine.client,
    clock: run.engine.clock,
    log: run.log,
    uid: actionSetOf(run).metadata.uid ?? '',
    signal: run.stop,
  });
  journal.cleanup = journal.cleanup.filter((object) => !leftovers.includes(object));
}

function isDeferred(plan: PhasePlan): boolean {
  return plan.index === -1;
}

/** The journal of this phase, where an earlier process began it: in this process a phase's journal goes when the phase ends. */
function phaseInFlight(action: ActionRun, plan: PhasePlan): PhaseJournal | undefined {
  const journal = action.journal.phase;
  return journal?.index === plan.index ? journal : undefined;
}

function beginPhase(action: ActionRun, plan: PhasePlan): PhaseJournal {
  const now = action.run.engine.clock.now();
  const journal: PhaseJournal = {
    name: plan.phase.name,
    index: plan.index,
    attempt: 1,
    startedAt: now.toISOString(),
    function: plan.definition.name,
    revision: plan.definition.revision,
    steps: {},
    intents: [],
    created: [],
    checkpoints: {},
  };
  action.journal.phase = journal;
  plan.status.state = 'running';
  plan.status.startTime = now.toISOString();
  action.run.store.status.progress.runningPhase = plan.phase.name;
  return journal;
}

function checkRevision(journal: PhaseJournal, { definition }: PhasePlan): void {
  if (journal.function === definition.name && journal.revision === definition.revision) return;
  throw new Failure(
    'NotResumable',
    `phase "${journal.name}" was begun by ${journal.function} of revision ${journal.revision} and cannot be resumed by this version, which has ${definition.name} of revision ${definition.revision}`,
    { hint: 'Check what the phase has done, then run the action again.' },
  );
}

async function execute(
  action: ActionRun,
  plan: PhasePlan,
  parameters: Parameters,
  journal: PhaseJournal,
  resumed: boolean,
): Promise<JsonObject | undefined> {
  const { run } = action;
  const { engine } = run;
  const identity = identityOf(action, journal);
  const over = new AbortController();
  const args = renderArguments(action, plan, parameters, journal, resumed);
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

  const end = isDeferred(plan) ? lastMomentOf(run, over.signal) : run.cancel;
  const signal = AbortSignal.any([run.stop, end]);
  const progress = startProgress(action, plan.status, signal);
  try {
    const { clock } = engine;
    // A function that is no longer waited for may be at work still: its effects end with its phase.
    const client = gatedClient(engine.client, { open: () => !over.signal.aborted }, OVER);
    const commit = () => (over.signal.aborted ? Promise.reject(new Abandoned(OVER)) : run.store.commit());
    const log = run.log.child({ Phase: plan.phase.name });
    const context: FunctionContext = {
      action: action.spec,
      owner: ownerOf(run),
      phase: plan.phase.name,
      subject: parameters.subject,
      profile: parameters.profile,
      settings: engine.settings,
      kubernetes: client,
      clock,
      signal,
      log,
      ...createSteps({ journal, client, clock, identity, resumed, signal, commit }),
      podOutput: (pod, container, line) =>
        log.info({ Pod: pod, Container: container, LogKind: 'datapath', Pod_Out: line }, 'action update'),
      progress: progress.report,
    };
    signal.throwIfAborted();
    return await untilAborted(plan.definition.run(args, context), { stop: run.stop, end, clock });
  } finally {
    over.abort(new Abandoned(OVER));
    progress.stop();
  }
}

function identityOf({ run, index, status }: ActionRun, journal: PhaseJournal): StepsOptions['identity'] {
  const uid = actionSetOf(run).metadata.uid ?? '';
  // Phases of an action may share a name, and so may the actions of a set.
  const phase = `${journal.index}/${journal.name}`;
  return { uid, action: `${index}/${status.name}`, phase, attempt: journal.attempt };
}

function renderArguments(
  action: ActionRun,
  { phase, definition }: PhasePlan,
  parameters: Parameters,
  journal: PhaseJournal,
  resumed: boolean,
): DecodedArguments<ArgumentSchemas> {
  const { engine, store } = action.run;
  const { uid, action: name, phase: phaseName, attempt } = identityOf(action, journal);
  const renderer = createRenderer(parameters, {
    now: new Date(journal.startedAt),
    random: phaseRandomness(engine.randomness, store.journal.randomness, resumed, [
      uid,
      name,
      phaseName,
      String(attempt),
    ]),
  });
  const rendered = renderer.arguments(phase.args ?? {}, definition.rendered);
  checkArguments(definition, rendered);
  return decodeArguments(definition.args, rendered);
}

/** A resumed phase must render what it rendered before; with another key that can't be had. */
function phaseRandomness(
  key: RandomnessKey,
  pinned: string,
  resumed: boolean,
  identity: string[],
): (length: number) => Uint8Array {
  if (!resumed || key.id === pinned) return randomnessOf(key, ...identity);
  return () => {
    throw new Failure(
      'OutcomeUnknown',
      'the phase uses random values in its templates, and the key that they came from is gone with the operator that began it',
      { hint: 'Let the operator create Secrets in its own namespace: it keeps the key there.' },
    );
  };
}

function ownerOf(run: Run): FunctionContext['owner'] {
  const { name, namespace = '', uid = '', labels = {} } = actionSetOf(run).metadata;
  return { kind: 'ActionSet', namespace, name, uid, labels };
}

function startProgress(action: ActionRun, status: PhaseStatus, signal: AbortSignal) {
  const { run } = action;
  const { clock } = run.engine;
  const ended = new AbortController();
  let writing: Promise<void> | undefined;
  const write = async () => {
    try {
      await clock.sleep(PROGRESS_INTERVAL, AbortSignal.any([signal, ended.signal]));
      summariseProgress(run.store.status, clock.now());
      await run.store.commit();
    } finally {
      writing = undefined;
    }
  };
  return {
    report(percent: number) {
      if (Number.isNaN(percent)) return;
      const progressPercent = String(Math.max(0, Math.min(100, Math.floor(percent))));
      if (ended.signal.aborted || progressPercent === status.progress.progressPercent) return;
      status.progress = { ...status.progress, progressPercent, lastTransitionTime: timestamp(clock.now()) };
      // Fails when the phase ends first, or when a write fails that the end of the phase will meet again.
      writing ??= write();
      writing.catch(() => undefined);
    },
    stop: () => ended.abort(),
  };
}

function postStarted({ run, index, status }: ActionRun, plan: PhasePlan): void {
  const { phase } = plan;
  const [reason, what] = isDeferred(plan) ? ['Started deferPhase', 'deferPhase'] : ['Started Phase', 'phase'];
  const message = `Executing ${what} ${phase.name}`;
  postOnActionSet(run, `${index}:${status.name}:${plan.index}:${phase.name}:started`, {
    type: 'Normal',
    reason,
    message,
  });
}

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

function complete(action: ActionRun, plan: PhasePlan, output: JsonObject | undefined): void {
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
  status.state = 'complete';
  status.completionTime = now.toISOString();
  status.progress = isDeferred(plan)
    ? {}
    : { ...status.progress, progressPercent: '100', lastTransitionTime: timestamp(now) };
  summariseProgress(run.store.status, now);
  postEnded(action, plan);
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

function fail(action: ActionRun, plan: PhasePlan, prefix: string, failure: Failure): void {
  const { run } = action;
  const { status, phase, definition } = plan;
  const what = isDeferred(plan) ? 'deferPhase' : 'phase';
  status.state = 'failed';
  status.completionTime = run.engine.clock.now().toISOString();
  status.failure = failureStatus(run, failure);
  const where = `action ${action.spec.name}, ${what} ${phase.name}, function ${definition.name}`;
  const text = failureText(run, failure, where);
  run.store.status.error = { message: text };
  delete run.store.status.progress.runningPhase;
  run.log.error({ Phase: phase.name, error: text, reason: failure.reason }, `Failed to execute ${what}`);
  postFailure(
    action,
    `${action.index}:${action.status.name}:${plan.index}:${phase.name}:failed`,
    prefix,
    text,
  );
}

function cancelled(cancel: AbortSignal): Failure {
  return cancel.reason instanceof Failure
    ? cancel.reason
    : new Failure('Cancelled', 'Cancelled: the action was cancelled');
}
