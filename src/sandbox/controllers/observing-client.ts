import type { KubernetesClient } from '../../kubernetes/client.ts';
import type { KubernetesObject, ResourceType } from '../../kubernetes/objects.ts';
import type { Informers } from './informer.ts';

/** Subresources that answer with another kind than their object's. */
const FOREIGN = new Set(['scale', 'binding', 'eviction', 'token']);

/** A client whose writes the informers know of as soon as they are answered. */
export function observingClient(client: KubernetesClient, informers: Informers): KubernetesClient {
  const seen = <T extends KubernetesObject>(
    type: ResourceType,
    object: T,
    options?: { subresource?: string; dryRun?: boolean },
  ): T => {
    const own = options?.subresource === undefined || !FOREIGN.has(options.subresource);
    if (own && options?.dryRun !== true) informers.learn(type, object);
    return object;
  };
  return {
    ...client,
    get: client.get.bind(client),
    list: client.list.bind(client),
    watch: client.watch.bind(client),
    create: async (type, object, options) => seen(type, await client.create(type, object, options), options),
    replace: async (type, object, options) =>
      seen(type, await client.replace(type, object, options), options),
    patch: async (type, name, patch, options) =>
      seen(type, await client.patch(type, name, patch, options), options),
    async delete(type, name, options) {
      const known = (await informers.of(type)).get(name);
      const answer = await client.delete(type, name, options);
      if (options?.dryRun) return answer;
      // Whether it is gone or only marked, it is no longer one to count on.
      if (known && !known.metadata?.deletionTimestamp) {
        const deletionTimestamp = new Date(0).toISOString();
        informers.learn(type, { ...known, metadata: { ...known.metadata, deletionTimestamp } });
      }
      return answer;
    },
    log: client.log.bind(client),
    exec: client.exec.bind(client),
    raw: client.raw.bind(client),
    close: client.close.bind(client),
  };
}
