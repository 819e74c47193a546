import type { Logger } from 'pino';
import type { KubernetesClient } from '../kubernetes/client.ts';
import type { Clock } from '../kubernetes/clock.ts';
import { listWatch, type ListSelection } from '../kubernetes/list-watch.ts';
import type { KubernetesObject } from '../kubernetes/objects.ts';
import type { WatchedObjects } from './watched-objects.ts';

export interface WatchObjectsOptions<T extends KubernetesObject> {
  /** Absent: all namespaces. */
  namespace?: string;
  select?: ListSelection<T>;
  clock: Clock;
  log: Logger;
  random: () => number;
  signal: AbortSignal;
}

/**
 * Tells a controller of every object of its kind, and of all that happens to them, until the signal aborts.
 * @throws {ApiError} when the server refuses the first list
 */
export async function watchObjects<T extends KubernetesObject>(
  client: KubernetesClient,
  objects: WatchedObjects<T>,
  options: WatchObjectsOptions<T>,
): Promise<void> {
  for await (const event of listWatch<T>(client, objects.type, options)) {
    switch (event.type) {
      case 'sync':
        for (const object of event.items) objects.seen(object);
        break;
      case 'added':
      case 'modified':
        objects.seen(event.object);
        break;
      case 'deleted':
        objects.gone(event.object);
        break;
    }
  }
}
