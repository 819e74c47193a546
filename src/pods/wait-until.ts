import { Failure, messageOf } from '../engine/failure.ts';
import { isForbidden } from '../kubernetes/api-error.ts';
import type { ResourceType } from '../kubernetes/objects.ts';
import type { PodContext } from './follow-pod.ts';
import { WORK_ENDED } from '../kubernetes/work-ended.ts';

/** Objects whose changes are a reason to look again. */
export interface Watched {
  type: ResourceType;
  namespace: string;
  labelSelector?: string;
  fieldSelector?: string;
}

/** Milliseconds between two looks, whatever changes: changes come in bursts. The first one of a burst is looked at at once. */
const BETWEEN_LOOKS = 50;
/** Milliseconds between two looks while nothing changes: at first, at most without watches, and at most with them. */
const SHORTEST_PAUSE = 100;
const LONGEST_PAUSE = 2_000;
const WATCHED_PAUSE = 30_000;
/** Seconds after which a watch is replaced. */
const WATCH_SECONDS = 240;

/**
 * Asks `look` until it finds nothing missing: after every change of what is `watched`, or from time to time where watching is not
 * allowed. `look` says in words what is still missing, for the log and for the error when the phase is to end.
 * @throws what `look` throws; {Failure} `Interrupted` with the last words when the context's signal aborts
 */
export async function waitUntil(
  context: PodContext,
  watched: Watched[],
  look: () => Promise<string | undefined>,
): Promise<void> {
  const { clock, log } = context;
  const done = new AbortController();
  const signal = AbortSignal.any([context.signal, done.signal]);
  let changed = Promise.withResolvers<void>();
  let isWatching = true;
  for (const each of watched) {
    watch(context, each, () => changed.resolve(), signal).catch(() => {
      // Told in the log; the phase itself may be over, too.
      isWatching = false;
      changed.resolve();
    });
  }
  let missing: string | undefined;
  try {
    for (
      let pause = SHORTEST_PAUSE;
      ;
      pause = Math.min(pause * 2, isWatching ? WATCHED_PAUSE : LONGEST_PAUSE)
    ) {
      // What changes during the look may be too late for it.
      changed = Promise.withResolvers<void>();
      const found = await look();
      if (found === undefined) return;
      if (found !== missing) log.info(found);
      missing = found;
      await clock.sleep(BETWEEN_LOOKS, signal);
      const rest = new AbortController();
      const pauseEnds = clock.sleep(pause - BETWEEN_LOOKS, AbortSignal.any([signal, rest.signal]));
      await Promise.race([changed.promise, pauseEnds]).finally(() => rest.abort(WORK_ENDED));
    }
  } catch (error) {
    if (!context.signal.aborted || missing === undefined || error instanceof Failure) throw error;
    throw new Failure('Interrupted', `${missing}: ${messageOf(error)}`, { cause: error });
  } finally {
    done.abort(new Error('the wait is over'));
  }
}

/** Rejects when the role does not grant watching, and when the signal aborts. */
async function watch(
  { kubernetes, clock, log }: PodContext,
  { type, ...selection }: Watched,
  changed: () => void,
  signal: AbortSignal,
): Promise<never> {
  for (;;) {
    const dead = new AbortController();
    const stop = AbortSignal.any([signal, dead.signal]);
    clock
      .sleep((WATCH_SECONDS + 30) * 1_000, stop)
      .then(() => dead.abort(new Error('the watch did not end in time')))
      .catch(() => undefined); // the watch ended first
    try {
      for await (const _ of kubernetes.watch(type, {
        ...selection,
        timeoutSeconds: WATCH_SECONDS,
        signal: stop,
      }))
        changed();
    } catch (error) {
      signal.throwIfAborted();
      if (isForbidden(error)) {
        log.debug({ error: error.message }, `Watching ${type.resource} is not allowed, polling them`);
        throw error;
      }
      log.debug({ error: messageOf(error) }, `The watch of ${type.resource} broke, it begins again`);
    } finally {
      dead.abort(WORK_ENDED);
    }
    await clock.sleep(1_000, signal);
    changed();
  }
}
