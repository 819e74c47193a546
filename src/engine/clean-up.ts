import type { Logger } from 'pino';
import { ApiError, isConflict, isNotFound } from '../kubernetes/api-error.ts';
import type { KubernetesClient } from '../kubernetes/client.ts';
import type { Clock } from '../kubernetes/clock.ts';
import type { KubernetesObject } from '../kubernetes/objects.ts';
import { messageOf } from './failure.ts';
import { Abandoned } from './gate.ts';
import type { CreatedObject } from './journal.ts';
import { isOurs, type RunOwner } from './ownership.ts';
import { typeOf } from './steps.ts';

/** Milliseconds for one object to go, beyond the grace period that it has itself. */
const PATIENCE = 60_000;

export interface CleanUpOptions {
  client: KubernetesClient;
  clock: Clock;
  log: Logger;
  /** Whose run made what is removed. */
  owner: RunOwner;
  /** Ends the attempt without a trace: the process stops, its successor goes on. */
  signal: AbortSignal;
}

/** Something that did not go as it should. `forced`: the object is gone, but its process may not be. `left`: it is still there. */
export interface Leftover {
  object: CreatedObject;
  outcome: 'forced' | 'left';
}

/**
 * Removes what a phase made, by name. `force` is for objects whose work has ended; without it an object may end by itself, and
 * is waited for: a process that still runs must not overlap with what comes next.
 * @returns what could not be removed, or only by force
 * @throws {Abandoned} only.
 */
export async function cleanUp(
  created: CreatedObject[],
  force: boolean,
  options: CleanUpOptions,
): Promise<Leftover[]> {
  const removals = await Promise.all(created.map((object) => removeOne(object, force, options)));
  return removals.filter((leftover) => leftover !== undefined);
}

/** Where and what an object is, for people. */
export function describeCreated({ resource, namespace, name }: CreatedObject): string {
  return `${resource} "${name}"${namespace === '' ? '' : ` in namespace ${namespace}`}`;
}

async function removeOne(
  created: CreatedObject,
  force: boolean,
  options: CleanUpOptions,
): Promise<Leftover | undefined> {
  const { clock, log, signal } = options;
  const start = clock.monotonic();
  let patience = PATIENCE;
  let forced = force;
  for (let delay = 100; ; delay = Math.min(delay * 2, 2_000)) {
    try {
      const state = await remove(created, forced, options);
      if (state === 'gone') return forced && !force ? { object: created, outcome: 'forced' } : undefined;
      patience = PATIENCE + state.grace;
    } catch (error) {
      if (error instanceof Abandoned) throw error;
      if (error instanceof ApiError && (error.code === 403 || error.code === 405)) {
        log.warn({ error: error.message }, `Failed to delete ${describeCreated(created)}`);
        return { object: created, outcome: 'left' };
      }
      log.debug({ error: messageOf(error) }, `deleting ${describeCreated(created)} failed, trying again`);
    }
    if (signal.aborted) throw new Abandoned('the run was stopped');
    if (clock.monotonic() - start > patience) {
      if (forced) {
        log.warn(`Failed to delete ${describeCreated(created)}`);
        return { object: created, outcome: 'left' };
      }
      forced = true;
    }
    await clock.sleep(delay, signal).catch(() => {
      throw new Abandoned('the run was stopped');
    });
  }
}

/** One attempt. An object that is going has its own time for that, in milliseconds. */
async function remove(
  created: CreatedObject,
  force: boolean,
  { client, owner }: CleanUpOptions,
): Promise<'gone' | { grace: number }> {
  const type = typeOf(created);
  const name = { name: created.name, namespace: created.namespace };
  try {
    let preconditions = created.uid;
    if (preconditions === undefined || !force) {
      const found = await client.get<KubernetesObject & PodFields>(type, name);
      if (!isOurs(found, owner, created.step)) return 'gone';
      // It keeps its name from being taken late.
      if (!force && created.late && !mayBeAtWork(found)) return 'gone';
      preconditions = found.metadata?.uid ?? '';
      // Asked to go already: deleting again would only shorten its time.
      if (!force && found.metadata?.deletionTimestamp !== undefined) return { grace: graceOf(found) };
    }
    await client.delete(type, name, {
      preconditions: { uid: preconditions },
      ...(force ? { gracePeriodSeconds: 0 } : {}),
      propagationPolicy: 'Background',
    });
    return force ? 'gone' : { grace: 0 };
  } catch (error) {
    // A conflict is the UID's: the object under this name is another one by now.
    if (isNotFound(error) || isConflict(error)) return 'gone';
    throw error;
  }
}

/** A pod whose containers have ended, or that waits for a gate, and what is no pod at all, does nothing. */
function mayBeAtWork({ kind, spec, status }: KubernetesObject & PodFields): boolean {
  if (kind !== 'Pod') return false;
  const hasEnded = status?.phase === 'Succeeded' || status?.phase === 'Failed';
  return !hasEnded && (spec?.schedulingGates ?? []).length === 0;
}

interface PodFields {
  spec?: { schedulingGates?: unknown[] };
  status?: { phase?: string };
}

function graceOf({ metadata }: KubernetesObject): number {
  return (metadata?.deletionGracePeriodSeconds ?? 0) * 1_000;
}
