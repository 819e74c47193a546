import type { ActionSpec } from '../api/kanister/types.ts';
import type { ActionRun, Run } from './action-run.ts';
import { ownerOfRun } from './action-run.ts';
import type { PhaseJournal } from './journal.ts';
import type { ObservedAction, ObservedPhase, Outcome } from './observer.ts';
import type { PhasePlan } from './phase-plan.ts';

/** Enters the end of an action into the journal, and tells it. */
export function endAction(action: ActionRun, outcome: Outcome): void {
  const { run, journal } = action;
  journal.outcome = outcome.outcome === 'failed' ? 'failed' : 'complete';
  const { observer, clock } = run.engine;
  const start = new Date(journal.pins.time);
  observer.actionEnded({ ...observedAction(action), start, end: clock.now(), ...outcome });
}

/** Tells the end of actions that never began, because their ActionSet could not be started. */
export function endUnstarted(run: Run, actions: readonly ActionSpec[], reason: string): void {
  const { observer, clock } = run.engine;
  const now = clock.now();
  for (const [index, { name, blueprint = '' }] of actions.entries()) {
    const observed = { actionSet: ownerOfRun(run), index, blueprint, action: name };
    observer.actionEnded({ ...observed, start: now, end: now, outcome: 'failed', reason });
  }
}

export function endActionSet(run: Run, outcome: Outcome): void {
  const { observer, clock } = run.engine;
  const { startedAt, actions } = run.store.journal;
  const end = clock.now();
  const start = startedAt ?? actions[0]?.pins.time;
  observer.actionSetEnded({
    ...ownerOfRun(run),
    start: start === undefined ? end : new Date(start),
    end,
    ...outcome,
  });
}

/** A phase with all its attempts. */
export function endPhase(
  action: ActionRun,
  plan: PhasePlan,
  journal: PhaseJournal | undefined,
  outcome: Outcome,
): void {
  const { observer, clock } = action.run.engine;
  const end = clock.now();
  const { sizeUploadedB = 0, sizeDownloadedB = 0 } = plan.status.progress;
  const bytes = sizeUploadedB + sizeDownloadedB;
  observer.phaseEnded({
    ...observedPhase(action, plan),
    start: journal ? new Date(journal.begunAt ?? journal.startedAt) : end,
    end,
    attempts: journal?.attempt ?? 0,
    ...(bytes > 0 && { bytes }),
    ...outcome,
  });
}

export function observedPhase(action: ActionRun, plan: PhasePlan): ObservedPhase {
  return {
    ...observedAction(action),
    position: plan.index,
    phase: plan.phase.name,
    function: plan.definition.name,
  };
}

function observedAction({ run, index, spec }: ActionRun): ObservedAction {
  return {
    actionSet: ownerOfRun(run),
    index,
    blueprint: spec.blueprint ?? '',
    action: spec.name,
  };
}
