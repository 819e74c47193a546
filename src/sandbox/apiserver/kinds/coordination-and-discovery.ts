import { isFields, listOf, setDefault } from '../json-value.ts';
import type { ResourceDefinition } from '../resource-definition.ts';
import { endpointSliceErrors, endpointSliceUpdateErrors } from '../rules/endpoint-slice.ts';
import { leaseErrors } from '../rules/lease.ts';
import { defineKind } from './define-kind.ts';

/** The two groups that have one kind each. */
export const COORDINATION_AND_DISCOVERY_KINDS: ResourceDefinition[] = [
  defineKind('coordination.k8s.io', 'leases', 'Lease', {
    requiresResourceVersion: true,
    validate: leaseErrors,
  }),
  defineKind('discovery.k8s.io', 'endpointslices', 'EndpointSlice', {
    generation: 'all-but-metadata',
    applyDefaults(object) {
      object.endpoints ??= null;
      object.ports ??= null;
      for (const port of listOf(object.ports)) {
        if (!isFields(port)) continue;
        setDefault(port, 'name', '');
        setDefault(port, 'protocol', 'TCP');
      }
    },
    validate: endpointSliceErrors,
    validateUpdate: endpointSliceUpdateErrors,
  }),
];
