import type { KubernetesObject, ResourceType } from '../../kubernetes/objects.ts';
import { selectorOf } from '../apiserver/label-selector.ts';
import type { Controller } from './controller.ts';
import { canonical } from './template-hash.ts';

export const CLUSTER_ROLES: ResourceType = {
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  resource: 'clusterroles',
  kind: 'ClusterRole',
  namespaced: false,
};

interface ClusterRole extends KubernetesObject {
  aggregationRule?: { clusterRoleSelectors?: object[] };
  rules?: object[];
}

/** Gives cluster roles with an aggregation rule the rules of those that it selects, in the order of their names, each once. */
export const clusterRoleAggregationController: Controller = {
  name: 'clusterrole-aggregation',
  triggers: [
    {
      type: CLUSTER_ROLES,
      // Any role may be selected by any, and may no longer be: which ones change is found out by looking.
      keys: async (_event, { informers }) => {
        const roles = (await informers.of<ClusterRole>(CLUSTER_ROLES)).list();
        return roles.filter(aggregates).map(({ metadata }) => `/${metadata?.name ?? ''}`);
      },
    },
  ],
  async reconcile({ name }, { client, informers }) {
    const known = await informers.of<ClusterRole>(CLUSTER_ROLES);
    const role = known.get({ name });
    if (!role || !aggregates(role) || role.metadata?.deletionTimestamp) return undefined;
    const selectors = (role.aggregationRule?.clusterRoleSelectors ?? []).map(selectorOf);
    const selected = known
      .list()
      .filter(
        ({ metadata }) => metadata?.name !== name && selectors.some((holds) => holds(metadata?.labels ?? {})),
      )
      .toSorted((a, b) => ((a.metadata?.name ?? '') < (b.metadata?.name ?? '') ? -1 : 1));
    const rules = different(selected.flatMap((one) => one.rules ?? []));
    if (canonical(rules) === canonical(role.rules ?? [])) return undefined;
    await client.replace<ClusterRole>(CLUSTER_ROLES, { ...role, rules });
    return undefined;
  },
};

const aggregates = ({ aggregationRule }: ClusterRole): boolean =>
  (aggregationRule?.clusterRoleSelectors?.length ?? 0) > 0;

const different = (rules: object[]): object[] => [
  ...new Map(rules.map((rule) => [canonical(rule), rule])).values(),
];
