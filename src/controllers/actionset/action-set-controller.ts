import type { Logger } from 'pino';
import { CANCEL_ANNOTATION, CANCEL_WITHOUT_REASON } from '../../api/kanister/cancel.ts';
import { ACTION_SETS, type ActionSet } from '../../api/kanister/types.ts';
import type { Engine } from '../../engine/engine.ts';
import { Failure, messageOf } from '../../engine/failure.ts';
import { Abandoned, ObjectGone, Outdated } from '../../engine/gate.ts';
import { JOURNAL_ANNOTATION } from '../../engine/journal.ts';
import { NotStarted } from '../../engine/begin-run.ts';
import { runActionSet } from '../../engine/run-action-set.ts';
import { FINALIZER } from '../../engine/run-store.ts';
import { isNotFound } from '../../kubernetes/api-error.ts';
import { WORK_ENDED } from '../../kubernetes/work-ended.ts';
import type { WatchedObjects } from '../watched-objects.ts';

/** Milliseconds that a `running` ActionSet of another program must stand still before it is taken for lost. */
const FOREIGN_PATIENCE = 120_000;

/**
 * Milliseconds before an ActionSet that another process claimed is looked at again; doubled each time, because two processes that
 * take it from each other must not keep it from coming to its end.
 */
const CLAIMED_PATIENCE = 15_000;
const LAST_CLAIMED_PATIENCE = 30 * 60_000;

const FIRST_RETRY = 500;
const LAST_RETRY = 30_000;

export interface ActionSetControllerOptions {
  engine: Engine;
  log: Logger;
  /** The process stops, or may no longer act. */
  stop: AbortSignal;
  /** Told of every ActionSet that is seen finished; may be told again. */
  ended(actionSet: ActionSet): void;
}

interface ActiveRun {
  cancel: AbortController;
  ended: Promise<void>;
  /** Aborted when its end, or its disappearance, was seen. */
  over: AbortController;
}

/** Decides which ActionSets are to be run, gone on with or cancelled; keeps one run per object, by UID. */
export interface ActionSetController extends WatchedObjects<ActionSet> {
  /** Resolves when every run of this process has ended. */
  settled(): Promise<void>;
}

