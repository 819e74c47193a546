import type { ActionSet } from '../../src/api/kanister/types.ts';

/** What became of an ActionSet, without times and what else may differ between two runs that did the same. */
export function outcomeOf({ status }: ActionSet): unknown {
  return {
    state: status?.state,
    actions: status?.actions.map(({ phases, deferPhase, artifacts }) => ({
      artifacts,
      phases: [...phases, deferPhase].map(({ name, state, output, failure }) => ({
        name,
        state,
        output,
        reason: failure?.reason,
      })),
    })),
  };
}

/** Whether it failed because nobody knows how far it came. */
export function isUnknown({ status }: ActionSet): boolean {
  const phases = status?.actions.flatMap((action) => [...action.phases, action.deferPhase]) ?? [];
  return phases.some(({ failure }) => failure?.reason === 'OutcomeUnknown' || failure?.reason === 'LogGap');
}
