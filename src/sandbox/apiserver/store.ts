import type { ApiObject } from './resource-definition.ts';

/** One change to one object. `previous` is the object before it; for DELETED, `object` is its last state. */
export interface StoredEvent {
  version: number;
  type: 'ADDED' | 'MODIFIED' | 'DELETED';
  object: ApiObject;
  previous?: ApiObject;
}

/** A reader's place in the events of one storage. */
export interface EventCursor {
  /** The next event, `undefined` when there is none yet, `compacted` when it fell out of the history. */
  next(): StoredEvent | 'compacted' | undefined;
  /** Calls back once, when there may be something to read. Returns how to stop waiting. */
  onEvent(wake: () => void): () => void;
}

/** All objects, in memory, with one version counter for all of them and a window of past events for each storage. */
export interface Store {
  readonly version: number;
  get(storage: string, namespace: string | undefined, name: string): ApiObject | undefined;
  /** Sorted by namespace, then name. */
  list(storage: string, namespace?: string): ApiObject[];
  /** The list as it was at an earlier version, or `undefined` when the history does not reach back so far. */
  listAt(storage: string, namespace: string | undefined, version: number): ApiObject[] | undefined;
  /** Creates or replaces; gives the object its new resourceVersion. */
  put(storage: string, object: ApiObject): ApiObject;
  remove(storage: string, object: ApiObject): ApiObject;
  /** Events after `version`; `undefined` when some of them are no longer known. */
  eventsAfter(storage: string, version: number): EventCursor | undefined;
  /** Forgets all past events, as etcd's compaction does. */
  compact(): void;
}

/** Of an empty store: version 0 means any. */
const FIRST_VERSION = 1;

export function createStore(options: { historyLimit: number }): Store {
  const storages = new Map<string, Storage>();
  let version = FIRST_VERSION;

  const storageOf = (name: string): Storage => {
    const found = storages.get(name);
    if (found) return found;
    const created: Storage = {
      objects: new Map(),
      events: [],
      firstIndex: 0,
      forgotten: FIRST_VERSION,
      waiting: new Set(),
    };
    storages.set(name, created);
    return created;
  };

  const record = (storage: Storage, event: StoredEvent): void => {
    storage.events.push(event);
    // Trimmed in blocks, so that the cost per event stays constant.
    if (storage.events.length > options.historyLimit * 2)
      forget(storage, storage.events.length - options.historyLimit);
    const waiting = [...storage.waiting];
    storage.waiting.clear();
    for (const wake of waiting) wake();
  };

  const stamped = (object: ApiObject): ApiObject => {
    version += 1;
    return { ...object, metadata: { ...object.metadata, resourceVersion: String(version) } };
  };

  return {
    get version() {
      return version;
    },
    get: (storage, namespace, name) => storageOf(storage).objects.get(keyOf(namespace, name)),
    list: (storage, namespace) => sorted(storageOf(storage).objects, namespace),
    listAt(name, namespace, at) {
      const storage = storageOf(name);
      if (at < storage.forgotten) return undefined;
      const objects = new Map(storage.objects);
      for (const event of storage.events.toReversed()) {
        if (event.version <= at) break;
        const key = keyOf(event.object.metadata.namespace, event.object.metadata.name);
        if (event.previous) objects.set(key, event.previous);
        else objects.delete(key);
      }
      return sorted(objects, namespace);
    },
    put(name, object) {
      const storage = storageOf(name);
      const key = keyOf(object.metadata.namespace, object.metadata.name);
      const previous = storage.objects.get(key);
      const written = stamped(object);
      storage.objects.set(key, written);
      record(storage, {
        version,
        type: previous ? 'MODIFIED' : 'ADDED',
        object: written,
        ...(previous && { previous }),
      });
      return written;
    },
    remove(name, object) {
      const storage = storageOf(name);
      const key = keyOf(object.metadata.namespace, object.metadata.name);
      const previous = storage.objects.get(key);
      const last = stamped(object);
      storage.objects.delete(key);
      record(storage, { version, type: 'DELETED', object: last, ...(previous && { previous }) });
      return last;
    },
    eventsAfter(name, after) {
      const storage = storageOf(name);
      if (after < storage.forgotten) return undefined;
      return createCursor(storage, after);
    },
    compact() {
      for (const storage of storages.values()) {
        forget(storage, storage.events.length);
        storage.forgotten = version;
      }
    },
  };
}

interface Storage {
  objects: Map<string, ApiObject>;
  events: StoredEvent[];
  /** How many events were dropped before `events[0]`. */
  firstIndex: number;
  /** The version up to which events are no longer known. */
  forgotten: number;
  waiting: Set<() => void>;
}

function createCursor(storage: Storage, after: number): EventCursor {
  let index = storage.firstIndex + firstAfter(storage.events, after);
  return {
    next() {
      if (index < storage.firstIndex) return 'compacted';
      const event = storage.events[index - storage.firstIndex];
      if (event) index += 1;
      return event;
    },
    onEvent(wake) {
      storage.waiting.add(wake);
      return () => storage.waiting.delete(wake);
    },
  };
}

function firstAfter(events: StoredEvent[], version: number): number {
  let low = 0;
  let high = events.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((events[middle]?.version ?? 0) > version) high = middle;
    else low = middle + 1;
  }
  return low;
}

function forget(storage: Storage, count: number): void {
  const last = storage.events[count - 1];
  if (!last) return;
  storage.events = storage.events.slice(count);
  storage.firstIndex += count;
  storage.forgotten = last.version;
}

const keyOf = (namespace: string | undefined, name: string): string => `${namespace ?? ''}/${name}`;

function sorted(objects: Map<string, ApiObject>, namespace: string | undefined): ApiObject[] {
  const prefix = `${namespace ?? ''}/`;
  return [...objects]
    .filter(([key]) => namespace === undefined || key.startsWith(prefix))
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([, object]) => object);
}
