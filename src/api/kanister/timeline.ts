import type { JsonObject } from '../../kubernetes/objects.ts';
import { neededActions } from './action-order.ts';
import { CANCEL_ANNOTATION } from './cancel.ts';
import { expiresAt } from './retention.ts';
import { transferOf, type Transfer } from './transfer.ts';
import type {
  ActionSet,
  ActionSetStatus,
  ActionStatus,
  Artifact,
  Condition,
  FailureStatus,
  ObjectReference,
  PhaseStatus,
  State,
} from './types.ts';

/** What there is to show of an ActionSet: the read model of `kanctl` and of a dashboard. Times are RFC 3339, durations milliseconds. */
export interface ActionSetTimeline {
  name: string;
  namespace: string;
  created?: string;
  /** Empty before an operator has taken the ActionSet up. */
  state: State | '';
  finished: boolean;
  /** It is `failed` because somebody asked for that. */
  cancelled?: true;
  /** Why it is to end, while it has not yet. */
  cancelling?: string;
  /** 0 to 100. */
  percent?: number;
  started?: string;
  completed?: string;
  /** From start to completion, or to now. */
  elapsed?: number;
  /** When it is deleted, where that is known. */
  expires?: string;
  /** Why it failed. */
  error?: string;
  /** The failed ActionSet whose complete phases are not run again. */
  continueFrom?: string;
  conditions?: Condition[];
  transfer?: Transfer;
  /** All phases of all actions, deferPhases included. */
  phaseCount: number;
  completePhaseCount: number;
  /** The position, from 1, and the name of the phase that runs, or that ran last. */
  current?: { position: number; name: string; attempts?: number };
  actions: ActionTimeline[];
}

export interface ActionTimeline {
  name: string;
  blueprint: string;
  object: ObjectReference;
  state: State;
  /** Names of the actions that have to succeed before it begins. */
  waitsFor?: string[];
  phases: PhaseTimeline[];
  /** Rendered; absent until the ActionSet is complete. */
  artifacts?: Record<string, Artifact>;
}

export interface PhaseTimeline {
  name: string;
  state: State;
  /** Runs whatever became of the phases before it. */
  deferred: boolean;
  /** It is `complete`, and never ran, because its condition did not hold. */
  skipped?: true;
  /** How often it was begun. */
  attempts?: number;
  percent?: number;
  transfer?: Transfer;
  started?: string;
  completed?: string;
  /** From start to completion, or to now while it runs. */
  elapsed?: number;
  output?: JsonObject;
  failure?: FailureStatus;
}

export function actionSetTimeline(actionSet: ActionSet, now: Date): ActionSetTimeline {
  const { metadata, spec, status } = actionSet;
  const state: State | '' = status?.state ?? '';
  const finished = state === 'complete' || state === 'failed';
  const actions = actionTimelines(actionSet, { finished, now });
  const phases = actions.flatMap((action) => action.phases);
  const started = status?.startTime ?? earliest(phases.map((phase) => phase.started));
  return defined({
    name: metadata.name,
    namespace: metadata.namespace ?? '',
    created: metadata.creationTimestamp ?? undefined,
    state,
    finished,
    cancelled: state === 'failed' && wasCancelled(status) ? (true as const) : undefined,
    cancelling: finished ? undefined : reasonToEnd(actionSet),
    percent: percentOf(status?.progress?.percentCompleted),
    started,
    completed: status?.completionTime,
    elapsed: elapsed(started, status?.completionTime, finished ? undefined : now),
    expires: expiresAt(actionSet)?.toISOString(),
    error: status?.error?.message || undefined,
    continueFrom: spec?.continueFrom,
    conditions: status?.conditions,
    transfer: transferOf(status?.progress),
    phaseCount: phases.length,
    completePhaseCount: phases.filter((phase) => phase.state === 'complete').length,
    // The original leaves a deferPhase there when it has failed.
    current: currentPhase(phases, finished ? undefined : status?.progress?.runningPhase),
    actions,
  });
}

/** CRDs of the original drop conditions; the message's beginning is there all the same. */
function wasCancelled(status: ActionSetStatus | null | undefined): boolean {
  return status?.conditions
    ? status.conditions.some(({ type, status: holds }) => type === 'Cancelled' && holds === 'True')
    : (status?.error?.message.startsWith('Cancelled') ?? false);
}