export function createActionSetController({
  engine,
  log,
  stop,
  ended: onEnded,
}: ActionSetControllerOptions): ActionSetController {
  const active = new Map<string, ActiveRun>();
  /** Ended here, but not yet seen as ended: a late event with an older state must not begin them again. */
  const ended = new Set<string>();
  /** The state in which a foreign running ActionSet was last seen, and the timer that waits for it. */
  const foreign = new Map<string, { resourceVersion: string; waiting: AbortController }>();

  const consider = (actionSet: ActionSet) => {
    const uid = actionSet.metadata.uid ?? '';
    const running = active.get(uid);
    if (isEnded(actionSet)) onEnded(actionSet);
    if (running) {
      if (isEnded(actionSet)) running.over.abort(WORK_ENDED);
      cancelIfWanted(actionSet, running);
      return;
    }
    if (isEnded(actionSet)) {
      ended.delete(uid);
      forgetForeign(uid);
      return;
    }
    if (ended.has(uid) || stop.aborted) return;
    if (isLeaving(actionSet)) return;
    if (isForeign(actionSet)) {
      awaitForeign(actionSet, uid);
      return;
    }
    forgetForeign(uid);
    begin(actionSet, uid);
  };

  const begin = (actionSet: ActionSet, uid: string) => {
    const run: ActiveRun = {
      cancel: new AbortController(),
      over: new AbortController(),
      ended: Promise.resolve(),
    };
    const { over } = run;
    cancelIfWanted(actionSet, run);
    active.set(uid, run);
    run.ended = runToItsEnd(actionSet, uid, run)
      .then((hasEnded) => {
        if (hasEnded && !over.signal.aborted) ended.add(uid);
      })
      .finally(() => active.delete(uid));
  };

  /** Whether it was ended here. Never rejects: whatever goes wrong is in the ActionSet's status, or in the log. */
  const runToItsEnd = async (
    first: ActionSet,
    uid: string,
    { cancel, over }: ActiveRun,
  ): Promise<boolean> => {
    let actionSet: ActionSet | undefined = first;
    let takenAway = 0;
    for (let delay = FIRST_RETRY; actionSet && !stop.aborted; delay = Math.min(delay * 2, LAST_RETRY)) {
      try {
        await runActionSet(actionSet, engine, { stop, cancel: cancel.signal });
        return true;
      } catch (error) {
        if (error instanceof Abandoned && !(error instanceof Outdated)) takenAway += 1;
        const wait = patienceWith(error, delay, takenAway, actionSet);
        if (wait === undefined) return false;
        await engine.clock.sleep(wait, AbortSignal.any([stop, over.signal])).catch(() => undefined);
        if (over.signal.aborted) return false;
        actionSet = await readAgain(actionSet, uid);
      }
    }
    return false;
  };

  /** Milliseconds until the ActionSet is looked at again; undefined: it is no longer ours to run. */
  const patienceWith = (
    error: unknown,
    delay: number,
    takenAway: number,
    actionSet: ActionSet,
  ): number | undefined => {
    const about = { ActionSet: actionSet.metadata.name, error: messageOf(error) };
    if (stop.aborted) return undefined;
    if (error instanceof NotStarted) {
      log.warn(about, 'the ActionSet could not be started yet, trying again');
      return delay;
    }
    if (error instanceof ObjectGone) {
      log.warn(about, 'the ActionSet is gone, and what its run made was removed');
      return undefined;
    }
    if (error instanceof Outdated) return delay;
    if (error instanceof Abandoned) {
      log.info(about, 'the run of the ActionSet was given up');
      return Math.min(CLAIMED_PATIENCE * 2 ** (takenAway - 1), LAST_CLAIMED_PATIENCE);
    }
    if (error instanceof Failure && error.reason === 'JournalNewer') {
      log.warn(about, 'the ActionSet is left to a later version of the operator');
      return undefined;
    }
    log.error(about, 'running the ActionSet failed unexpectedly');
    return LAST_RETRY;
  };

  /** The ActionSet as it is now, where it is still the same and still unfinished. */
  const readAgain = async (actionSet: ActionSet, uid: string): Promise<ActionSet | undefined> => {
    if (stop.aborted) return undefined;
    const { name, namespace = '' } = actionSet.metadata;
    try {
      const found = await engine.client.get<ActionSet>(ACTION_SETS, { name, namespace });
      return found.metadata.uid === uid && !isEnded(found) && !isLeaving(found) ? found : undefined;
    } catch (error) {
      // Nothing better is known than what was known before.
      return isNotFound(error) ? undefined : actionSet;
    }
  };

  const awaitForeign = (actionSet: ActionSet, uid: string) => {
    const resourceVersion = actionSet.metadata.resourceVersion ?? '';
    if (foreign.get(uid)?.resourceVersion === resourceVersion) return;
    forgetForeign(uid);
    const waiting = new AbortController();
    foreign.set(uid, { resourceVersion, waiting });
    engine.clock.sleep(FOREIGN_PATIENCE, AbortSignal.any([stop, waiting.signal])).then(
      () => {
        foreign.delete(uid);
        begin(actionSet, uid);
      },
      () => undefined,
    );
  };

  const forgetForeign = (uid: string) => {
    foreign.get(uid)?.waiting.abort(WORK_ENDED);
    foreign.delete(uid);
  };

  return {
    type: ACTION_SETS,
    seen: consider,
    gone(actionSet) {
      const uid = actionSet.metadata.uid ?? '';
      const running = active.get(uid);
      if (running) {
        running.over.abort(WORK_ENDED);
        // Somebody took its finalizer away: what it does can't be stored any more.
        running.cancel.abort(deleted());
      }
      ended.delete(uid);
      forgetForeign(uid);
    },
    async settled() {
      await Promise.all([...active.values()].map((run) => run.ended));
    },
  };
}

/** Deleting an ActionSet cancels it as well. */
function cancelIfWanted({ metadata }: ActionSet, { cancel }: ActiveRun): void {
  if (metadata.deletionTimestamp !== undefined) return cancel.abort(deleted());
  const wish = metadata.annotations?.[CANCEL_ANNOTATION];
  if (wish !== undefined) cancel.abort(cancelled(wish));
}

function isEnded({ status }: ActionSet): boolean {
  return status?.state === 'complete' || status?.state === 'failed';
}

/** Running, but not by a program that keeps a journal. */
function isForeign({ status, metadata }: ActionSet): boolean {
  return status?.state === 'running' && metadata.annotations?.[JOURNAL_ANNOTATION] === undefined;
}

/** On its way out, and not held by a run: there is nothing to end. */
function isLeaving({ metadata }: ActionSet): boolean {
  return metadata.deletionTimestamp !== undefined && !(metadata.finalizers?.includes(FINALIZER) ?? false);
}

function deleted(): Failure {
  return new Failure('Cancelled', 'Cancelled: the ActionSet was deleted while it ran', { hint: PUT_AWAY });
}

function cancelled(wish: string): Failure {
  const why = wish === CANCEL_WITHOUT_REASON || wish === '' ? 'somebody asked for it' : wish;
  return new Failure('Cancelled', `Cancelled: ${why}`, { hint: PUT_AWAY });
}

const PUT_AWAY = 'Its deferPhase was run where a phase had begun, and what it made was removed.';
