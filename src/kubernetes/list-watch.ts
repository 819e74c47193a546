import { ApiError, isExpired, isForbidden } from './api-error.ts';
import type { KubernetesClient, WatchOptions } from './client.ts';
import type { Clock } from './clock.ts';
import { getIfThere } from './get-if-there.ts';
import { KnownObjects } from './known-objects.ts';
import type { ListWatchEvent, LiveEvent } from './known-objects.ts';
import { listSelected, type ListSelection } from './list-selected.ts';
import type { KubernetesObject, ResourceType } from './objects.ts';

export type { ListWatchEvent } from './known-objects.ts';
export type { ListSelection } from './list-selected.ts';

export interface ListWatchOptions<T extends KubernetesObject> {
  clock: Clock;
  /** Aborting it ends the iteration, without an error. */
  signal: AbortSignal;
  /** From 0 to below 1: spreads reconnections. */
  random: () => number;
  log?: ListWatchLog;
  /** Absent: all namespaces. */
  namespace?: string;
  /** For the list and the watch alike: of what never changes, e.g. `metadata.name=x`. */
  fieldSelector?: string;
  labelSelector?: string;
  /**
   * Selects in the list and never in the watch, which would report the leaving of a selection as a deletion. Objects that have left
   * the selection are forgotten: their later changes are reported as `added`.
   */
  select?: ListSelection<T>;
  /** Objects per page of a list; 500. */
  pageSize?: number;
  /** Milliseconds between lists, where watching is forbidden; 2 s. */
  pollInterval?: number;
}

