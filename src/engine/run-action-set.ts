import { isDeepStrictEqual } from 'node:util';
import { validateActionSet } from '../api/kanister/validate-action-set.ts';
import type { ActionSet, ActionSetStatus, ActionStatus } from '../api/kanister/types.ts';
import { ACTION_SETS } from '../api/kanister/types.ts';
import { actionSetOf, type ActionRun, type Run } from './action-run.ts';
import { cleanUp } from './clean-up.ts';
import type { Engine } from './engine.ts';
import { explain } from './explain.ts';
import { Failure, messageOf } from './failure.ts';
import { Abandoned, ObjectGone } from './gate.ts';
import { newStatus, NotInitialised, planActions, type PlannedAction } from './initial-status.ts';
import { decodeJournal, newJournal, type ActionJournal, type ActionPins, type Journal } from './journal.ts';
import { Mask } from './mask.ts';
import { failureText, postFailure, postOnActionSet, postOnBlueprint } from './report.ts';
import { runAction } from './run-action.ts';
import { RunStore } from './run-store.ts';
import { readSubject } from './subject.ts';
import { isTransient } from './transient.ts';
import { isSecret, readTargetObject, withoutManagedFields } from './target-object.ts';

/** The API server could not be asked what the run needs; nothing was written, so it can be tried again from the start. */
export class NotStarted extends Error {
  constructor(cause: unknown) {
    super(messageOf(cause), { cause });
    this.name = 'NotStarted';
  }
}

export interface RunSignals {
  /** The process stops, or may no longer act: leave everything as it is. */
  stop: AbortSignal;
  /** The user wants the run to end; the reason is a Failure. */
  cancel: AbortSignal;
}

/**
 * Runs an ActionSet to its one terminal state, or goes on with a run that another process began. Resolves when that state is
 * stored and told.
 * @throws {Abandoned} when the run now belongs to another process, or its object is gone
 * @throws {NotStarted} to be tried again later
 * @throws {Failure} `JournalNewer`: the run was begun by a later version, and is left to it
 */
export async function runActionSet(actionSet: ActionSet, engine: Engine, signals: RunSignals): Promise<void> {
  const gone = new AbortController();
  const run = openRun(actionSet, engine, {
    stop: signals.stop,
    cancel: AbortSignal.any([signals.cancel, gone.signal]),
  });
  engine.masks.add(run.mask);
  try {
    const actions = run.resumed ? resume(run) : await begin(run, actionSet);
    const outcomes = await Promise.allSettled(
      actions.map(async (action) => {
        try {
          return await runAction(action);
        } catch (error) {
          // Nothing of the other actions can be stored any more either.
          if (error instanceof ObjectGone) gone.abort(error);
          throw error;
        }
      }),
    );
    const broken = outcomes.find((outcome) => outcome.status === 'rejected');
    if (broken) throw broken.reason;
    const succeeded = outcomes.map((outcome) => outcome.status === 'fulfilled' && outcome.value);
    for (const success of succeeded) engine.onResolution(success ? 'success' : 'failure');
    const failed = run.store.status.error.message !== '' || succeeded.includes(false);
    await end(run, failed ? 'failed' : 'complete');
  } catch (error) {
    if (error instanceof NotStarted) throw error;
    if (signals.stop.aborted) throw new Abandoned(messageOf(error));
    try {
      if (error instanceof Abandoned) throw error;
      await endBroken(run, error);
    } catch (reason) {
      if (reason instanceof ObjectGone) await removeEverything(run);
      throw reason;
    }
  } finally {
    await run.events.drain();
    engine.masks.delete(run.mask);
  }
}

function openRun(actionSet: ActionSet, engine: Engine, { stop, cancel }: RunSignals): Run {
  const { client, clock } = engine;
  const found = readJournal(actionSet);
  const journal = found ?? newJournal(engine.holder, engine.randomness.id);
  // claim: a higher epoch than that of whoever began it; storing it is the first thing that a resumed run does.
  const takenFrom = found?.claim;
  if (takenFrom) journal.claim = { epoch: takenFrom.epoch + 1, holder: engine.holder, sequence: 0 };
  const status = structuredClone(actionSet.status ?? newStatus([]));
  const store = new RunStore<ActionSetStatus>(actionSet, completeStatus(status), journal, {
    client,
    clock,
    type: ACTION_SETS,
    signal: stop,
    ...(takenFrom === undefined ? {} : { takenFrom }),
  });
  const labels = Object.entries(actionSet.metadata.labels ?? {}).filter(([key]) =>
    key.startsWith('kanister.io/'),
  );
  return {
    engine,
    store,
    events: engine.events(),
    mask: new Mask(),
    log: engine.log.child({ ActionSet: actionSet.metadata.name, ...Object.fromEntries(labels) }),
    stop,
    cancel,
    resumed: found !== undefined,
  };
}

