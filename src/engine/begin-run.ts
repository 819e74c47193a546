import { isDeepStrictEqual } from 'node:util';
import type { ActionSet, ActionStatus } from '../api/kanister/types.ts';
import { neededActions } from '../api/kanister/action-order.ts';
import { validateActionOptions } from '../api/kanister/phase-options.ts';
import { retentionWanted } from '../api/kanister/retention.ts';
import { validateActionSet } from '../api/kanister/validate-action-set.ts';
import { newActionRun, type ActionRun, type Run } from './action-run.ts';
import { setRefused, setRunning } from './conditions.ts';
import { continueFrom } from './continue-from.ts';
import { enterError } from './enter-error.ts';
import { explain } from './explain.ts';
import { Failure, messageOf } from './failure.ts';
import { failLaunch } from './fail-launch.ts';
import { failForeignPhases, isForeign, isStale, NOTHING_MOVED } from './foreign-run.ts';
import { Abandoned } from './gate.ts';
import { NotInitialised, planActions, type PlannedAction } from './initial-status.ts';
import type { ActionJournal, ActionPins } from './journal.ts';
import { endUnstarted } from './observed.ts';
import { refuseLostFields, type OutdatedCrds } from './lost-fields.ts';
import { tellMissingInputs } from './missing-inputs.ts';
import { nanoseconds, readPins, type PinnedObject } from './pin-action.ts';
import { failureText, postActionStarted, postFailure, postOnActionSet, postOnBlueprint } from './report.ts';
import { isTransient } from './transient.ts';

/** The API server could not be asked what the run needs; nothing was written, so it can be tried again from the start. */
export class NotStarted extends Error {
  constructor(cause: unknown) {
    super(messageOf(cause), { cause });
    this.name = 'NotStarted';
  }
}

/**
 * Finds out what is to be run, and pins what it depends on. Nothing is written: that is left to the first phase. An ActionSet that can't
 * be run has no actions to run, and an error in its status.
 * @throws {NotStarted} to be tried again later
 * @throws {Abandoned}
 */
export async function beginRun(run: Run, actionSet: ActionSet): Promise<ActionRun[]> {
  const { store, engine } = run;
  const { status } = store;
  const now = engine.clock.now();
  const isTakenOver = isForeign(actionSet);
  status.startTime = now.toISOString();
  try {
    refuseStatusRemoved(actionSet);
    refuseInvalid(actionSet);
    refuseLostFields('ActionSet', actionSet, engine.outdatedCrds);
    if (isTakenOver && isStale(actionSet, now)) throw failForeignPhases(run, NOTHING_MOVED);
    const needed = neededActions(actionSet.spec ?? {});
    const objects = readObjects(run, actionSet, needed);
    const planned = await planActions(engine.blueprints, actionSet, run.since);
    for (const plan of planned) refuseBlueprint(plan, engine.outdatedCrds);
    const { continueFrom: earlier } = actionSet.spec ?? {};
    if (earlier) await continueFrom(earlier, actionSet, planned, engine.client);
    status.actions = planned.map((plan, index) =>
      // What it continues says more than the status that it got while it was queued.
      earlier ? plan.status : (givenStatus(run, plan, index) ?? plan.status),
    );
    const blueprints = planned.map(({ action }) => action);
    if (retentionWanted(actionSet, blueprints)) store.journal.retention = true;
    tellMissingInputs(run, planned);
    const foreign = isTakenOver ? failForeignPhases(run) : undefined;
    const actions = await pinActions(run, planned, { needed, objects, now });
    status.state = 'running';
    setRunning(status, now);
    if (foreign) {
      for (const { journal } of actions) journal.phasesOver = true;
      reportForeign(run, actions, foreign);
    }
    return actions;
  } catch (error) {
    // Nothing is written yet: a server in trouble is not the ActionSet's fault.
    if (!(error instanceof NotInitialised) && isTransient(error)) throw new NotStarted(error);
    if (error instanceof Abandoned || run.stop.aborted) throw error;
    reportNotStarted(run, actionSet, isTakenOver ? foreignFailure(run, error) : error);
    return [];
  }
}

/** What keeps it from being gone on with matters less than that it was begun. */
function foreignFailure(run: Run, error: unknown): Failure {
  if (error instanceof Failure && error.reason === 'OutcomeUnknown') return error;
  return failForeignPhases(run, messageOf(error));
}

/** `kubectl replace` removes the status; running an ActionSet a second time could do harm. */
function refuseStatusRemoved({ status, metadata }: ActionSet): void {
  if (status || (metadata.generation ?? 1) === 1) return;
  throw new Failure(
    'StatusRemoved',
    'the ActionSet was changed before it was run, or its status was removed',
    { hint: 'Whether its actions ran is unknown. Check, then create a new ActionSet.' },
  );
}

function refuseInvalid({ spec = null, status }: ActionSet): void {
  const [wrong] = validateActionSet({ spec, status: null });
  if (wrong) throw new Failure('InvalidActionSet', wrong.message, { hint: wrong.hint });
  const [given, expected] = [status?.actions?.length ?? 0, spec?.actions?.length ?? 0];
  if (!status || given === expected) return;
  throw new Failure(
    'InvalidActionSet',
    `Number of actions in status actions and spec must match: ${given} and ${expected}: Validation Failed`,
    { hint: 'Create the ActionSet without a status.' },
  );
}

