import { isApiError } from '../../kubernetes/api-error.ts';
import type { KubernetesClient } from '../../kubernetes/client.ts';
import type { Clock } from '../../kubernetes/clock.ts';
import type { KubernetesObject, ResourceType } from '../../kubernetes/objects.ts';

export interface ResourceCacheOptions<T> {
  client: KubernetesClient;
  clock: Clock;
  type: ResourceType;
  fieldSelector?: string;
  /** After each change, and once after the first list. `undefined` means that the object is gone. */
  onChange(key: string, object: T | undefined): void;
  signal: AbortSignal;
  log(message: string): void;
}

/** The objects of a resource as they are now. Keys are `namespace/name/uid`: a successor of the same name is another object. */
export interface ResourceCache<T> {
  readonly objects: ReadonlyMap<string, T>;
  /** Resolves when the first list is in. */
  readonly synced: Promise<void>;
  /** Resolves when the signal has ended it. */
  readonly ended: Promise<void>;
}

/** Lists and watches until the signal aborts; after a broken watch it lists again and tells what changed meanwhile. */
export function cacheResources<T extends KubernetesObject>(
  options: ResourceCacheOptions<T>,
): ResourceCache<T> {
  const { signal, clock } = options;
  const objects = new Map<string, T>();
  const synced = Promise.withResolvers<void>();
  const set = (object: T) => {
    const key = keyOf(object);
    if (objects.get(key)?.metadata?.resourceVersion === object.metadata?.resourceVersion) return;
    objects.set(key, object);
    options.onChange(key, object);
  };
  const remove = (key: string) => {
    if (objects.delete(key)) options.onChange(key, undefined);
  };
  const follow = async () => {
    const selector = options.fieldSelector === undefined ? {} : { fieldSelector: options.fieldSelector };
    const list = await options.client.list<T>(options.type, { ...selector, signal });
    const current = new Set(list.items.map(keyOf));
    for (const key of objects.keys()) if (!current.has(key)) remove(key);
    for (const object of list.items) set(object);
    synced.resolve();
    const resourceVersion = list.metadata.resourceVersion ?? '0';
    for await (const event of options.client.watch<T>(options.type, {
      ...selector,
      resourceVersion,
      signal,
    })) {
      if (event.type === 'ADDED' || event.type === 'MODIFIED') set(event.object);
      else if (event.type === 'DELETED') remove(keyOf(event.object));
    }
  };
  const run = async () => {
    while (!signal.aborted) {
      try {
        await follow();
      } catch (error) {
        if (signal.aborted) return;
        if (!isApiError(error, 'Expired', 'Gone'))
          options.log(`watching ${options.type.resource}: ${String(error)}`);
        await clock.sleep(250, signal).catch(() => undefined); // aborted: the loop's condition ends it
      }
    }
  };
  return { objects, synced: synced.promise, ended: run() };
}

const keyOf = ({ metadata = {} }: KubernetesObject) =>
  `${metadata.namespace ?? ''}/${metadata.name ?? ''}/${metadata.uid ?? ''}`;