/** An unreadable journal is treated as none: the state of the ActionSet then says what can still be done. */
function readJournal(actionSet: ActionSet): Journal | undefined {
  try {
    return decodeJournal(actionSet.metadata.annotations);
  } catch (error) {
    if (error instanceof Failure && error.reason === 'JournalUnreadable') return undefined;
    throw error;
  }
}

/** Fields that Go writes always, and that this program therefore counts on, may be missing in what others wrote. */
function completeStatus(status: ActionSetStatus): ActionSetStatus {
  status.actions ??= [];
  status.error = { ...status.error, message: status.error?.message ?? '' };
  status.progress ??= {};
  for (const action of status.actions) {
    action.phases ??= [];
    action.deferPhase ??= { name: '', state: '', progress: {} };
    for (const phase of [...action.phases, action.deferPhase]) phase.progress ??= {};
  }
  return status;
}

async function begin(run: Run, actionSet: ActionSet): Promise<ActionRun[]> {
  const { store, engine } = run;
  const { status } = store;
  const now = engine.clock.now();
  status.startTime = now.toISOString();
  try {
    refuseInterrupted(actionSet);
    refuseInvalid(actionSet);
    const planned = await planActions(engine.client, actionSet);
    status.actions = planned.map((plan, index) => givenStatus(run, plan, index) ?? plan.status);
    const actions = await pinActions(run, planned, now);
    status.state = 'running';
    return actions;
  } catch (error) {
    // Nothing is written yet: a server in trouble is not the ActionSet's fault.
    if (!(error instanceof NotInitialised) && isTransient(error)) throw new NotStarted(error);
    if (error instanceof Abandoned || run.stop.aborted) throw error;
    reportNotStarted(run, error);
    return [];
  }
}

function refuseInvalid(actionSet: ActionSet): void {
  const [wrong] = validateActionSet({ spec: actionSet.spec ?? null, status: null });
  if (wrong) throw new Failure('InvalidActionSet', wrong.message, { hint: wrong.hint });
}

/**
 * An ActionSet that should have a history and has none. `kubectl replace` removes the status; running it a second time
 * could do harm. One that says `running` without a journal was run by another program, which may be at work still.
 */
function refuseInterrupted(actionSet: ActionSet): void {
  const { status, metadata } = actionSet;
  if (!status && (metadata.generation ?? 1) > 1) {
    throw new Failure(
      'StatusRemoved',
      'the ActionSet was changed before it was run, or its status was removed',
      {
        hint: 'Whether its actions ran is unknown. Check, then create a new ActionSet.',
      },
    );
  }
  if (status?.state === 'running') {
    throw new Failure(
      'OutcomeUnknown',
      'the ActionSet was begun by another operator, which left no record to go on from',
      {
        hint: 'Check what its running phase has done, then create a new ActionSet.',
      },
    );
  }
  if (status?.state === 'pending' && status.actions?.length !== actionSet.spec?.actions?.length) {
    throw new Failure(
      'InvalidActionSet',
      `Number of actions in status actions and spec must match: ${status.actions?.length ?? 0} and ${actionSet.spec?.actions?.length ?? 0}: Validation Failed`,
      { hint: 'Create the ActionSet without a status.' },
    );
  }
}

/** A status that came with a new ActionSet is run as given, where it is one of the Blueprint's action. */
function givenStatus(run: Run, { status, spec }: PlannedAction, index: number): ActionStatus | undefined {
  const given = run.store.status.actions[index];
  if (given === undefined) return undefined;
  const names = (of: ActionStatus) => [...of.phases, of.deferPhase].map(({ name }) => name);
  if (isDeepStrictEqual(names(given), names(status))) return given;
  throw new Failure(
    'InvalidActionSet',
    `the status that came with the ActionSet has other phases for action ${spec.name} than its Blueprint: Validation Failed`,
    { hint: 'Create the ActionSet without a status.' },
  );
}

/** pins: reads what each action depends on. An action for which that fails is the last one to be launched, as in the original. */
async function pinActions(run: Run, planned: PlannedAction[], now: Date): Promise<ActionRun[]> {
  const actions: ActionRun[] = [];
  const { store } = run;
  for (const [index, { spec, blueprint, action }] of planned.entries()) {
    const pins: ActionPins = {
      blueprint: action,
      blueprintObject: { name: blueprint.metadata.name, uid: blueprint.metadata.uid ?? '' },
      spec: structuredClone(spec),
      time: nanoseconds(now),
    };
    const journal: ActionJournal = { pins, cleanup: [] };
    const status = store.status.actions[index];
    if (status === undefined) throw new Error(`action ${spec.name} has no place in the status`);
    store.journal.actions[index] = journal;
    const actionRun: ActionRun = { run, index, spec: pins.spec, blueprint: action, status, journal };
    try {
      await pinObject(run, pins);
    } catch (error) {
      if (error instanceof Abandoned || run.stop.aborted || isTransient(error)) throw error;
      failUnpinned(actionRun, explain(error));
      break;
    }
    actions.push(actionRun);
  }
  return actions;
}

