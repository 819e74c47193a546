import type { KubernetesClient } from '../../src/kubernetes/client.ts';
import type { ResourceType } from '../../src/kubernetes/objects.ts';
import { clientWithRole } from './client-with-role.ts';
import type { FunctionWorld } from './function-world.ts';

/** What pods of functions have to do with, beside the operator's own business. */
const OF_PODS = ['pods', 'persistentvolumeclaims', 'persistentvolumes', 'nodes'];

/**
 * A client for an operator that has no right to pods and what surrounds them but those of a Role with these rules, in the world's
 * namespace; all else it may do. To the API server it is another user for them.
 */
export async function clientOfJobRole(
  world: FunctionWorld,
  rules: { resources: string[]; verbs: string[] }[],
): Promise<{ client: KubernetesClient; close(): Promise<void> }> {
  const { client } = world.cluster;
  const runner = await clientWithRole(
    world,
    'runner',
    rules.map((rule) => ({ group: '', ...rule })),
  );
  const clientFor = ({ group, resource }: ResourceType) =>
    group === '' && OF_PODS.includes(resource) ? runner : client;
  return {
    client: {
      ...client,
      get: (type, object, options) => clientFor(type).get(type, object, options),
      list: (type, options) => clientFor(type).list(type, options),
      watch: (type, options) => clientFor(type).watch(type, options),
      create: (type, object, options) => clientFor(type).create(type, object, options),
      delete: (type, object, options) => clientFor(type).delete(type, object, options),
      log: (pod, options) => runner.log(pod, options),
    },
    close: () => runner.close(),
  };
}
