import type { KubernetesClient } from '../../src/kubernetes/client.ts';
import type { ResourceType } from '../../src/kubernetes/objects.ts';
import { CONFIG_MAPS } from '../../src/kubernetes/resources.ts';
import { clientWithRole } from './client-with-role.ts';
import type { FunctionWorld } from './function-world.ts';

/**
 * A client for an operator that may read and watch ConfigMaps only as these verbs say, in the world's namespace; all else it may do. To
 * the API server it is another user for them.
 */
export async function clientOfReader(
  world: FunctionWorld,
  verbs: ('get' | 'watch')[],
): Promise<{ client: KubernetesClient; close(): Promise<void> }> {
  const { client } = world.cluster;
  const rules = verbs.length > 0 ? [{ group: '', resources: ['configmaps'], verbs }] : [];
  const reader = await clientWithRole(world, 'reader', rules);
  const clientFor = (type: ResourceType) => (type.resource === CONFIG_MAPS.resource ? reader : client);
  return {
    client: {
      ...client,
      get: (type, object, options) => clientFor(type).get(type, object, options),
      watch: (type, options) => clientFor(type).watch(type, options),
    },
    close: () => reader.close(),
  };
}
