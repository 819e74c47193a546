import { actions } from './cases/actions.ts';
import { builtins } from './cases/builtins.ts';
import { literals } from './cases/literals.ts';
import { parameters } from './cases/parameters.ts';
import { sprigAreas } from './cases/sprig/index.ts';
import { verbs } from './cases/verbs.ts';
import type { CaseGroup } from './oracle-case.ts';

/** All cases, by the name of the golden file that holds Go's answers to them. */
export const areas: Record<string, readonly CaseGroup[]> = {
  actions,
  builtins,
  literals,
  parameters,
  verbs,
  ...sprigAreas,
};
