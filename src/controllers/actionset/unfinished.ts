import type { ActionSet } from '../../api/kanister/types.ts';
import type { ListSelection } from '../../kubernetes/list-selected.ts';

/** The ActionSets that have not ended. Those that have are many, and need nothing. */
export const UNFINISHED: ListSelection<ActionSet> = {
  fieldSelector: 'status.state!=complete,status.state!=failed',
  matches: ({ status }) => isUnfinished(status?.state),
  // A printer column of the original's CRD as well.
  column: { name: 'State', matches: isUnfinished },
};

function isUnfinished(state: unknown): boolean {
  return state !== 'complete' && state !== 'failed';
}
