import type { Logger } from 'pino';
import type {
  ActionSet,
  ActionSetStatus,
  ActionSpec,
  ActionStatus,
  BlueprintAction,
} from '../api/kanister/types.ts';
import type { Engine } from './engine.ts';
import type { EventRecorder } from './events.ts';
import type { ActionJournal } from './journal.ts';
import type { Mask } from './mask.ts';
import type { RunOwner } from './ownership.ts';
import type { RunStore } from './run-store.ts';
import { createWorkPlace, type WorkPlace } from './work-place.ts';

/** One run of an ActionSet in this process. */
export interface Run {
  engine: Engine;
  store: RunStore<ActionSetStatus>;
  events: EventRecorder;
  mask: Mask;
  log: Logger;
  /** The process stops, or may no longer act: leave everything as it is. */
  stop: AbortSignal;
  /** The user wants it to end: clean up, run deferPhases, end as failed. */
  cancel: AbortSignal;
  /** Either of them. */
  over: AbortSignal;
  /** When this process knew of its ActionSet, on the monotonic clock. */
  since: number;
  /** Whether an earlier process began it. */
  resumed: boolean;
  /** Until when, by the monotonic clock, what that process has asked for may be carried out. */
  latestRequest: number;
}

/** One action of it. */
export interface ActionRun {
  run: Run;
  index: number;
  spec: ActionSpec;
  blueprint: BlueprintAction;
  status: ActionStatus;
  journal: ActionJournal;
  place: WorkPlace;
}

export function newActionRun(
  run: Run,
  index: number,
  status: ActionStatus,
  journal: ActionJournal,
): ActionRun {
  const { namespace = '', uid = '' } = actionSetOf(run).metadata;
  const { spec, blueprint } = journal.pins;
  const place = createWorkPlace(run.engine.places, { namespace, uid }, run.over);
  return { run, index, spec, blueprint, status, journal, place };
}

export function ownerOfRun(run: Run): RunOwner {
  const { namespace = '', name, uid = '' } = actionSetOf(run).metadata;
  return { namespace, name, uid };
}

/** The ActionSet as it was last seen; its spec is the user's, its status stands in `store.status`. */
export function actionSetOf(run: Run): ActionSet {
  return run.store.object as ActionSet;
}
