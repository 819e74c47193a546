import type { ApiObject } from './resource-definition.ts';

/** One change to one object. `previous` is the object before it; for DELETED, `object` is its last state. */
export interface StoredEvent {
  version: number;
  type: 'ADDED' | 'MODIFIED' | 'DELETED';
  object: ApiObject;
  previous?: ApiObject;
  /** What watches wrote of this event, by how they show it: the next one that shows it so need not encode it again. */
  encodings: Map<string, Buffer>;
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

/** What outlives a store: its objects, by storage, and the version of the last change. */
export interface StoredState {
  version: number;
  objects: ReadonlyMap<string, readonly ApiObject[]>;
}

/** Keeps changes where they outlive the store. */
export interface ChangeLog {
  /**
   * Takes one change, before anybody can see it.
   * @param change `json` is the object, absent when it is removed
   * @param state gives everything as it is before the change
   * @throws {Error} when it can't be kept: then it does not happen
   */
  append(
    change: { version: number; storage: string; key: string; json?: string },
    state: () => StoredState,
  ): void;
}

export interface StoreOptions {
  /** How many events of each storage are kept at least, unless they are larger than `historyBytes`. */
  historyLimit: number;
  /** How large the objects of a storage's past events may be, as JSON. */
  historyBytes?: number;
  /** What an earlier store held. Its events are not known: watches that go back to them begin anew. */
  initial?: StoredState;
  changeLog?: ChangeLog;
}

/** Of an empty store: version 0 means any. */
export const FIRST_VERSION = 1;
const HISTORY_BYTES = 32 * 1024 * 1024;

export function createStore(options: StoreOptions): Store {
  const { initial, changeLog, historyLimit, historyBytes = HISTORY_BYTES } = options;
  const storages = new Map<string, Storage>();
  let version = initial?.version ?? FIRST_VERSION;
  let oldest = version;

  const storageOf = (name: string): Storage => {
    const found = storages.get(name);
    if (found) return found;
    const created: Storage = {
      objects: new Map(),
      keys: [],
      events: [],
      sizes: [],
      size: 0,
      firstIndex: 0,
      forgotten: oldest,
      waiting: new Set(),
    };
    storages.set(name, created);
    return created;
  };
  for (const [name, objects] of initial?.objects ?? []) {
    const storage = storageOf(name);
    for (const object of objects) storage.objects.set(keyOf(object), object);
    storage.keys = [...storage.objects.keys()].toSorted(compareKeys);
  }

  const record = (storage: Storage, event: StoredEvent, size: number): void => {
    storage.events.push(event);
    storage.sizes.push(size);
    storage.size += size;
    // Trimmed in blocks, so that the cost per event stays constant.
    if (storage.events.length > historyLimit * 2) forget(storage, storage.events.length - historyLimit);
    if (storage.size > historyBytes) forget(storage, countOfBytes(storage.sizes, storage.size / 2));
    const waiting = [...storage.waiting];
    storage.waiting.clear();
    for (const wake of waiting) wake();
  };

  const state = (): StoredState => ({
    version,
    objects: new Map([...storages].map(([name, { objects }]) => [name, [...objects.values()]])),
  });

  const stamped = (object: ApiObject): ApiObject => ({
    ...object,
    metadata: { ...object.metadata, resourceVersion: String(version + 1) },
  });

  return {
    get version() {
      return version;
    },
    get: (storage, namespace, name) => storageOf(storage).objects.get(keyIn(namespace, name)),
    list(name, namespace) {
      const { keys, objects } = storageOf(name);
      return objectsOf(keysIn(keys, namespace), objects);
    },
    listAt(name, namespace, at) {
      const storage = storageOf(name);
      if (at < storage.forgotten) return undefined;
      const earlier = new Map<string, ApiObject | undefined>();
      for (let index = storage.events.length - 1; index >= 0; index -= 1) {
        const event = storage.events[index];
        if (!event || event.version <= at) break;
        earlier.set(keyOf(event.object), event.previous);
      }
      const removed = [...earlier.keys()].filter((key) => !storage.objects.has(key));
      const keys = removed.length > 0 ? [...storage.keys, ...removed].toSorted(compareKeys) : storage.keys;
      return keysIn(keys, namespace).flatMap((key) => {
        const object = earlier.has(key) ? earlier.get(key) : storage.objects.get(key);
        return object ? [object] : [];
      });
    },
    put(name, object) {
      const storage = storageOf(name);
      const key = keyOf(object);
      const previous = storage.objects.get(key);
      const written = stamped(object);
      const json = JSON.stringify(written);
      changeLog?.append({ version: version + 1, storage: name, key, json }, state);
      version += 1;
      storage.objects.set(key, written);
      if (!previous) storage.keys.splice(firstNotBefore(storage.keys, key), 0, key);
      const type = previous ? 'MODIFIED' : 'ADDED';
      const event = { version, type, object: written, ...(previous && { previous }) } as const;
      record(storage, { ...event, encodings: new Map() }, json.length);
      return written;
    },
    remove(name, object) {
      const storage = storageOf(name);
      const key = keyOf(object);
      const previous = storage.objects.get(key);
      const last = stamped(object);
      changeLog?.append({ version: version + 1, storage: name, key }, state);
      version += 1;
      if (storage.objects.delete(key)) storage.keys.splice(firstNotBefore(storage.keys, key), 1);
      const event = { version, type: 'DELETED', object: last, ...(previous && { previous }) } as const;
      record(storage, { ...event, encodings: new Map() }, JSON.stringify(last).length);
      return last;
    },
    eventsAfter(name, after) {
      const storage = storageOf(name);
      if (after < storage.forgotten) return undefined;
      return createCursor(storage, after);
    },
    compact() {
      oldest = version;
      for (const storage of storages.values()) {
        forget(storage, storage.events.length);
        storage.forgotten = version;
      }
    },
  };
}

interface Storage {
  objects: Map<string, ApiObject>;
  /** Those of `objects`, in order. */
  keys: string[];
  events: StoredEvent[];
  /** Of each event's object, as JSON; and all together. */
  sizes: number[];
  size: number;
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
  for (const size of storage.sizes.slice(0, count)) storage.size -= size;
  storage.sizes = storage.sizes.slice(count);
  storage.firstIndex += count;
  storage.forgotten = last.version;
}

/** How many of the first sizes come to at least `bytes`; never the last one, which is the news. */
function countOfBytes(sizes: number[], bytes: number): number {
  let sum = 0;
  let count = 0;
  while (sum < bytes && count < sizes.length - 1) sum += sizes[count++] ?? 0;
  return count;
}

const keyIn = (namespace: string | undefined, name: string): string => `${namespace ?? ''}/${name}`;
const keyOf = ({ metadata }: ApiObject): string => keyIn(metadata.namespace, metadata.name);

/** The order in which etcd's keys stand. */
const compareKeys = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** The index at which `key` stands, or would stand, among sorted keys. */
function firstNotBefore(keys: readonly string[], key: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((keys[middle] ?? '') < key) low = middle + 1;
    else high = middle;
  }
  return low;
}

function keysIn(keys: readonly string[], namespace: string | undefined): readonly string[] {
  if (namespace === undefined) return keys;
  // '0' is what comes right after '/'.
  return keys.slice(firstNotBefore(keys, `${namespace}/`), firstNotBefore(keys, `${namespace}0`));
}

function objectsOf(keys: readonly string[], objects: ReadonlyMap<string, ApiObject>): ApiObject[] {
  const found: ApiObject[] = [];
  for (const key of keys) {
    const object = objects.get(key);
    if (object) found.push(object);
  }
  return found;
}
