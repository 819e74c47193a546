import type { JsonObject } from '../kubernetes/objects.ts';
import { actionSetOf, type ActionRun, type Run } from './action-run.ts';
import { cleanUp } from './clean-up.ts';
import { lastMomentOf, untilAborted } from './end-of-phase.ts';
import { explain } from './explain.ts';
import type { FunctionContext } from './function.ts';
import { Failure, messageOf } from './failure.ts';
import { Abandoned, gatedClient, type Gate } from './gate.ts';
import type { PhaseJournal } from './journal.ts';
import { readPhaseObjects, type Parameters } from './parameters.ts';
import { phaseArguments } from './phase-arguments.ts';
import { completePhase, failPhase, postStarted } from './phase-outcome.ts';
import { identityOf, isDeferred, type PhasePlan } from './phase-plan.ts';
import { startProgress } from './phase-progress.ts';
import { patiently } from './retry.ts';
import { addIntents, createSteps } from './steps.ts';

const OVER = 'the phase is over: its function may change nothing any more';

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
    completePhase(action, plan, output);
    own.output = output;
    return true;
  } catch (error) {
    if (error instanceof Abandoned || run.stop.aborted) throw new Abandoned(messageOf(error));
    failPhase(
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
  const args = phaseArguments(action, plan, parameters, journal, resumed);
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
    const gate: Gate = { open: () => !over.signal.aborted && engine.gate.open() };
    const client = gatedClient(engine.client, gate, OVER);
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
      ...createSteps({ journal, client, gate, clock, identity, resumed, signal, commit }),
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

function ownerOf(run: Run): FunctionContext['owner'] {
  const { name, namespace = '', uid = '', labels = {} } = actionSetOf(run).metadata;
  return { kind: 'ActionSet', namespace, name, uid, labels };
}

function cancelled(cancel: AbortSignal): Failure {
  return cancel.reason instanceof Failure
    ? cancel.reason
    : new Failure('Cancelled', 'Cancelled: the action was cancelled');
}
