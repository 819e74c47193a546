import { randomUid } from '../random-names.ts';
import { timestamp } from '../server-context.ts';
import type { ServerContext } from '../server-context.ts';
import { CLUSTER_ROLES, CLUSTER_ROLE_BINDINGS, ROLES, ROLE_BINDINGS } from './authorizer.ts';
import published from './bootstrap-policy.json' with { type: 'json' };

const STORAGES: Record<string, string> = {
  ClusterRole: CLUSTER_ROLES,
  ClusterRoleBinding: CLUSTER_ROLE_BINDINGS,
  Role: ROLES,
  RoleBinding: ROLE_BINDINGS,
};

/** Creates the roles and bindings that every cluster begins with (those of Kubernetes 1.34), where they are not there yet. */
export function installBootstrapPolicy({ store, clock, random }: ServerContext): void {
  const creationTimestamp = timestamp(clock.now());
  for (const { kind, name, namespace, labels, ...policy } of published as Policy[]) {
    const storage = STORAGES[kind];
    if (storage === undefined) throw new Error(`${kind} is not a kind of policy`);
    if (store.get(storage, namespace, name)) continue;
    store.put(storage, {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind,
      metadata: {
        name,
        ...(namespace !== undefined && { namespace }),
        uid: randomUid(random),
        creationTimestamp,
        labels: { 'kubernetes.io/bootstrapping': 'rbac-defaults', ...labels },
        annotations: { 'rbac.authorization.kubernetes.io/autoupdate': 'true' },
      },
      ...policy,
    });
  }
}

interface Policy {
  kind: string;
  name: string;
  namespace?: string;
  labels?: Record<string, string>;
  /** aggregationRule, roleRef, rules, subjects */
  [field: string]: unknown;
}