async function pinObject(run: Run, pins: ActionPins): Promise<void> {
  const { client } = run.engine;
  const reference = pins.spec.object;
  const subject = await readSubject(client, reference);
  if (subject) pins.subject = subject;
  const object = await readTargetObject(client, reference);
  if (!isSecret(reference)) pins.object = withoutManagedFields(object);
}

function failUnpinned(action: ActionRun, failure: Failure): void {
  const { run, index, spec, status } = action;
  postOnActionSet(run, `${index}:${status.name}:started`, {
    type: 'Normal',
    reason: 'Started Action',
    message: `Executing action ${status.name}`,
  });
  const text = failureText(run, failure, `action ${spec.name}`);
  const first = status.phases[0];
  if (first) first.state = 'failed';
  run.store.status.error = { message: text };
  run.engine.onResolution('failure');
  postFailure(
    action,
    `${index}:${status.name}:launch`,
    `Failed to launch Action ${run.store.object.metadata?.name}:`,
    text,
  );
}

function resume(run: Run): ActionRun[] {
  run.log.info('going on with an ActionSet that another process began');
  const { store } = run;
  return store.journal.actions.flatMap((journal, index): ActionRun[] => {
    const status = store.status.actions[index];
    const { blueprint } = journal.pins;
    const removed = status === undefined || status.phases.length !== (blueprint.phases ?? []).length;
    if (removed) {
      throw new Failure('StatusRemoved', 'the status of the ActionSet was changed while it ran', {
        hint: 'Check what its actions have done, then create a new ActionSet.',
      });
    }
    // Its object could not be read when the run began.
    if (
      status.phases[0]?.state === 'failed' &&
      journal.pins.object === undefined &&
      !isSecret(journal.pins.spec.object)
    )
      return [];
    return [{ run, index, spec: journal.pins.spec, blueprint, status, journal }];
  });
}

/** Initialisation failed: the status has no actions then, as in the original. */
function reportNotStarted(run: Run, error: unknown): void {
  const { status } = run.store;
  const notInitialised = error instanceof NotInitialised ? error : undefined;
  const failure = notInitialised ? notInitialised.failure : explain(error);
  const text = failureText(run, failure, notInitialised ? `action ${notInitialised.action}` : 'ActionSet');
  status.actions = [];
  status.error = { message: text };
  run.log.error({ error: text, reason: failure.reason }, 'the ActionSet could not be started');
  const { reason = 'Error', prefix = 'Could not start ActionSet:' } = notInitialised?.event ?? {};
  const event = { type: 'Warning', reason, message: `${prefix} ${text}` } as const;
  postOnActionSet(run, 'initialisation', event);
  const blueprint = notInitialised?.blueprint;
  if (blueprint) postOnBlueprint(run, blueprint.metadata, 'initialisation', event);
}

/** The one terminal write. */
async function end(run: Run, state: 'complete' | 'failed'): Promise<void> {
  const { store, engine } = run;
  const { name } = store.object.metadata ?? {};
  store.status.state = state;
  store.status.completionTime = engine.clock.now().toISOString();
  delete store.status.progress.runningPhase;
  await store.end();
  run.log.info({ Status: state }, `ActionSet ${state}`);
  if (state === 'complete') {
    postOnActionSet(run, 'complete', {
      type: 'Normal',
      reason: 'Update Complete',
      message: `Updated ActionSet '${name ?? ''}' Status->complete`,
    });
  }
}

/** What a run made goes also when none of its actions can see to it. @throws {Abandoned} */
async function removeEverything(run: Run): Promise<void> {
  const { client, clock } = run.engine;
  const created = run.store.journal.actions.flatMap(({ phase, cleanup }) => [
    ...cleanup,
    ...(phase?.created ?? []),
  ]);
  const uid = actionSetOf(run).metadata.uid ?? '';
  await cleanUp(created, false, { client, clock, log: run.log, uid, signal: run.stop });
}

/** Something that no phase could report: the run still ends in a state that says so. */
async function endBroken(run: Run, error: unknown): Promise<void> {
  const failure = explain(error);
  run.store.status.error = { message: failureText(run, failure, 'ActionSet') };
  run.log.error({ error: run.mask.apply(messageOf(error)) }, 'the ActionSet ends with an unexpected error');
  const refused = await isRefused(run);
  if (!refused) await removeEverything(run);
  await end(run, 'failed');
  if (refused) await removeEverything(run);
}

/**
 * Stores the claim, where that was not done yet. What the API server refuses for good may be taken later: the run is then gone on with,
 * and needs what it made. What is too large for us fits without its journal.
 */
async function isRefused(run: Run): Promise<boolean> {
  try {
    await run.store.commit();
    return false;
  } catch (error) {
    if (error instanceof Abandoned) throw error;
    return error instanceof Failure && error.reason === 'StatusNotStored';
  }
}

/** `2006-01-02T15:04:05.999999999Z`, trailing zeros dropped, as the original formats `.Time`. */
function nanoseconds(time: Date): string {
  return time.toISOString().replace(/\.?0+Z$/, 'Z');
}