function reasonToEnd({ metadata }: ActionSet): string | undefined {
  if (metadata.deletionTimestamp !== undefined) return 'it is being deleted';
  return metadata.annotations?.[CANCEL_ANNOTATION];
}

function actionTimelines(
  { spec, status }: ActionSet,
  { finished, now }: { finished: boolean; now: Date },
): ActionTimeline[] {
  const timelines = (status?.actions ?? []).map((action) => actionTimeline(action, status?.state ?? '', now));
  if (finished || !spec) return timelines;
  const needed = neededActions(spec);
  return timelines.map((timeline, index) => {
    const waitsFor = (needed[index] ?? []).flatMap((other) => {
      const before = timelines[other];
      return before && before.state !== 'complete' ? before.name : [];
    });
    return timeline.state === 'pending' && waitsFor.length > 0
      ? { ...timeline, waitsFor: [...new Set(waitsFor)] }
      : timeline;
  });
}

function actionTimeline(action: ActionStatus, setState: State | '', now: Date): ActionTimeline {
  const { name, blueprint, object, artifacts, deferPhase } = action;
  const ordinary = (action.phases ?? []).map((phase) => phaseTimeline(phase, false, now));
  // An action without deferPhase has one without a name in its status.
  const deferred = deferPhase?.name ? [phaseTimeline(deferPhase, true, now)] : [];
  const phases = [...ordinary, ...deferred];
  return defined({
    name,
    blueprint,
    object,
    state: setState === 'complete' ? setState : stateOfAction(phases),
    phases,
    artifacts: setState === 'complete' ? artifacts : undefined,
  });
}

function stateOfAction(phases: PhaseTimeline[]): State {
  if (phases.some(({ state }) => state === 'failed')) return 'failed';
  if (phases.every(({ state }) => state === 'pending')) return 'pending';
  return phases.every(({ state }) => state === 'complete') ? 'complete' : 'running';
}

function phaseTimeline(phase: PhaseStatus, deferred: boolean, now: Date): PhaseTimeline {
  const { name, state, progress, skipped, attempts, startTime, output, failure } = phase;
  const over = state === 'complete' || state === 'failed';
  // The original keeps no times but that of the last change of progress.
  const completed = phase.completionTime ?? (over && !startTime ? progress?.lastTransitionTime : undefined);
  return defined({
    name,
    state: state || 'pending',
    deferred,
    skipped,
    attempts,
    percent: percentOf(progress?.progressPercent),
    transfer: transferOf(progress),
    started: startTime,
    completed,
    elapsed: elapsed(startTime, completed, over ? undefined : now),
    output: output && Object.keys(output).length > 0 ? output : undefined,
    failure,
  });
}

function currentPhase(phases: PhaseTimeline[], running: string | undefined): ActionSetTimeline['current'] {
  const named = running ? phases.findIndex(({ name }) => name === running) : -1;
  const index = named >= 0 ? named : phases.findLastIndex(({ state }) => state !== 'pending');
  const phase = phases[index];
  return phase && defined({ position: index + 1, name: phase.name, attempts: phase.attempts });
}

function percentOf(text: string | undefined): number | undefined {
  const percent = text === undefined || text === '' ? Number.NaN : Number(text);
  return Number.isFinite(percent) ? Math.min(100, Math.max(0, percent)) : undefined;
}

function elapsed(
  from: string | undefined,
  to: string | undefined,
  now: Date | undefined,
): number | undefined {
  const end = to === undefined ? now?.getTime() : Date.parse(to);
  if (from === undefined || end === undefined) return undefined;
  // The operator's clock and ours differ.
  const milliseconds = Math.max(0, end - Date.parse(from));
  return Number.isNaN(milliseconds) ? undefined : milliseconds;
}

function earliest(times: (string | undefined)[]): string | undefined {
  return times.filter((time) => time !== undefined).toSorted((a, b) => Date.parse(a) - Date.parse(b))[0];
}

type Defined<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};

/** Without the properties that are undefined, so that JSON and equality see only what is known. */
function defined<T extends object>(value: T): Defined<T> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- exactly the undefined properties are gone
  return Object.fromEntries(
    Object.entries(value).filter(([, property]) => property !== undefined),
  ) as Defined<T>;
}
