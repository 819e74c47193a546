import type { ActionSet } from '../api/kanister/types.ts';
import { RETENTION_LABEL } from '../api/kanister/retention.ts';
import { actionSetOf, ownerOfRun, type ActionRun, type Run } from './action-run.ts';
import { beginRun, NotStarted } from './begin-run.ts';
import { cleanUp } from './clean-up.ts';
import { setEnded } from './conditions.ts';
import type { Engine } from './engine.ts';
import { enterError } from './enter-error.ts';
import { explain } from './explain.ts';
import { Failure, messageOf } from './failure.ts';
import { Abandoned, abandonedBy, ObjectGone } from './gate.ts';
import { removeParts } from './journal-parts.ts';
import { removeLateCreates } from './remove-late-creates.ts';
import { endActionSet } from './observed.ts';
import { openRun, type RunSignals } from './open-run.ts';
import type { Place } from './places.ts';
import { completeProgress } from './progress.ts';
import { queueUp } from './queue-up.ts';
import { failureText, postOnActionSet } from './report.ts';
import { resumeRun } from './resume-run.ts';
import { failForNeeds, runAction } from './run-action.ts';
import { stopOutside } from './stop-outside.ts';

/**
 * Runs an ActionSet to its one terminal state, or goes on with a run that another process began. Resolves when that state is
 * stored and told.
 * @throws {Abandoned} when the run now belongs to another process, or its object is gone
 * @throws {NotStarted} to be tried again later
 * @throws {Failure} `JournalNewer`: the run was begun by a later version, and is left to it
 */
export async function runActionSet(actionSet: ActionSet, engine: Engine, signals: RunSignals): Promise<void> {
  const gone = new AbortController();
  const { stop } = signals;
  const cancel = AbortSignal.any([signals.cancel, gone.signal]);
  const start = { since: engine.clock.monotonic(), stop, cancel };
  const queued = await queueUp(actionSet, engine, start);
  try {
    const run = openRun(queued.actionSet, engine, start);
    await runToItsEnd(run, queued.actionSet, queued.place, gone);
  } finally {
    // Handed on to an action, it was given back there.
    queued.place?.release();
  }
}

async function runToItsEnd(
  run: Run,
  actionSet: ActionSet,
  place: Place | undefined,
  gone: AbortController,
): Promise<void> {
  const { engine, stop } = run;
  engine.masks.add(run.mask);
  let actions: ActionRun[] = [];
  try {
    actions = run.resumed ? await resumeRun(run) : await beginRun(run, actionSet);
    const succeeded = await runActions(actions, place, gone);
    await removeLateCreates(run);
    const failed = run.store.status.error.message !== '' || !succeeded;
    await end(run, failed ? 'failed' : 'complete');
  } catch (error) {
    if (error instanceof NotStarted) throw error;
    if (stop.aborted) throw abandonedBy(error);
    try {
      if (error instanceof Abandoned) throw error;
      await endBroken(run, error);
    } catch (reason) {
      if (reason instanceof ObjectGone) {
        await stopEverything(actions, explain(reason));
        await removeEverything(run);
        await removeJournalParts(run);
      }
      throw reason;
    }
  } finally {
    await run.events.drain();
    engine.masks.delete(run.mask);
  }
}

