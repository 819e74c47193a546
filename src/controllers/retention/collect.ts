import { expiresAt, outcomeOf, RETENTION_LABEL } from '../../api/kanister/retention.ts';
import { ACTION_SETS, type ActionSet } from '../../api/kanister/types.ts';
import { isConflict, isNotFound } from '../../kubernetes/api-error.ts';
import type { KubernetesClient } from '../../kubernetes/client.ts';
import { getIfThere } from '../../kubernetes/get-if-there.ts';
import { isRunOver } from '../is-run-over.ts';
import type { FinishedActionSet } from './history.ts';

/** Why an ActionSet may be deleted: its time is over, or there are enough newer ones. */
export type Due = FinishedActionSet & { why: 'expired' | 'beyondHistory' };

/** `needed`: an unfinished ActionSet is to continue from it. `kept`: it is no longer what it was, or no longer due. */
export type Collected = 'deleted' | 'gone' | 'kept' | 'needed';

export interface CollectOptions {
  client: KubernetesClient;
  now: () => Date;
  /** Names of the ActionSets of its namespace from which unfinished ones continue. */
  continuedFrom: () => Promise<Set<string>>;
  signal: AbortSignal;
}

/** Deletes an ActionSet as it is now, if that is still due: one that changes meanwhile is looked at again. */
export async function collect(due: Due, options: CollectOptions): Promise<Collected> {
  const { client, now, continuedFrom, signal } = options;
  const { name, namespace } = due;
  for (;;) {
    const found = await getIfThere<ActionSet>(client, ACTION_SETS, { name, namespace }, signal);
    if (!found || found.metadata.uid !== due.uid) return 'gone';
    if (!isCollectable(found) || (due.why === 'expired' && !hasExpired(found, now()))) return 'kept';
    // Only what has failed can be continued.
    if (outcomeOf(found) === 'failed' && (await continuedFrom()).has(name)) return 'needed';
    const { uid, resourceVersion = '' } = found.metadata;
    try {
      await client.delete(
        ACTION_SETS,
        { name, namespace },
        { propagationPolicy: 'Background', preconditions: { uid, resourceVersion }, signal },
      );
      return 'deleted';
    } catch (error) {
      if (isNotFound(error)) return 'gone';
      if (!isConflict(error)) throw error;
    }
  }
}

/** Finished, and marked for it. */
export function isCollectable(actionSet: ActionSet): boolean {
  const { labels, deletionTimestamp } = actionSet.metadata;
  return isRunOver(actionSet) && labels?.[RETENTION_LABEL] === 'true' && deletionTimestamp === undefined;
}

function hasExpired(actionSet: ActionSet, now: Date): boolean {
  const expires = expiresAt(actionSet);
  return expires !== undefined && expires <= now;
}
