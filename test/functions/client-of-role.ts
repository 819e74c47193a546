import type { PermissionRule } from '../../src/engine/function.ts';
import type { KubernetesClient } from '../../src/kubernetes/client.ts';
import { systemClock } from '../../src/kubernetes/clock.ts';
import { createClient } from '../../src/kubernetes/create-client.ts';
import { loadKubeConfig } from '../../src/kubernetes/load-kube-config.ts';
import type { JsonObject, KubernetesObject } from '../../src/kubernetes/objects.ts';
import { named } from '../../src/kubernetes/resources.ts';
import type { FunctionWorld } from './function-world.ts';

const RBAC = 'rbac.authorization.k8s.io';

/** What an operator needs whatever functions it has, with the CRDs installed. */
const OPERATOR: PermissionRule[] = [
  { group: 'cr.kanister.io', resources: ['*'], verbs: ['*'] },
  { group: 'coordination.k8s.io', resources: ['leases'], verbs: ['*'] },
  { group: '', resources: ['events', 'secrets', 'configmaps'], verbs: ['*'] },
  { group: '', resources: ['namespaces'], verbs: ['get'] },
];

/**
 * A client for an operator that has, in the world's namespace, these rights beside those that every operator needs, and none elsewhere.
 * Whoever asked for it closes it.
 */
export async function clientOfRole(
  { cluster, namespace }: FunctionWorld,
  permissions: readonly PermissionRule[],
): Promise<KubernetesClient> {
  const user = `operator-of-${namespace}`;
  const metadata = { name: 'operator', namespace };
  const rules = [...OPERATOR, ...permissions].map(({ group, resources, verbs }) => ({
    apiGroups: [group],
    resources,
    verbs,
  }));
  await cluster.client.create<KubernetesObject & { rules: JsonObject[] }>(named(RBAC, 'roles', 'Role'), {
    apiVersion: `${RBAC}/v1`,
    kind: 'Role',
    metadata,
    rules,
  });
  await cluster.client.create<KubernetesObject & { roleRef: JsonObject; subjects: JsonObject[] }>(
    named(RBAC, 'rolebindings', 'RoleBinding'),
    {
      apiVersion: `${RBAC}/v1`,
      kind: 'RoleBinding',
      metadata,
      roleRef: { apiGroup: RBAC, kind: 'Role', name: metadata.name },
      subjects: [{ kind: 'User', apiGroup: RBAC, name: user }],
    },
  );
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