export interface ListWatchLog {
  /** A connection that broke and comes back at once. */
  debug(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

/**
 * The objects of a resource, and then whatever happens to them, for as long as the signal lets it: across servers that restart, versions
 * that expire, connections that hang. No change of an object that exists at the end is lost, though several may arrive as
 * one. Read as slowly as necessary: events wait in the connection, not in memory; of each object only its version is kept.
 * Where watching is forbidden it lists again and again, and says so once.
 * @throws {ApiError} when the server refuses the first list (4xx). Later refusals are logged and tried again.
 */
export async function* listWatch<T extends KubernetesObject>(
  client: KubernetesClient,
  type: ResourceType,
  options: ListWatchOptions<T>,
): AsyncGenerator<ListWatchEvent<T>> {
  try {
    yield* follow(client, type, options);
  } catch (error) {
    if (!options.signal.aborted) throw error;
  }
}

const PAGE_SIZE = 500;
const POLL_INTERVAL = 2_000;
/** How long polling goes on before watching is tried again: rights may have been given. */
const POLL_PERIOD = 5 * 60_000;
/** Seconds after which a watch is asked to end; up to twice as many. */
const WATCH_SECONDS = 240;
/** What is allowed on top before a connection counts as hanging. */
const IDLE_MARGIN = 30_000;
/** A watch that lasted this long was not refused. */
const SOUND_WATCH = 1_000;
const FIRST_PAUSE = 500;
const LAST_PAUSE = 30_000;

async function* follow<T extends KubernetesObject>(
  client: KubernetesClient,
  type: ResourceType,
  options: ListWatchOptions<T>,
): AsyncGenerator<ListWatchEvent<T>> {
  const { clock, signal, random, log } = options;
  const known = new KnownObjects<T>(type, options.select?.matches);
  let isSynced = false;
  let resourceVersion: string | undefined;
  let failures = 0;
  let pollUntil: number | undefined;
  let hasSaidPolling = false;

  while (!signal.aborted) {
    let watchedSince: number | undefined;
    try {
      if (resourceVersion === undefined) {
        const list = await listSelected(client, type, { pageSize: PAGE_SIZE, ...options });
        if (isSynced) yield* changes(client, type, options, known, list.items);
        else {
          for (const item of list.items) known.learn(item);
          isSynced = true;
          yield { type: 'sync', items: list.items };
        }
        resourceVersion = list.metadata.resourceVersion ?? '0';
      }
      if (pollUntil !== undefined && clock.monotonic() < pollUntil) {
        failures = 0;
        await clock.sleep(options.pollInterval ?? POLL_INTERVAL, signal);
        resourceVersion = undefined;
        continue;
      }
      watchedSince = clock.monotonic();
      for await (const event of watchOnce(client, type, options, resourceVersion)) {
        if (!known.isPast(event)) yield* known.observe(event);
        resourceVersion = event.object.metadata?.resourceVersion ?? resourceVersion;
        failures = 0;
      }
      if (clock.monotonic() - watchedSince >= SOUND_WATCH) failures = 0;
      // A server that ends watches as soon as they begin must not be asked as fast as it answers.
      else await clock.sleep(backOff((failures += 1), random), signal);
    } catch (error) {
      if (signal.aborted) return;
      if (!isSynced && isRefusal(error)) throw error;
      if (isForbidden(error) && watchedSince !== undefined) {
        if (!hasSaidPolling) {
          log?.warn({ resource: type.resource, err: error }, 'Watching is forbidden, polling instead');
        }
        hasSaidPolling = true;
        pollUntil = clock.monotonic() + POLL_PERIOD;
        continue;
      }
      if (watchedSince !== undefined && clock.monotonic() - watchedSince >= SOUND_WATCH) failures = 0;
      failures += 1;
      // Where the server can't go on from, a new list can.
      if (error instanceof ApiError && error.code < 500 && error.code !== 429) resourceVersion = undefined;
      const pause = isExpired(error) && failures === 1 ? 0 : backOff(failures, random);
      log?.[failures > 1 ? 'warn' : 'debug'](
        { resource: type.resource, err: error, pause },
        'List-watch was interrupted, trying again',
      );
      await clock.sleep(pause, signal);
    }
  }
}

/** One watch, that ends when it is silent for longer than it was asked to last. */
async function* watchOnce<T extends KubernetesObject>(
  client: KubernetesClient,
  type: ResourceType,
  { clock, signal, random, namespace, fieldSelector, labelSelector }: ListWatchOptions<T>,
  resourceVersion: string,
): AsyncGenerator<LiveEvent<T>> {
  const timeoutSeconds = Math.round(WATCH_SECONDS * (1 + random()));
  const connection = new AbortController();
  const onAbort = () => connection.abort(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  const watch: WatchOptions = {
    resourceVersion,
    allowWatchBookmarks: true,
    timeoutSeconds,
    signal: connection.signal,
    ...selection({ namespace, fieldSelector, labelSelector }),
  };
  const events = client.watch<T>(type, watch)[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await within(events.next(), timeoutSeconds * 1000 + IDLE_MARGIN, clock, signal);
      if (next === undefined || next.done) return;
      const event = next.value;
      if (event.type !== 'ERROR') yield { type: event.type, object: event.object };
    }
  } finally {
    signal.removeEventListener('abort', onAbort);
    connection.abort(new Error('the watch is over'));
  }
}

/** Nothing, when the work takes longer. What it does later is not waited for. */
async function within<R>(
  work: Promise<R>,
  milliseconds: number,
  clock: Clock,
  signal: AbortSignal,
): Promise<R | undefined> {
  const timer = new AbortController();
  const aborted = Promise.withResolvers<never>();
  const onAbort = () => aborted.reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  work.catch(() => undefined);
  const late = clock.sleep(milliseconds, timer.signal).then(
    () => undefined,
    () => undefined,
  );
  try {
    return await Promise.race([work, late, aborted.promise]);
  } finally {
    timer.abort(IN_TIME);
    signal.removeEventListener('abort', onAbort);
  }
}

/** Nobody reads it; but a signal without a reason makes an exception with its stack, at every event. */
const IN_TIME = new Error('the work ended in time');

function selection(parts: {
  namespace?: string | undefined;
  fieldSelector?: string | undefined;
  labelSelector?: string | undefined;
}): { namespace?: string; fieldSelector?: string; labelSelector?: string } {
  return {
    ...(parts.namespace && { namespace: parts.namespace }),
    ...(parts.fieldSelector && { fieldSelector: parts.fieldSelector }),
    ...(parts.labelSelector && { labelSelector: parts.labelSelector }),
  };
}

/** What happened between what is known and a new list, as events. */
async function* changes<T extends KubernetesObject>(
  client: KubernetesClient,
  type: ResourceType,
  { select, signal }: ListWatchOptions<T>,
  known: KnownObjects<T>,
  items: T[],
): AsyncGenerator<ListWatchEvent<T>> {
  const missing = known.missingFrom(items);
  for (const item of items) yield* known.observe({ type: 'MODIFIED', object: item });
  for (const gone of missing) {
    // Missing from a selection is not deleted: most often it has ended.
    const { name = '', namespace = '' } = gone.metadata ?? {};
    const current = select ? await getIfThere<T>(client, type, { name, namespace }, signal) : undefined;
    if (current) yield* known.observe({ type: 'MODIFIED', object: current });
    else yield* known.forget(gone);
  }
}

/** Doubling, capped; between half and all of it, so that many clients don't return together. */
function backOff(failures: number, random: () => number): number {
  return Math.min(LAST_PAUSE, FIRST_PAUSE * 2 ** Math.min(failures - 1, 10)) * (0.5 + random() / 2);
}

function isRefusal(error: unknown): boolean {
  return (
    error instanceof ApiError &&
    error.code >= 400 &&
    error.code < 500 &&
    ![408, 410, 429].includes(error.code)
  );
}
