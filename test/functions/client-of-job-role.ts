import type { KubernetesClient } from '../../src/kubernetes/client.ts';
import { systemClock } from '../../src/kubernetes/clock.ts';
import { createClient } from '../../src/kubernetes/create-client.ts';
import { loadKubeConfig } from '../../src/kubernetes/load-kube-config.ts';
import type { JsonObject, KubernetesObject, ResourceType } from '../../src/kubernetes/objects.ts';
import { named } from '../../src/kubernetes/resources.ts';
import type { FunctionWorld } from './function-world.ts';

const RBAC = 'rbac.authorization.k8s.io';

/** What pods of functions have to do with, beside the operator's own business. */
const OF_PODS = ['pods', 'persistentvolumeclaims', 'persistentvolumes', 'nodes'];

/**
 * A client for an operator that has no right to pods and what surrounds them but those of a Role with these rules, in the world's
 * namespace; all else it may do. To the API server it is another user for them.
 */
export async function clientOfJobRole(
  { cluster, namespace }: FunctionWorld,
  rules: { resources: string[]; verbs: string[] }[],
): Promise<{ client: KubernetesClient; close(): Promise<void> }> {
  const user = `runner-of-${namespace}`;
  await grant(cluster.client, namespace, user, rules);
  const { transport } = await loadKubeConfig({ env: {}, kubeconfig: cluster.kubeconfig, clock: systemClock });
  const runner = createClient(
    {
      ...transport,
      send: (request) =>
        transport.send({ ...request, headers: { ...request.headers, 'impersonate-user': user } }),
    },
    { clock: systemClock },
  );
  const clientFor = ({ group, resource }: ResourceType) =>
    group === '' && OF_PODS.includes(resource) ? runner : cluster.client;
  return {
    client: {
      ...cluster.client,
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

async function grant(
  client: KubernetesClient,
  namespace: string,
  user: string,
  rules: { resources: string[]; verbs: string[] }[],
): Promise<void> {
  const metadata = { name: 'runner', namespace };
  await client.create<KubernetesObject & { rules: JsonObject[] }>(named(RBAC, 'roles', 'Role'), {
    apiVersion: `${RBAC}/v1`,
    kind: 'Role',
    metadata,
    rules: rules.map((rule) => ({ apiGroups: [''], ...rule })),
  });
  await client.create<KubernetesObject & { roleRef: JsonObject; subjects: JsonObject[] }>(
    named(RBAC, 'rolebindings', 'RoleBinding'),
    {
      apiVersion: `${RBAC}/v1`,
      kind: 'RoleBinding',
      metadata,
      roleRef: { apiGroup: RBAC, kind: 'Role', name: metadata.name },
      subjects: [{ kind: 'User', apiGroup: RBAC, name: user }],
    },
  );
}
