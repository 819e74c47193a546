import { Readable } from 'node:stream';
import { presented } from './presented.ts';
import { selection } from './list.ts';
import { listOptions, readVersion } from './list-options.ts';
import type { ListOptions } from './list-options.ts';
import { apiVersionOf } from './resource-definition.ts';
import type { ApiObject, ResourceDefinition } from './resource-definition.ts';
import type { ServerContext } from './server-context.ts';
import { gone } from './status-error.ts';
import type { StoredEvent } from './store.ts';

/** A client that asked for no end gets one after half an hour to an hour, as from a real server. */
const MINIMUM_TIMEOUT_SECONDS = 1800;
const BOOKMARK_INTERVAL = 60_000;
/** The last bookmark comes so long before the end. */
const BOOKMARK_BEFORE_END = 2000;
/** Lines that are there together are sent together, up to about this size. */
const CHUNK = 64 * 1024;

export interface WatchRequest {
  definition: ResourceDefinition;
  namespace: string | undefined;
  query: URLSearchParams;
  /** Aborts when the client has gone. */
  signal: AbortSignal;
  /** Runs a callback when more may have come, so that all of it is sent at once; in a microtask when absent. */
  soon?: (callback: () => void) => void;
  /** Turns an object into what the client wants to see: itself, or a Table of one row. */
  represent(object: ApiObject, isFirst: boolean): object;
  /** How the client sees objects, where that is the same for all that see them so; absent: never the same. */
  encoding?: string;
}

/**
 * The lines of a watch: what is there already (unless a version was given), then what happens.
 * Events are taken from the store's history when the reader wants more: a slow reader costs no memory, and its watch ends
 * when the history has moved on without it.
 */
export function watchObjects(context: ServerContext, request: WatchRequest): Readable {
  const options = listOptions(request.query);
  const milliseconds =
    1000 *
    (options.timeoutSeconds > 0 ? options.timeoutSeconds : MINIMUM_TIMEOUT_SECONDS * (1 + context.random()));
  const ending = new AbortController();
  const source = createSource(context, request, options, () => ending.signal.aborted);
  const soon = request.soon ?? queueMicrotask;
  let stopWaiting: (() => void) | undefined;
  let isScheduled = false;

  const flow = (): void => {
    isScheduled = false;
    if (body.destroyed) return;
    const lines: Buffer[] = [];
    let size = 0;
    while (size < CHUNK) {
      const line = source.next();
      if (!line) break;
      lines.push(line);
      size += line.length;
    }
    const [only] = lines;
    if (only) body.push(lines.length === 1 ? only : Buffer.concat(lines, size));
    else if (source.isOver()) body.push(null);
    else stopWaiting = source.onMore(wake);
  };
  const wake = (): void => {
    stopWaiting = undefined;
    if (isScheduled) return;
    isScheduled = true;
    soon(flow);
  };
  const interrupt = (): void => {
    if (!stopWaiting) return;
    stopWaiting();
    wake();
  };
  const end = (): void => {
    ending.abort();
    interrupt();
  };

  const sources = [request.signal, context.stopped];
  const body: Readable = new Readable({
    highWaterMark: CHUNK,
    read: flow,
    destroy(error, done) {
      ending.abort();
      stopWaiting?.();
      for (const signal of sources) signal.removeEventListener('abort', end);
      done(error);
    },
  });
  for (const signal of sources) signal.addEventListener('abort', end, { once: true });
  if (sources.some(({ aborted }) => aborted)) ending.abort();

  const { clock } = context;
  const unlessEnded = (problem: unknown): void => {
    if (!ending.signal.aborted) body.destroy(problem instanceof Error ? problem : new Error(String(problem)));
  };
  clock.sleep(milliseconds, ending.signal).then(end, unlessEnded);
  if (options.allowWatchBookmarks) {
    const remind = (): void => {
      source.remind();
      interrupt();
    };
    keepReminding(context, milliseconds, ending.signal, remind).catch(unlessEnded);
  }
  return body;
}

async function keepReminding(
  { clock }: ServerContext,
  milliseconds: number,
  ended: AbortSignal,
  remind: () => void,
): Promise<void> {
  const last = clock.monotonic() + milliseconds - BOOKMARK_BEFORE_END;
  for (;;) {
    const rest = last - clock.monotonic();
    if (rest <= 0) return;
    await clock.sleep(Math.min(BOOKMARK_INTERVAL, rest), ended);
    remind();
  }
}

