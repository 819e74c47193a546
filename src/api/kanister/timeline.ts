import type { JsonObject } from '../../kubernetes/objects.ts';
import type {
  ActionSet,
  ActionStatus,
  Artifact,
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
  /** 0 to 100. */
  percent?: number;
  started?: string;
  completed?: string;
  /** From start to completion, or to now. */
  elapsed?: number;
  /** Why it failed. */
  error?: string;
  /** All phases of all actions, deferPhases included. */
  phaseCount: number;
  completePhaseCount: number;
  /** The position, from 1, and the name of the phase that runs, or that ran last. */
  current?: { position: number; name: string };
  actions: ActionTimeline[];
}

export interface ActionTimeline {
  name: string;
  blueprint: string;
  object: ObjectReference;
  phases: PhaseTimeline[];
  /** Rendered; absent until the ActionSet is complete. */
  artifacts?: Record<string, Artifact>;
}

export interface PhaseTimeline {
  name: string;
  state: State;
  /** Runs whatever became of the phases before it. */
  deferred: boolean;
  percent?: number;
  started?: string;
  completed?: string;
  /** From start to completion, or to now while it runs. */
  elapsed?: number;
  output?: JsonObject;
  failure?: FailureStatus;
}

export function actionSetTimeline(actionSet: ActionSet, now: Date): ActionSetTimeline {
  const { metadata, status } = actionSet;
  const actions = (status?.actions ?? []).map((action) => actionTimeline(action, status?.state ?? '', now));
  const phases = actions.flatMap((action) => action.phases);
  const state: State | '' = status?.state ?? '';
  const finished = state === 'complete' || state === 'failed';
  const started = status?.startTime ?? earliest(phases.map((phase) => phase.started));
  return defined({
    name: metadata.name,
    namespace: metadata.namespace ?? '',
    created: metadata.creationTimestamp ?? undefined,
    state,
    finished,
    percent: percentOf(status?.progress?.percentCompleted),
    started,
    completed: status?.completionTime,
    elapsed: elapsed(started, status?.completionTime, finished ? undefined : now),
    error: status?.error?.message || undefined,
    phaseCount: phases.length,
    completePhaseCount: phases.filter((phase) => phase.state === 'complete').length,
    // The original leaves a deferPhase there when it has failed.
    current: currentPhase(phases, finished ? undefined : status?.progress?.runningPhase),
    actions,
  });
}

function actionTimeline(action: ActionStatus, state: State | '', now: Date): ActionTimeline {
  const { name, blueprint, object, artifacts, deferPhase } = action;
  const phases = (action.phases ?? []).map((phase) => phaseTimeline(phase, false, now));
  // An action without deferPhase has one without a name in its status.
  const deferred = deferPhase?.name ? [phaseTimeline(deferPhase, true, now)] : [];
  return defined({
    name,
    blueprint,
    object,
    phases: [...phases, ...deferred],
    artifacts: state === 'complete' ? artifacts : undefined,
  });
}

function phaseTimeline(phase: PhaseStatus, deferred: boolean, now: Date): PhaseTimeline {
  const { name, state, progress, startTime, output, failure } = phase;
  const over = state === 'complete' || state === 'failed';
  // The original keeps no times but that of the last change of progress.
  const completed = phase.completionTime ?? (over && !startTime ? progress?.lastTransitionTime : undefined);
  return defined({
    name,
    state: state || 'pending',
    deferred,
    percent: percentOf(progress?.progressPercent),
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
  return phase && { position: index + 1, name: phase.name };
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