function refuseBlueprint({ spec, blueprint, action }: PlannedAction, outdated: OutdatedCrds): void {
  refuseLostFields('Blueprint', blueprint, outdated);
  const [wrong] = validateActionOptions(action, `actions.${spec.name}`);
  if (!wrong) return;
  throw new Failure('InvalidBlueprint', `Blueprint ${blueprint.metadata.name}: ${wrong.message}`, {
    hint: `${wrong.field}: ${wrong.hint}`,
  });
}

/**
 * A status that came with a new ActionSet is run as given, where it is one of the Blueprint's action. One of which nothing was done is
 * made anew: the Blueprint may have been changed while the ActionSet was queued.
 */
function givenStatus(run: Run, { status, spec }: PlannedAction, index: number): ActionStatus | undefined {
  const given = run.store.status.actions[index];
  if (given === undefined) return undefined;
  const names = (of: ActionStatus) => [...of.phases, of.deferPhase].map(({ name }) => name);
  if (isDeepStrictEqual(names(given), names(status))) return given;
  if ([...given.phases, given.deferPhase].every(({ state }) => state === 'pending' || state === ''))
    return undefined;
  throw new Failure(
    'InvalidActionSet',
    `the status that came with the ActionSet has other phases for action ${spec.name} than its Blueprint: Validation Failed`,
    { hint: 'Create the ActionSet without a status.' },
  );
}

/** While the Blueprints are read. What other actions may still change is not. */
function readObjects(
  { engine }: Run,
  { spec }: ActionSet,
  needed: number[][],
): (Promise<PinnedObject> | undefined)[] {
  return (spec?.actions ?? []).map(({ object }, index) => {
    if (needed[index]?.length) return undefined;
    const read = readPins(engine.client, object);
    // Its failure is met when its turn comes, if it does.
    read.catch(() => undefined);
    return read;
  });
}

interface PinOptions {
  /** By index: those that come before. */
  needed: number[][];
  objects: (Promise<PinnedObject> | undefined)[];
  now: Date;
}

/** An action whose object can't be read is the last one to be launched, as in the original. */
async function pinActions(
  run: Run,
  planned: PlannedAction[],
  { needed, objects, now }: PinOptions,
): Promise<ActionRun[]> {
  const actions: ActionRun[] = [];
  const { store } = run;
  for (const [index, { spec, blueprint, action }] of planned.entries()) {
    const pins: ActionPins = {
      blueprint: action,
      blueprintObject: { name: blueprint.metadata.name, uid: blueprint.metadata.uid ?? '' },
      spec: structuredClone(spec),
      time: nanoseconds(now),
    };
    const status = store.status.actions[index];
    if (status === undefined) throw new Error(`action ${spec.name} has no place in the status`);
    const journal = newActionJournal(pins, status, needed[index] ?? []);
    store.journal.actions[index] = journal;
    const actionRun = newActionRun(run, index, status, journal);
    actions.push(actionRun);
    // What other actions may still change is read when they have ended.
    if (journal.waiting) continue;
    try {
      Object.assign(pins, await objects[index]);
    } catch (error) {
      if (error instanceof Abandoned || run.stop.aborted || isTransient(error)) throw error;
      postActionStarted(actionRun);
      failLaunch(actionRun, explain(error));
      break;
    }
  }
  return actions;
}

function newActionJournal(pins: ActionPins, status: ActionStatus, needs: number[]): ActionJournal {
  const skipped = status.phases.flatMap((phase, index) => (phase.skipped ? [index] : []));
  return {
    pins,
    cleanup: [],
    ...(needs.length > 0 && { needs, waiting: true as const }),
    ...(skipped.length > 0 && { skipped }),
  };
}

function reportForeign(run: Run, actions: ActionRun[], failure: Failure): void {
  const unfinished = actions.filter(({ status }) =>
    [...status.phases, status.deferPhase].some(({ state }) => state !== 'complete' && state !== ''),
  );
  for (const action of unfinished) {
    const text = failureText(run, failure, `action ${action.spec.name}`);
    enterError(run, failure, text);
    postFailure(action, `${action.index}:${action.status.name}:foreign`, 'Failed to execute phase:', text);
  }
}

/** A status that initialisation would have made has no actions then, as in the original; one that was there stays. */
function reportNotStarted(run: Run, actionSet: ActionSet, error: unknown): void {
  const { status } = run.store;
  const notInitialised = error instanceof NotInitialised ? error : undefined;
  const failure = notInitialised ? notInitialised.failure : explain(error);
  const text = failureText(run, failure, notInitialised ? `action ${notInitialised.action}` : 'ActionSet');
  if (!isForeign(actionSet)) status.actions = [];
  run.store.journal.actions = [];
  enterError(run, failure, text);
  setRefused(status, { reason: failure.reason, message: text }, run.engine.clock.now());
  run.log.error({ error: text, reason: failure.reason }, 'the ActionSet could not be started');
  endUnstarted(run, actionSet.spec?.actions ?? [], failure.reason);
  const { reason = 'Error', prefix = 'Could not start ActionSet:' } = notInitialised?.event ?? {};
  const event = { type: 'Warning', reason, message: `${prefix} ${text}` } as const;
  postOnActionSet(run, 'initialisation', event);
  const blueprint = notInitialised?.blueprint;
  if (blueprint) postOnBlueprint(run, blueprint.metadata, 'initialisation', event);
}
