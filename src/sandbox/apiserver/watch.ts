import { Readable } from 'node:stream';
import { presented } from './create.ts';
import { parseVersion, selection } from './list.ts';
import { apiVersionOf } from './resource-definition.ts';
import type { ApiObject, ResourceDefinition } from './resource-definition.ts';
import type { ServerContext } from './server-context.ts';
import { gone, resourceVersionTooLarge } from './status-error.ts';
import type { EventCursor, StoredEvent } from './store.ts';

/** A client that asked for no end gets one after half an hour to an hour, as from a real server. */
const MINIMUM_TIMEOUT_SECONDS = 1800;
const BOOKMARK_INTERVAL_SECONDS = 60;

export interface WatchRequest {
  definition: ResourceDefinition;
  namespace: string | undefined;
  query: URLSearchParams;
  /** Aborts when the client has gone. */
  signal: AbortSignal;
  /** Turns an object into what the client wants to see: itself, or a Table of one row. */
  represent(object: ApiObject, isFirst: boolean): object;
}

/**
 * The lines of a watch: what is there already (unless a version was given), then what happens.
 * Events are taken from the store's history when the reader wants more: a slow reader costs no memory, and is told 410
 * when the history has moved on without it.
 */
export function watchObjects(context: ServerContext, request: WatchRequest): Readable {
  const { definition, query } = request;
  const matches = selection(definition, query);
  const version = parseVersion(query.get('resourceVersion') || '0');
  if (version > context.store.version) throw resourceVersionTooLarge(version, context.store.version);
  const ending = new AbortController();
  const end = () => ending.abort();
  const sources = [request.signal, context.stopped];
  for (const source of sources) source.addEventListener('abort', end, { once: true });
  if (sources.some((source) => source.aborted)) end();
  const body = Readable.from(lines(context, request, matches, version, ending.signal), {
    objectMode: false,
    highWaterMark: 64 * 1024,
  });
  body.once('close', () => {
    end();
    for (const source of sources) source.removeEventListener('abort', end);
  });
  const seconds =
    Number(query.get('timeoutSeconds') || 0) || MINIMUM_TIMEOUT_SECONDS * (1 + context.random());
  context.clock.sleep(seconds * 1000, ending.signal).then(end, () => {
    // The watch ended before its time.
  });
  return body;
}

async function* lines(
  context: ServerContext,
  request: WatchRequest,
  matches: (object: ApiObject) => boolean,
  version: number,
  ending: AbortSignal,
): AsyncGenerator<Buffer> {
  const { definition, namespace, query } = request;
  const { store } = context;
  const asksForState = version === 0 || query.get('sendInitialEvents') === 'true';
  const wantsBookmarks = query.get('allowWatchBookmarks') === 'true';
  const line = (type: string, object: object) => Buffer.from(JSON.stringify({ type, object }) + '\n');
  const bookmark = (annotations?: Record<string, string>) =>
    line('BOOKMARK', {
      kind: definition.kind,
      apiVersion: apiVersionOf(definition),
      metadata: {
        resourceVersion: String(store.version),
        creationTimestamp: null,
        ...(annotations && { annotations }),
      },
    });
  const tooOld = () => line('ERROR', gone(`too old resource version: ${version} (${store.version})`).status);
  let first = true;
  const eventLine = (type: string, object: ApiObject) => {
    const shown = request.represent(presented(object, definition), first);
    first = false;
    return line(type, shown);
  };

  const cursor = store.eventsAfter(definition.storage, asksForState ? store.version : version);
  if (!cursor) {
    yield tooOld();
    return;
  }
  if (asksForState && query.get('sendInitialEvents') !== 'false') {
    const initial = store.list(definition.storage, namespace).filter(matches);
    const reached = bookmark({ 'k8s.io/initial-events-end': 'true' });
    for (const object of initial) yield eventLine('ADDED', object);
    if (query.get('sendInitialEvents') === 'true') yield reached;
  }
  while (!ending.aborted) {
    const event = cursor.next();
    if (event === 'compacted') {
      yield tooOld();
      return;
    }
    const change = event && changeFor(event, namespace, matches);
    if (change) yield eventLine(change.type, change.object);
    if (event) continue;
    const woken = await nextEvent(context, cursor, ending, wantsBookmarks);
    if (woken === 'bookmark') yield bookmark();
  }
  if (wantsBookmarks && !request.signal.aborted) yield bookmark();
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

/** Waits for something to read, for the end, or until a bookmark is due. */
async function nextEvent(
  { clock }: ServerContext,
  cursor: EventCursor,
  ending: AbortSignal,
  wantsBookmarks: boolean,
): Promise<'event' | 'bookmark'> {
  const idle = new AbortController();
  try {
    return await new Promise((resolve, reject) => {
      const onEnd = () => resolve('event');
      const stopWaiting = cursor.onEvent(() => resolve('event'));
      ending.addEventListener('abort', onEnd, { once: true });
      idle.signal.addEventListener('abort', () => {
        stopWaiting();
        ending.removeEventListener('abort', onEnd);
      });
      if (wantsBookmarks) {
        clock.sleep(BOOKMARK_INTERVAL_SECONDS * 1000, idle.signal).then(
          () => resolve('bookmark'),
          (error: unknown) => {
            if (!idle.signal.aborted) reject(error);
          },
        );
      }
    });
  } finally {
    idle.abort();
  }
}
