import type { Clock } from '../../kubernetes/clock.ts';
import type { KubernetesObject, ObjectName, ResourceType } from '../../kubernetes/objects.ts';
import type { ObjectSource } from '../apiserver/object-source.ts';

export interface ResourceEvent<T extends KubernetesObject = KubernetesObject> {
  type: 'ADDED' | 'MODIFIED' | 'DELETED';
  object: T;
  /** As it was known before; absent for one that is new. */
  before?: T;
}

/** The objects of one resource as they are known to be now. What it returns is shared: nobody changes it in place. */
export interface Informer<T extends KubernetesObject = KubernetesObject> {
  get(name: ObjectName): T | undefined;
  /** Of one namespace, or of all. */
  list(namespace?: string): T[];
  /** Told of every object there is, then of every change. */
  subscribe(handler: (event: ResourceEvent<T>) => void): void;
}

/** One watch for each resource, however many controllers look at it. */
export interface Informers {
  /** Begins to follow the resource at the first call; resolves when its objects are known. */
  of<T extends KubernetesObject>(type: ResourceType): Promise<Informer<T>>;
  /** What a write has answered is known at once, so that nobody acts twice on what was read before it. */
  learn(type: ResourceType, object: KubernetesObject): void;
  /** Resolves when the signal has ended all of them. */
  ended(): Promise<void>;
}

export interface InformersOptions {
  objects: ObjectSource;
  clock: Clock;
  signal: AbortSignal;
}

export function createInformers(options: InformersOptions): Informers {
  const known = new Map<string, { store: ObjectStore; synced: Promise<void> }>();
  const running: Promise<void>[] = [];
  return {
    async of<T extends KubernetesObject>(type: ResourceType) {
      const name = `${type.group}/${type.resource}`;
      let entry = known.get(name);
      if (!entry) {
        const store = createObjectStore();
        const synced = Promise.withResolvers<void>();
        entry = { store, synced: synced.promise };
        known.set(name, entry);
        running.push(follow(type, store, synced.resolve, options));
      }
      await entry.synced;
      return entry.store as unknown as Informer<T>;
    },
    learn(type, object) {
      known.get(`${type.group}/${type.resource}`)?.store.set(object);
    },
    async ended() {
      await Promise.all(running);
    },
  };
}

const REMEMBERED_ENDS = 1000;

type ObjectStore = ReturnType<typeof createObjectStore>;

function createObjectStore() {
  const namespaces = new Map<string, Map<string, KubernetesObject>>();
  /** Uids of what is gone: the answer of the write that ended it may arrive after the watch has told of the end. */
  const ended = new Set<string>();
  const handlers: ((event: ResourceEvent) => void)[] = [];
  const tell = (event: ResourceEvent): void => {
    for (const handler of handlers) handler(event);
  };
  const get = ({ namespace = '', name }: ObjectName): KubernetesObject | undefined =>
    namespaces.get(namespace)?.get(name);
  const list = (namespace?: string): KubernetesObject[] =>
    namespace === undefined
      ? [...namespaces.values()].flatMap((objects) => [...objects.values()])
      : [...(namespaces.get(namespace)?.values() ?? [])];
  const set = (object: KubernetesObject): void => {
    const { namespace = '', name = '' } = object.metadata ?? {};
    const objects = namespaces.get(namespace) ?? new Map<string, KubernetesObject>();
    const before = objects.get(name);
    if (ended.has(object.metadata?.uid ?? '') || (before && !isNewer(object, before))) return;
    objects.set(name, object);
    namespaces.set(namespace, objects);
    tell(before ? { type: 'MODIFIED', object, before } : { type: 'ADDED', object });
  };
  const remove = (object: KubernetesObject): void => {
    const { namespace = '', name = '', uid } = object.metadata ?? {};
    const objects = namespaces.get(namespace);
    const before = objects?.get(name);
    if (uid !== undefined) ended.add(uid);
    const oldest = ended.values().next().value;
    if (ended.size > REMEMBERED_ENDS && oldest !== undefined) ended.delete(oldest);
    // A successor of the same name is another object.
    if (!before || before.metadata?.uid !== uid) return;
    objects?.delete(name);
    if (objects?.size === 0) namespaces.delete(namespace);
    tell({ type: 'DELETED', object, before });
  };
  const subscribe = (handler: (event: ResourceEvent) => void): void => {
    handlers.push(handler);
    for (const object of list()) handler({ type: 'ADDED', object });
  };
  return { get, list, set, remove, subscribe };
}

/** Answers of writes and events of the watch overtake each other. */
const isNewer = (object: KubernetesObject, before: KubernetesObject): boolean =>
  object.metadata?.uid !== before.metadata?.uid ||
  Number(object.metadata?.resourceVersion ?? 0) > Number(before.metadata?.resourceVersion ?? 0) ||
  // A delete that only took effect later: nothing but the mark is new.
  (object.metadata?.resourceVersion === before.metadata?.resourceVersion &&
    object.metadata?.deletionTimestamp !== undefined &&
    before.metadata?.deletionTimestamp === undefined);

const RETRY = 500;
const LONGEST_RETRY = 8000;

/** Lists, then follows what happens; looks again and again for a resource that is not served yet. */
async function follow(
  type: ResourceType,
  store: ObjectStore,
  synced: () => void,
  { objects, clock, signal }: InformersOptions,
): Promise<void> {
  let looks = 0;
  while (!signal.aborted && !objects.ended.aborted) {
    const { items, version } = objects.list(type) ?? { items: [], version: undefined };
    const current = new Set(items.map((object) => object.metadata?.uid));
    for (const object of store.list()) if (!current.has(object.metadata?.uid)) store.remove(object);
    for (const object of items) store.set(object);
    synced();
    if (version === undefined) {
      looks += 1;
      await clock
        .sleep(Math.min(RETRY * 2 ** (looks - 1), LONGEST_RETRY), signal)
        .catch((reason: unknown) => {
          if (!signal.aborted) throw reason;
        });
      continue;
    }
    looks = 0;
    for await (const { type: change, object } of objects.changes(type, version, signal)) {
      if (change === 'DELETED') store.remove(object);
      else store.set(object);
    }
  }
  // Nobody waits for ever for what will not come.
  synced();
}
