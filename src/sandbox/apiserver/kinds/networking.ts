import { fieldsOf, isFields, listOf, ownSpec, setDefault } from '../json-value.ts';
import { ingressClassErrors, ingressClassUpdateErrors } from '../rules/ingress-class.ts';
import { ingressErrors, networkPolicyErrors } from '../rules/networking.ts';
import type { ApiObject, ResourceDefinition } from '../resource-definition.ts';
import { defineKind } from './define-kind.ts';

/** Stored; nothing routes or filters by them. */
export const NETWORKING_KINDS: ResourceDefinition[] = [
  defineKind('networking.k8s.io', 'ingressclasses', 'IngressClass', {
    namespaced: false,
    generation: 'spec',
    singular: 'ingressclass',
    listKind: 'IngressClassList',
    applyDefaults(object) {
      const { parameters } = ownSpec(object);
      if (isFields(parameters)) setDefault(parameters, 'scope', 'Cluster');
    },
    validate: ingressClassErrors,
    validateUpdate: ingressClassUpdateErrors,
  }),
  defineKind('networking.k8s.io', 'ingresses', 'Ingress', {
    shortNames: ['ing'],
    generation: 'spec',
    statusSubresource: true,
    prepareCreate(object) {
      object.status = { loadBalancer: {} };
    },
    applyDefaults: (object) => void ownSpec(object),
    validate: ingressErrors,
  }),
  defineKind('networking.k8s.io', 'networkpolicies', 'NetworkPolicy', {
    shortNames: ['netpol'],
    generation: 'spec',
    applyDefaults: applyNetworkPolicyDefaults,
    validate: networkPolicyErrors,
  }),
];

function applyNetworkPolicyDefaults(object: ApiObject): void {
  const spec = ownSpec(object);
  for (const rule of [...listOf(spec.ingress), ...listOf(spec.egress)])
    for (const port of listOf(fieldsOf(rule).ports)) if (isFields(port)) setDefault(port, 'protocol', 'TCP');
  if (listOf(spec.policyTypes).length > 0) return;
  spec.policyTypes = ['Ingress', ...(listOf(spec.egress).length > 0 ? ['Egress'] : [])];
}
