import { outcomeOf } from '../api/kanister/retention.ts';
import type { ActionSet } from '../api/kanister/types.ts';
import { JOURNAL_ANNOTATION } from '../engine/journal.ts';
import { FINALIZER } from '../engine/run-store.ts';

/** Whether it has finished, and nothing of a run is left on it: the write of the outcome takes both away. */
export function isRunOver(actionSet: ActionSet): boolean {
  const { annotations, finalizers } = actionSet.metadata;
  return (
    outcomeOf(actionSet) !== undefined &&
    annotations?.[JOURNAL_ANNOTATION] === undefined &&
    !(finalizers ?? []).includes(FINALIZER)
  );
}
