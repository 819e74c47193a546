import type { KubernetesObject, ResourceType } from '../../kubernetes/objects.ts';
import { presented } from './presented.ts';
import type { ResourceDefinition } from './resource-definition.ts';
import type { ServerContext } from './server-context.ts';
import type { StoredEvent } from './store.ts';

/**
 * The objects of the server for those who live with it: without a request, and nothing is encoded. What it returns is the store's own: nobody may
 * change it.
 */
export interface ObjectSource {
  /** Aborts when the server is closed. */
  ended: AbortSignal;
  /** All objects of a resource; `undefined` where it is not served. */
  list(type: ResourceType): { items: KubernetesObject[]; version: number } | undefined;
  /** What happens to them after a version. Ends with the signal or the server, or when it cannot go on: then list again. */
  changes(type: ResourceType, after: number, signal: AbortSignal): AsyncIterable<ObjectChange>;
}

export interface ObjectChange {
  type: StoredEvent['type'];
  object: KubernetesObject;
}

export function createObjectSource({
  store,
  registry,
  stopped,
}: Pick<ServerContext, 'store' | 'registry' | 'stopped'>): ObjectSource {
  const definitionOf = ({ group, version, resource }: ResourceType): ResourceDefinition | undefined =>
    registry.find(group, version, resource);
  return {
    ended: stopped,
    list(type) {
      const definition = definitionOf(type);
      if (!definition) return undefined;
      const items = store.list(definition.storage).map((object) => presented(object, definition));
      return { items, version: store.version };
    },
    async *changes(type, after, signal) {
      const definition = definitionOf(type);
      const cursor = definition && store.eventsAfter(definition.storage, after);
      if (!cursor) return;
      while (!signal.aborted && !stopped.aborted) {
        const event = cursor.next();
        if (event === 'compacted') return;
        if (event) yield { type: event.type, object: presented(event.object, definition) };
        else await moreOrEnd(cursor.onEvent, [signal, stopped]);
      }
    },
  };
}

/** Resolves when `onMore` calls back, or a signal aborts. */
function moreOrEnd(onMore: (wake: () => void) => () => void, signals: AbortSignal[]): Promise<void> {
  return new Promise((resolve) => {
    const wake = (): void => {
      stopWaiting();
      for (const signal of signals) signal.removeEventListener('abort', wake);
      resolve();
    };
    const stopWaiting = onMore(wake);
    for (const signal of signals) signal.addEventListener('abort', wake, { once: true });
  });
}
