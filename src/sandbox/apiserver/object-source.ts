import type { KubernetesObject, ResourceType } from '../../kubernetes/objects.ts';
import { preferredResources } from './discovery.ts';
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
  /** Every resource that is served now and can be listed, in the preferred version of its group. */
  types(): ServedType[];
  /** All objects of a resource, or those in a namespace; `undefined` where it is not served. */
  list(type: ResourceType, namespace?: string): { items: KubernetesObject[]; version: number } | undefined;
  /** What happens to them after a version. Ends with the signal or the server, or when it cannot go on: then list again. */
  changes(type: ResourceType, after: number, signal: AbortSignal): AsyncIterable<ObjectChange>;
}

export interface ServedType extends ResourceType {
  verbs: string[];
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
    types: () => preferredResources(registry).filter(({ verbs }) => verbs.includes('list')),
    list(type, namespace) {
      const definition = definitionOf(type);
      if (!definition) return undefined;
      const items = store.list(definition.storage, namespace).map((object) => presented(object, definition));
      return { items, version: store.version };
    },
    async *changes(type, after, signal) {
      const definition = definitionOf(type);
      const cursor = definition && store.eventsAfter(definition.storage, after);
      if (!cursor) return;
      const signals = [signal, stopped];
      let wake = (): void => undefined;
      const end = (): void => wake();
      for (const each of signals) each.addEventListener('abort', end, { once: true });
      try {
        while (signals.every(({ aborted }) => !aborted)) {
          const event = cursor.next();
          if (event === 'compacted') return;
          if (event) yield { type: event.type, object: presented(event.object, definition) };
          else {
            const { promise, resolve } = Promise.withResolvers<void>();
            wake = resolve;
            const stopWaiting = cursor.onEvent(wake);
            await promise;
            stopWaiting();
          }
        }
      } finally {
        for (const each of signals) each.removeEventListener('abort', end);
      }
    },
  };
}
