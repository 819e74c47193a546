import { type ApiError, isForbidden } from './api-error.ts';
import type { KubernetesClient, WatchOptions } from './client.ts';
import type { Clock } from './clock.ts';
import type { KubernetesObject, ResourceType } from './objects.ts';

/** Milliseconds after which a refused watch is asked for again: rights are granted while a program runs. */
const REMEMBERED = 10 * 60_000;

/**
 * A client that remembers which watches the server has refused, and refuses them itself for a while, in the server's words: a role without
 * the right to watch pods does not cost a request for each of a thousand pods.
 */
export function rememberRefusedWatches(client: KubernetesClient, clock: Clock): KubernetesClient {
  const refusals = new Map<string, { error: ApiError; at: number }>();

  async function* watch<T extends KubernetesObject>(type: ResourceType, options: WatchOptions) {
    const key = [type.group, type.resource, options.namespace ?? ''].join('/');
    const known = refusals.get(key);
    if (known !== undefined && clock.monotonic() - known.at < REMEMBERED) throw known.error;
    try {
      yield* client.watch<T>(type, options);
    } catch (error) {
      if (isForbidden(error)) refusals.set(key, { error, at: clock.monotonic() });
      throw error;
    }
  }

  return { ...client, watch };
}
