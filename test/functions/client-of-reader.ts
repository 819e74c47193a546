import type { KubernetesClient } from '../../src/kubernetes/client.ts';
import { systemClock } from '../../src/kubernetes/clock.ts';
import { createClient } from '../../src/kubernetes/create-client.ts';
import { loadKubeConfig } from '../../src/kubernetes/load-kube-config.ts';
import type { JsonObject, KubernetesObject, ResourceType } from '../../src/kubernetes/objects.ts';
import { CONFIG_MAPS, named } from '../../src/kubernetes/resources.ts';
import type { FunctionWorld } from './function-world.ts';

const RBAC = 'rbac.authorization.k8s.io';

/**
 * A client for an operator that may read and watch ConfigMaps only as these verbs say, in the world's namespace; all else it may do. To
 * the API server it is another user for them.
 */
export async function clientOfReader(
  { cluster, namespace }: FunctionWorld,
  verbs: ('get' | 'watch')[],
): Promise<{ client: KubernetesClient; close(): Promise<void> }> {
  const user = `reader-of-${namespace}`;
  if (verbs.length > 0) await grant(cluster.client, namespace, user, verbs);
  const { transport } = await loadKubeConfig({ env: {}, kubeconfig: cluster.kubeconfig, clock: systemClock });
  const reader = createClient(
    {
      ...transport,
      send: (request) =>
        transport.send({ ...request, headers: { ...request.headers, 'impersonate-user': user } }),
    },
    { clock: systemClock },
  );
  const clientFor = (type: ResourceType) =>
    type.resource === CONFIG_MAPS.resource ? reader : cluster.client;
  return {
    client: {
      ...cluster.client,
      get: (type, object, options) => clientFor(type).get(type, object, options),
      watch: (type, options) => clientFor(type).watch(type, options),
    },
    close: () => reader.close(),
  };
}

async function grant(
  client: KubernetesClient,
  namespace: string,
  user: string,
  verbs: string[],
): Promise<void> {
  const metadata = { name: 'reader', namespace };
  await client.create<KubernetesObject & { rules: JsonObject[] }>(named(RBAC, 'roles', 'Role'), {
    apiVersion: `${RBAC}/v1`,
    kind: 'Role',
    metadata,
    rules: [{ apiGroups: [''], resources: ['configmaps'], verbs }],
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
