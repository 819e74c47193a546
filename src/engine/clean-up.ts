import type { Logger } from 'pino';
import { ApiError, isConflict, isNotFound } from '../kubernetes/api-error.ts';
import type { KubernetesClient } from '../kubernetes/client.ts';
import type { Clock } from '../kubernetes/clock.ts';
import type { KubernetesObject } from '../kubernetes/objects.ts';
import { messageOf } from './failure.ts';
import { Abandoned } from './gate.ts';
import type { CreatedObject } from './journal.ts';
import { isOurs, typeOf } from './steps.ts';

/** Milliseconds for one object to go: after that it is left, with a word in the log. */
const PATIENCE = 60_000;

export interface CleanUpOptions {
  client: KubernetesClient;
  clock: Clock;
  log: Logger;
  /** UID of the object whose run made what is removed. */
  uid: string;
  /** Ends the attempt without a trace: the process stops, its successor goes on. */
  signal: AbortSignal;
}

/**
 * Removes what a phase made, by name. `force` is for objects whose work has ended; without it an object may end by itself, and
 * is waited for: a process that still runs must not overlap with what comes next.
 * @throws {Abandoned} only.
 */
export async function cleanUp(
  created: CreatedObject[],
  force: boolean,
  options: CleanUpOptions,
): Promise<void> {
  await Promise.all(created.map((object) => removeOne(object, force, options)));
}

async function removeOne(created: CreatedObject, force: boolean, options: CleanUpOptions): Promise<void> {
  const { clock, log, signal } = options;
  const deadline = clock.monotonic() + PATIENCE;
  let forced = force;
  for (let delay = 100; ; delay = Math.min(delay * 2, 2_000)) {
    try {
      if (await isGone(created, forced, options)) return;
    } catch (error) {
      if (error instanceof Abandoned) throw error;
      if (error instanceof ApiError && (error.code === 403 || error.code === 405)) {
        log.warn({ error: error.message }, `Failed to delete ${created.resource} ${created.name}`);
        return;
      }
      log.debug(
        { error: messageOf(error) },
        `deleting ${created.resource} ${created.name} failed, trying again`,
      );
    }
    if (signal.aborted) throw new Abandoned('the run was stopped');
    if (clock.monotonic() > deadline) {
      if (forced) {
        log.warn(`Failed to delete ${created.resource} ${created.name} in namespace ${created.namespace}`);
        return;
      }
      forced = true;
    }
    await clock.sleep(delay, signal).catch(() => {
      throw new Abandoned('the run was stopped');
    });
  }
}

async function isGone(
  created: CreatedObject,
  force: boolean,
  { client, uid }: CleanUpOptions,
): Promise<boolean> {
  const type = typeOf(created);
  const name = { name: created.name, namespace: created.namespace };
  try {
    let preconditions = created.uid;
    if (preconditions === undefined || !force) {
      const found = await client.get<KubernetesObject>(type, name);
      if (!isOurs(found, uid, created.step)) return true;
      preconditions = found.metadata?.uid ?? '';
      // Asked to go already: deleting again would only shorten its time.
      if (!force && found.metadata?.deletionTimestamp !== undefined) return false;
    }
    await client.delete(type, name, {
      preconditions: { uid: preconditions },
      ...(force ? { gracePeriodSeconds: 0 } : {}),
      propagationPolicy: 'Background',
    });
    return force;
  } catch (error) {
    // A conflict is the UID's: the object under this name is another one by now.
    if (isNotFound(error) || isConflict(error)) return true;
    throw error;
  }
}