interface LineSource {
  /** The next line that there is. */
  next(): Buffer | undefined;
  /** Whether there will be none any more. */
  isOver(): boolean;
  /** Calls back once, when there may be a line. Returns how to stop waiting. */
  onMore(wake: () => void): () => void;
  /** Makes the next line a bookmark. */
  remind(): void;
}

const line = (type: string, object: object): Buffer => Buffer.from(JSON.stringify({ type, object }) + '\n');

function createSource(
  { store }: ServerContext,
  request: WatchRequest,
  options: ListOptions,
  isEnded: () => boolean,
): LineSource {
  const { definition, namespace, encoding } = request;
  const matches = selection(definition, options);
  const asked = readVersion(options.resourceVersion);
  const asksForState =
    options.sendInitialEvents === true || (asked === 0 && options.sendInitialEvents === undefined);
  const startsNow = asksForState || asked === 0;
  const cursor = store.eventsAfter(definition.storage, startsNow ? store.version : asked);
  const initial = asksForState
    ? store.list(definition.storage, namespace).filter(matches).values()
    : [].values();
  let isFirst = true;
  let isReminded = false;
  let isOver = false;
  let endsInitial = options.sendInitialEvents === true && options.allowWatchBookmarks;
  const reached = store.version;

  const shown = (object: ApiObject): object => {
    const result = request.represent(presented(object, definition), isFirst);
    isFirst = false;
    return result;
  };
  const bookmark = (version: number, annotations?: Record<string, string>): Buffer =>
    line(
      'BOOKMARK',
      shown({
        kind: definition.kind,
        apiVersion: apiVersionOf(definition),
        metadata: {
          resourceVersion: String(version),
          ...(annotations && { annotations }),
        } as ApiObject['metadata'],
      }),
    );
  const encoded = (event: StoredEvent, type: string, object: ApiObject): Buffer => {
    if (encoding === undefined) return line(type, shown(object));
    const key = `${type} ${encoding}`;
    const known = event.encodings.get(key) ?? line(type, shown(object));
    event.encodings.set(key, known);
    return known;
  };

  function nextEvent(): Buffer | undefined {
    while (cursor) {
      const event = cursor.next();
      if (event === 'compacted') {
        // Too slow: its client comes back, and is told whether what it has seen is still known.
        isOver = true;
        return undefined;
      }
      if (!event) return undefined;
      // A version that lies ahead: what happens until then is not asked for.
      if (event.version <= asked && !asksForState) continue;
      const change = changeFor(event, namespace, matches);
      if (change) return encoded(event, change.type, change.object);
    }
    return undefined;
  }

  return {
    next() {
      if (isOver || isEnded()) return undefined;
      if (!cursor) {
        isOver = true;
        return line('ERROR', gone(`too old resource version: ${asked} (${store.version})`).status);
      }
      const first = initial.next();
      if (!first.done) return line('ADDED', shown(first.value));
      if (endsInitial) {
        endsInitial = false;
        return bookmark(reached, { 'k8s.io/initial-events-end': 'true' });
      }
      const event = nextEvent();
      if (event || !isReminded) return event;
      isReminded = false;
      return bookmark(store.version);
    },
    isOver: () => isOver || isEnded(),
    onMore: (wake) => cursor?.onEvent(wake) ?? (() => undefined),
    remind() {
      isReminded = true;
    },
  };
}

/** Through a selector, an object that begins to match is added, and one that ceases to is deleted, as it last matched. */
function changeFor(
  event: StoredEvent,
  namespace: string | undefined,
  matches: (object: ApiObject) => boolean,
): { type: string; object: ApiObject } | undefined {
  const { type, object, previous } = event;
  if (namespace !== undefined && object.metadata.namespace !== namespace) return undefined;
  const matched = previous !== undefined && matches(previous);
  if (type === 'DELETED') return matched ? { type, object } : undefined;
  if (matches(object)) return { type: matched ? 'MODIFIED' : 'ADDED', object };
  if (!matched || !previous) return undefined;
  const resourceVersion = object.metadata.resourceVersion ?? '';
  return { type: 'DELETED', object: { ...previous, metadata: { ...previous.metadata, resourceVersion } } };
}
