import type { PermissionRule } from '../../src/engine/function.ts';
import type { KubernetesClient } from '../../src/kubernetes/client.ts';
import { systemClock } from '../../src/kubernetes/clock.ts';
import { createClient } from '../../src/kubernetes/create-client.ts';
import { loadKubeConfig } from '../../src/kubernetes/load-kube-config.ts';
import type { JsonObject, KubernetesObject } from '../../src/kubernetes/objects.ts';
import { named } from '../../src/kubernetes/resources.ts';
import type { FunctionWorld } from './function-world.ts';

const RBAC = 'rbac.authorization.k8s.io';

/**
 * A client of a user of its own, who has these rights in the world's namespace and none elsewhere; without any it gets no Role. Whoever
 * asked for it closes it.
 * @param name of the Role
 */
export async function clientWithRole(
  { cluster, namespace }: Pick<FunctionWorld, 'cluster' | 'namespace'>,
  name: string,
  permissions: readonly PermissionRule[],
): Promise<KubernetesClient> {
  const user = `${name}-of-${namespace}`;
  if (permissions.length > 0) await grant(cluster.client, { name, namespace }, user, permissions);
  const { transport } = await loadKubeConfig({ env: {}, kubeconfig: cluster.kubeconfig, clock: systemClock });
  const asUser = <R extends { headers?: Record<string, string> }>(request: R): R => ({
    ...request,
    headers: { ...request.headers, 'impersonate-user': user },
  });
  return createClient(
    {
      send: (request) => transport.send(asUser(request)),
      connect: (request) => transport.connect(asUser(request)),
      close: () => transport.close(),
    },
    { clock: systemClock },
  );
}

async function grant(
  client: KubernetesClient,
  metadata: { name: string; namespace: string },
  user: string,
  permissions: readonly PermissionRule[],
): Promise<void> {
  await client.create<KubernetesObject & { rules: JsonObject[] }>(named(RBAC, 'roles', 'Role'), {
    apiVersion: `${RBAC}/v1`,
    kind: 'Role',
    metadata,
    rules: permissions.map(({ group, resources, verbs }) => ({ apiGroups: [group], resources, verbs })),
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
