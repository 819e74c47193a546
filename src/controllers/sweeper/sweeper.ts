import type { Logger } from 'pino';
import { ACTION_SETS, type ActionSet } from '../../api/kanister/types.ts';
import { messageOf } from '../../engine/failure.ts';
import { Abandoned } from '../../engine/gate.ts';
import { ownerOf, type RunOwner } from '../../engine/ownership.ts';
import { isConflict, isForbidden, isNotFound } from '../../kubernetes/api-error.ts';
import type { KubernetesClient } from '../../kubernetes/client.ts';
import type { Clock } from '../../kubernetes/clock.ts';
import { concurrently } from '../../kubernetes/concurrently.ts';
import { listPages } from '../../kubernetes/list-pages.ts';
import type { KubernetesObject } from '../../kubernetes/objects.ts';
import { PODS } from '../../kubernetes/resources.ts';
import { isRunOver } from '../is-run-over.ts';

/**
 * Deletes pods of runs that nobody will remove any more: their ActionSet was taken away by force while no operator ran, or deleting them
 * did not work when the run ended. It needs the right to list pods, and does nothing where that is not granted.
 */
export interface Sweeper {
  /** A run makes a pod there: where not all namespaces may be listed, these are. */
  madeIn(namespace: string): void;
  /** Works until the signal aborts or the gate has closed; what goes wrong is logged and tried again. */
  run(signal: AbortSignal): Promise<void>;
}

export interface SweeperOptions {
  /** Its gate is asked before every delete. */
  client: KubernetesClient;
  clock: Clock;
  log: Logger;
  /** The operator's own. */
  namespace: string;
  /** Where this operator's ActionSets are; undefined: everywhere. The pods of others are left alone. */
  watched: readonly (string | undefined)[];
  /** Milliseconds that a pod has existed before it may be swept, and between two sweeps; 0: never. */
  after: number;
}

/** Milliseconds at most before the first sweep of a new leader, which has runs to go on with first. */
const FIRST_SWEEP = 60_000;
const PAGE_SIZE = 500;
/** At the same time: there is no hurry. */
const DELETES = 4;

export function createSweeper(options: SweeperOptions): Sweeper {
  const { client, clock, log, namespace, watched, after } = options;
  /** Besides the operator's own. */
  const places = new Set<string>();
  const refusals = new Set<string | undefined>();

  const isOldEnough = ({ metadata }: KubernetesObject) =>
    clock.now().getTime() - Date.parse(metadata?.creationTimestamp ?? '') >= after;
  const isWatched = (owner: RunOwner) => watched.includes(undefined) || watched.includes(owner.namespace);

  /** One line for what will not change by itself. */
  const refused = (place: string | undefined, error: unknown, what: string) => {
    log[refusals.has(place) ? 'debug' : 'info']({ namespace: place ?? '*', error: messageOf(error) }, what);
    refusals.add(place);
  };

  const remove = async (pod: KubernetesObject, owner: RunOwner, signal: AbortSignal) => {
    const { name = '', namespace: place = '', uid = '' } = pod.metadata ?? {};
    const about = { Pod: name, namespace: place, ActionSet: `${owner.namespace}/${owner.name}` };
    try {
      await client.delete(
        PODS,
        { name, namespace: place },
        { preconditions: { uid }, propagationPolicy: 'Background', signal },
      );
      log.info(about, 'a pod was deleted that was left over: the run that made it is over');
    } catch (error) {
      if (isForbidden(error)) refused(place, error, 'pods that were left over may not be deleted');
      else if (!isNotFound(error) && !isConflict(error)) throw error;
    }
  };

  /** Whether pods may be listed there. */
  const sweep = async (place: string | undefined, signal: AbortSignal): Promise<boolean> => {
    const asked = new Map<string, Promise<boolean>>();
    const isOver = (owner: RunOwner) => {
      const known = asked.get(owner.uid) ?? hasEnded(client, owner, signal);
      asked.set(owner.uid, known);
      return known;
    };
    const pages = listPages(client, PODS, {
      ...(place === undefined ? {} : { namespace: place }),
      labelSelector: 'createdBy=kanister',
      limit: PAGE_SIZE,
      signal,
    });
    try {
      for await (const { items } of pages) {
        await concurrently(items.filter(isOldEnough), DELETES, async (pod) => {
          const owner = ownerOf(pod);
          if (owner === undefined || !isWatched(owner) || isSomeonesElse(pod)) return;
          if (await isOver(owner)) await remove(pod, owner, signal);
        });
      }
      return true;
    } catch (error) {
      if (!isForbidden(error)) throw error;
      refused(place, error, 'pods may not be listed: what runs leave over there is not looked for');
      return false;
    }
  };

  const sweepAll = async (signal: AbortSignal) => {
    try {
      if (await sweep(undefined, signal)) return;
      for (const place of new Set([namespace, ...places])) await sweep(place, signal);
    } catch (error) {
      if (signal.aborted || error instanceof Abandoned) throw error;
      log.warn(
        { error: messageOf(error) },
        'looking for pods that were left over failed, trying again later',
      );
    }
  };

  return {
    madeIn: (place) => void places.add(place),
    async run(signal) {
      if (after === 0) return;
      try {
        await clock.sleep(Math.min(after, FIRST_SWEEP), signal);
        for (;;) {
          await sweepAll(signal);
          await clock.sleep(after, signal);
        }
      } catch (error) {
        if (!signal.aborted && !(error instanceof Abandoned)) throw error;
      }
    },
  };
}

/** On its way already, or kept by something that will make it again. */
function isSomeonesElse({ metadata }: KubernetesObject): boolean {
  return metadata?.deletionTimestamp !== undefined || (metadata?.ownerReferences ?? []).length > 0;
}

/** Whether the run of this owner will remove nothing any more. */
async function hasEnded(client: KubernetesClient, owner: RunOwner, signal: AbortSignal): Promise<boolean> {
  const { namespace, name, uid } = owner;
  try {
    const found = await client.get<ActionSet>(ACTION_SETS, { name, namespace }, { signal });
    return found.metadata.uid !== uid || isRunOver(found);
  } catch (error) {
    // Only the object's own absence counts: a server that does not serve ActionSets at the moment answers 404 for all of them.
    if (isNotFound(error) && error.reason === 'NotFound' && error.status.details?.name === name) return true;
    throw error;
  }
}