/** All side by side, but for those that need others to succeed first. */
async function runActions(
  actions: ActionRun[],
  place: Place | undefined,
  gone: AbortController,
): Promise<boolean> {
  const ends = new Map(actions.map(({ index }) => [index, Promise.withResolvers<boolean>()]));
  let handed = place;
  const runOne = async (action: ActionRun): Promise<boolean> => {
    const needed = action.journal.needs ?? [];
    const succeeded = await Promise.all(
      needed.map(async (index) => (await ends.get(index)?.promise) ?? false),
    );
    if (succeeded.includes(false)) {
      failForNeeds(action, needed);
      return false;
    }
    const own = handed;
    handed = undefined;
    try {
      await action.place.begin(own);
      const ended = await runAction(action);
      // The others may go on for hours: what this one has done is to be seen now, and not to be done again after a restart.
      if (actions.some(({ journal }) => journal.outcome === undefined)) await action.run.store.commit();
      return ended;
    } finally {
      action.place.end();
    }
  };
  const outcomes = await Promise.allSettled(
    actions.map(async (action) => {
      const own = ends.get(action.index);
      own?.promise.catch(() => undefined);
      try {
        const succeeded = await runOne(action);
        own?.resolve(succeeded);
        return succeeded;
      } catch (error) {
        // Nothing of the other actions can be stored any more either.
        if (error instanceof ObjectGone) gone.abort(error);
        own?.reject(error);
        throw error;
      }
    }),
  );
  const broken = outcomes.find((outcome) => outcome.status === 'rejected');
  if (broken) throw broken.reason;
  return outcomes.every((outcome) => outcome.status === 'fulfilled' && outcome.value);
}

/** The one terminal write. */
async function end(run: Run, state: 'complete' | 'failed'): Promise<void> {
  const { store, engine } = run;
  const { status, journal } = store;
  const now = engine.clock.now();
  const reason = journal.failure ?? 'Failed';
  status.state = state;
  status.completionTime = now.toISOString();
  delete status.progress.runningPhase;
  if (state === 'complete') completeProgress(status, now);
  setEnded(status, { reason, cancelled: reason === 'Cancelled' ? journal.cancelled : undefined }, now);
  try {
    await store.end(journal.retention ? { [RETENTION_LABEL]: 'true' } : {});
  } catch (error) {
    if (error instanceof Failure) postNotStored(run, error);
    throw error;
  }
  run.log.info({ Status: state }, `ActionSet ${state}`);
  endActionSet(run, state === 'complete' ? { outcome: 'complete' } : { outcome: 'failed', reason });
  if (state === 'complete') {
    postOnActionSet(run, 'complete', {
      type: 'Normal',
      reason: 'Update Complete',
      message: `Updated ActionSet '${actionSetOf(run).metadata.name}' Status->complete`,
    });
  }
  await removeJournalParts(run);
}

/** The status can't tell it, so the event is all that people see. */
function postNotStored(run: Run, failure: Failure): void {
  postOnActionSet(run, 'refused', {
    type: 'Warning',
    reason: 'Update Failed',
    message: `Could not update ActionSet: ${failureText(run, failure, 'ActionSet')}`,
  });
}

async function removeJournalParts(run: Run): Promise<void> {
  try {
    await removeParts(run.store.journal, actionSetOf(run), run.engine.client);
  } catch (error) {
    run.log.warn(
      { error: messageOf(error) },
      'parts of the journal could not be removed: they go with the ActionSet',
    );
  }
}

/** What goes on outside of this process is ended, too, when nobody can say any more that it was. @throws {Abandoned} */
async function stopEverything(actions: ActionRun[], failure: Failure): Promise<void> {
  await Promise.all(
    actions.map(async (action) => {
      if (action.journal.phase) await stopOutside(action, action.journal.phase, failure);
    }),
  );
}

/** What a run made goes also when none of its actions can see to it. @throws {Abandoned} */
async function removeEverything(run: Run): Promise<void> {
  const { client, clock } = run.engine;
  const created = run.store.journal.actions.flatMap(({ phase, cleanup }) => [
    ...cleanup,
    ...(phase?.created ?? []),
  ]);
  const owner = ownerOfRun(run);
  await cleanUp(created, false, { client, clock, log: run.log, owner, signal: run.stop });
}

/** Something that no phase could report: the run still ends in a state that says so. */
async function endBroken(run: Run, error: unknown): Promise<void> {
  const failure = explain(error);
  enterError(run, failure, failureText(run, failure, 'ActionSet'));
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
