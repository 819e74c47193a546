import type { ActionSet, ActionSetStatus } from '../api/kanister/types.ts';
import { ACTION_SETS } from '../api/kanister/types.ts';
import type { Run } from './action-run.ts';
import type { Engine } from './engine.ts';
import { Failure } from './failure.ts';
import { newStatus } from './initial-status.ts';
import { decodeJournal, JOURNAL_VERSION, newJournal, type Journal } from './journal.ts';
import { latestRequest, markLateRequests } from './late-requests.ts';
import { Mask } from './mask.ts';
import { RunStore } from './run-store.ts';

export interface RunSignals {
  /** The process stops, or may no longer act: leave everything as it is. */
  stop: AbortSignal;
  /** The user wants the run to end; the reason is a Failure. */
  cancel: AbortSignal;
}

export interface RunStart extends RunSignals {
  /** When this process came to know the ActionSet, on its monotonic clock. */
  since: number;
}

/**
 * The run of an ActionSet in this process: a new one, or one that goes on from the journal of another process.
 * @throws {Failure} `JournalNewer`
 */
export function openRun(actionSet: ActionSet, engine: Engine, { since, stop, cancel }: RunStart): Run {
  const { client, clock } = engine;
  const found = readJournal(actionSet);
  const journal = found ?? newJournal(engine.holder, engine.randomness.id, clock.now());
  // claim: a higher epoch than that of whoever began it; storing it is the first thing that a resumed run does.
  const takenFrom = found?.claim;
  if (takenFrom) journal.claim = { epoch: takenFrom.epoch + 1, holder: engine.holder, sequence: 0 };
  const status = completeStatus(structuredClone(actionSet.status ?? newStatus([])));
  const store = new RunStore<ActionSetStatus>(actionSet, status, journal, {
    client,
    clock,
    type: ACTION_SETS,
    signal: stop,
    finalizer: engine.finalizers,
    ...(takenFrom === undefined ? {} : { takenFrom }),
  });
  journal.version = JOURNAL_VERSION;
  if (found) markLateRequests(found);
  const labels = Object.entries(actionSet.metadata.labels ?? {}).filter(([key]) =>
    key.startsWith('kanister.io/'),
  );
  const toEnd = remembered(journal, cancel);
  return {
    engine,
    store,
    events: engine.events(),
    mask: new Mask(),
    log: engine.log.child({ ActionSet: actionSet.metadata.name, ...Object.fromEntries(labels) }),
    stop,
    cancel: toEnd,
    over: AbortSignal.any([stop, toEnd]),
    since,
    resumed: found !== undefined,
    latestRequest: latestRequest(clock.monotonic()),
  };
}

/** A cancel that stands in the journal holds, also when the wish was taken back. */
function remembered({ cancelled }: Journal, cancel: AbortSignal): AbortSignal {
  return cancelled === undefined ? cancel : AbortSignal.abort(new Failure('Cancelled', cancelled));
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
