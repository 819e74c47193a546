import type { PermissionRule } from '../../src/engine/function.ts';
import type { KubernetesClient } from '../../src/kubernetes/client.ts';
import { clientWithRole } from './client-with-role.ts';
import type { FunctionWorld } from './function-world.ts';

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
export function clientOfRole(
  world: FunctionWorld,
  permissions: readonly PermissionRule[],
): Promise<KubernetesClient> {
  return clientWithRole(world, 'operator', [...OPERATOR, ...permissions]);
}
