import type { ActionSet, BlueprintAction, HistoryLimits, ObjectReference, State } from './types.ts';

/**
 * On finished ActionSets that may be deleted one day, so that a list finds them among all that are kept for ever: set by the write
 * that ends the run. Without it none is ever deleted, whatever its spec says later.
 */
export const RETENTION_LABEL = 'cr.kanister.io/retention';
export const RETENTION_SELECTOR = `${RETENTION_LABEL}=true`;

/** Whether an ActionSet that ends now is to bear the label. `actions`: the Blueprints' actions that it ran. */
export function retentionWanted({ spec }: ActionSet, actions: readonly BlueprintAction[]): boolean {
  return spec?.ttlSecondsAfterFinished !== undefined || actions.some(({ history }) => Boolean(history));
}

/** Undefined before its end. */
export function outcomeOf({ status }: Pick<ActionSet, 'status'>): Outcome | undefined {
  return OUTCOMES[status?.state ?? 'pending'];
}

type Outcome = 'successful' | 'failed';

/** One that was cancelled has failed. */
const OUTCOMES: Record<State, Outcome | undefined> = {
  pending: undefined,
  running: undefined,
  complete: 'successful',
  failed: 'failed',
};

/** When it ended. Undefined where that is unknown, as for those that the original ran. */
export function completedAt({ status }: Pick<ActionSet, 'status'>): Date | undefined {
  return validDate(Date.parse(status?.completionTime ?? ''));
}

/**
 * Whether it is the only record of what its actions made. Templates that a failed action has left unrendered count, too: phases before
 * the one that failed may have made what they speak of.
 */
export function hasOutputArtifacts({ status }: Pick<ActionSet, 'status'>): boolean {
  return (status?.actions ?? []).some(({ artifacts }) => Object.keys(artifacts ?? {}).length > 0);
}

/** From when on a finished ActionSet is to be deleted. Undefined: never. */
export function expiresAt(actionSet: ActionSet): Date | undefined {
  const { ttlSecondsAfterFinished: seconds, includeArtifacts = false } = actionSet.spec ?? {};
  const completed = completedAt(actionSet);
  if (typeof seconds !== 'number' || !completed || outcomeOf(actionSet) === undefined) return undefined;
  if (hasOutputArtifacts(actionSet) && !includeArtifacts) return undefined;
  return validDate(completed.getTime() + seconds * 1_000);
}

/** ActionSets that are counted together: of one namespace, Blueprint, action, object and outcome. */
export interface HistoryGroup {
  /** Unlike that of every other group. */
  key: string;
  blueprint: string;
  action: string;
  outcome: Outcome;
}

/** The groups that a finished ActionSet belongs to, each once; none before its end. */
export function historyGroups(actionSet: ActionSet): HistoryGroup[] {
  const outcome = outcomeOf(actionSet);
  if (outcome === undefined) return [];
  const { spec, status, metadata } = actionSet;
  // One that could not be started has no actions in its status.
  const actions = status?.actions?.length ? status.actions : (spec?.actions ?? []);
  const groups = actions.map(({ name: action, blueprint = '', object }): HistoryGroup => {
    const key = JSON.stringify([metadata.namespace ?? '', blueprint, action, outcome, ...identity(object)]);
    return { key, blueprint, action, outcome };
  });
  return [...new Map(groups.map((group) => [group.key, group])).values()];
}

/** How many of a group are kept; undefined: all. What is no limit keeps all. */
export function limitOf(history: HistoryLimits, { outcome }: HistoryGroup): number | undefined {
  const limit = history[outcome];
  return typeof limit === 'number' && Number.isInteger(limit) && limit >= 0 ? limit : undefined;
}

/** Kinds are written in either case, and versions come and go. */
function identity(object: ObjectReference | undefined): string[] {
  const { group = '', resource = '', kind = '', namespace = '', name = '' } = object ?? {};
  return [group, resource, kind.toLowerCase(), namespace, name];
}

/** Undefined for what no calendar holds. */
function validDate(milliseconds: number): Date | undefined {
  const date = new Date(milliseconds);
  return Number.isNaN(date.getTime()) ? undefined : date;
}
