import type { BlueprintPhase, ObjectReference, PhaseStatus } from '../api/kanister/types.ts';
import { ownerOfRun, type ActionRun } from './action-run.ts';
import type { FunctionDefinition } from './function.ts';
import type { PhaseJournal } from './journal.ts';
import type { StepsOptions } from './steps.ts';

/** A phase as it is to be run. */
export interface PhasePlan {
  phase: BlueprintPhase;
  /** Its place among the action's phases; -1 for the deferPhase. */
  index: number;
  status: PhaseStatus;
  definition: FunctionDefinition;
  /** The phase's objects, rendered when the action was launched. */
  objects: Record<string, ObjectReference>;
}

export function isDeferred(plan: PhasePlan): boolean {
  return plan.index === -1;
}

/** Who the phase's attempt is: names and random values are derived from it. */
export function identityOf(
  { run, index, status }: ActionRun,
  journal: PhaseJournal,
): StepsOptions['identity'] {
  // Phases of an action may share a name, and so may the actions of a set.
  const phase = `${journal.index}/${journal.name}`;
  return { owner: ownerOfRun(run), action: `${index}/${status.name}`, phase, attempt: journal.attempt };
}
