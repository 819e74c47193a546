import type { ActionSet, PhaseStatus } from '../api/kanister/types.ts';
import type { Run } from './action-run.ts';
import { Failure } from './failure.ts';
import { failureStatus } from './report.ts';

/** Milliseconds: what stood still for longer is not gone on with, because the world has moved on. */
const STALE = 60 * 60_000;

/** Whether an ActionSet says that it runs, and no program that keeps a journal runs it. Asked of one without a journal. */
export function isForeign({ status }: ActionSet): boolean {
  return status?.state === 'running';
}

/** Whether its last sign of life is too old for its deferPhase to be run. */
export function isStale(actionSet: ActionSet, now: Date): boolean {
  const { status, metadata } = actionSet;
  const transitions = [
    status?.progress?.lastTransitionTime,
    ...(status?.actions ?? []).flatMap(({ phases }) =>
      (phases ?? []).map(({ progress }) => progress?.lastTransitionTime),
    ),
  ].filter((time) => time !== undefined);
  // One whose first phase was running had none yet.
  const times = transitions.length > 0 ? transitions : [metadata.creationTimestamp ?? ''];
  return now.getTime() - Math.max(...times.map((time) => Date.parse(time))) > STALE;
}

/**
 * Fails the phases that the other program had in flight: what they did is unknown. The deferPhase has no state of its own while the
 * original runs it, but is named as the running phase then.
 * @param notDeferred why its deferPhase is not run; absent: it is
 */
export function failForeignPhases(run: Run, notDeferred?: string): Failure {
  const { status } = run.store;
  const failure = interrupted(run.store.object.metadata?.name ?? '', notDeferred);
  const running = status.progress.runningPhase;
  for (const action of status.actions) {
    for (const phase of action.phases) if (phase.state === 'running') fail(run, phase, failure);
    const { deferPhase } = action;
    if (deferPhase.state === 'pending' && running !== undefined && deferPhase.name === running)
      fail(run, deferPhase, failure);
  }
  return failure;
}

export const NOTHING_MOVED = 'nothing has moved for over an hour';

function fail(run: Run, phase: PhaseStatus, failure: Failure): void {
  phase.state = 'failed';
  phase.completionTime = run.engine.clock.now().toISOString();
  phase.failure = failureStatus(run, failure);
}

function interrupted(name: string, notDeferred: string | undefined): Failure {
  const deferred =
    notDeferred === undefined ? 'Its deferPhase was run.' : `Its deferPhase was not run: ${notDeferred}.`;
  return new Failure(
    'OutcomeUnknown',
    'the ActionSet was begun by another operator, which left no record to go on from',
    {
      hint:
        `${deferred} Check what its running phase has done. An ActionSet with spec.continueFrom: ${name} goes on at the failed phase, ` +
        'and runs the deferPhase at its end.',
    },
  );
}
