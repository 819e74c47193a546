import { Failure, messageOf } from '../engine/failure.ts';
import { ApiError, isForbidden } from '../kubernetes/api-error.ts';
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
/**
 * Milliseconds between two looks while nothing changes: at first, at most without watches, and at most with them. A connection may be dead
 * without telling, and what is looked for may come with time alone.
 */
const SHORTEST_PAUSE = 100;
const LONGEST_PAUSE = 2_000;
const WATCHED_PAUSE = 10_000;
/** Seconds after which a watch is replaced. */
const WATCH_SECONDS = 240;
/** Milliseconds that a watch lasts at least; one that ended before is not replaced at once. */
const SOUND_WATCH = 1_000;

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

/** Each watch goes on where the one before ended. Rejects when the role does not grant watching, and when the signal aborts. */
async function watch(
  { kubernetes, clock, log }: PodContext,
  { type, ...selection }: Watched,
  changed: () => void,
  signal: AbortSignal,
): Promise<never> {
  // Absent: of what is there now each watch tells by itself.
  let resourceVersion: string | undefined;
  for (;;) {
    const since = clock.monotonic();
    const dead = new AbortController();
    const stop = AbortSignal.any([signal, dead.signal]);
    clock
      .sleep((WATCH_SECONDS + 30) * 1_000, stop)
      .then(() => dead.abort(new Error('the watch did not end in time')))
      .catch(() => undefined); // the watch ended first
    try {
      const events = kubernetes.watch(type, {
        ...selection,
        ...(resourceVersion !== undefined && { resourceVersion }),
        allowWatchBookmarks: true,
        timeoutSeconds: WATCH_SECONDS,
        signal: stop,
      });
      for await (const event of events) {
        if (event.type === 'ERROR') continue; // the client throws it
        resourceVersion = event.object.metadata?.resourceVersion ?? resourceVersion;
        if (event.type !== 'BOOKMARK') changed();
      }
    } catch (error) {
      signal.throwIfAborted();
      if (isForbidden(error)) {
        log.debug({ error: error.message }, `Watching ${type.resource} is not allowed, polling them`);
        throw error;
      }
      log.debug({ error: messageOf(error) }, `The watch of ${type.resource} broke, it begins again`);
      // It may be too old to go on from.
      if (error instanceof ApiError) resourceVersion = undefined;
    } finally {
      dead.abort(WORK_ENDED);
    }
    if (clock.monotonic() - since < SOUND_WATCH) await clock.sleep(SOUND_WATCH, signal);
    // What is gone by then is not told by the next one.
    if (resourceVersion === undefined) changed();
  }
}
