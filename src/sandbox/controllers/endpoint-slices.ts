import type { KubernetesClient } from '../../kubernetes/client.ts';
import type { KubernetesObject, ResourceType } from '../../kubernetes/objects.ts';
import { PODS, SERVICES } from '../../kubernetes/resources.ts';
import { keyOf } from './controller.ts';
import type { Controller } from './controller.ts';
import { controllerReference, nameOf } from './kinds.ts';
import type { Service } from './kinds.ts';
import { find } from './pod-set.ts';
import { backendsOf, portsOf, servicesOf } from './service-backends.ts';
import type { Backend } from './service-backends.ts';

const ENDPOINT_SLICES: ResourceType = {
  group: 'discovery.k8s.io',
  version: 'v1',
  resource: 'endpointslices',
  kind: 'EndpointSlice',
  namespaced: true,
};

/** Lists the addresses of a service's pods in an EndpointSlice, which goes with its service. */
export function endpointSlicesController(client: KubernetesClient): Controller {
  return {
    name: 'endpointslices',
    triggers: [
      { type: SERVICES, keys: (object) => [keyOf(object)] },
      { type: PODS, keys: (object) => servicesOf(client, object) },
    ],
    async reconcile(subject) {
      const service = await find<Service>(client, SERVICES, subject);
      if (!service?.spec.selector || service.metadata?.deletionTimestamp) return undefined;
      const { namespace, name } = subject;
      const slice = { namespace, name: `${name}-sandbox` };
      const existing = await find(client, ENDPOINT_SLICES, slice);
      const backends = await backendsOf(client, service);
      const wanted: KubernetesObject & Record<string, unknown> = {
        metadata: {
          ...existing?.metadata,
          ...slice,
          labels: {
            ...service.metadata?.labels,
            'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
            'kubernetes.io/service-name': name,
          },
          ownerReferences: [controllerReference(service, 'v1', 'Service')],
        },
        addressType: 'IPv4',
        endpoints: backends.map(endpointOf),
        ports: portsOf(service, backends).map((port) => ({ name: '', ...port })),
      };
      if (existing) await client.replace(ENDPOINT_SLICES, wanted);
      else await client.create(ENDPOINT_SLICES, wanted);
      return undefined;
    },
  };
}

function endpointOf({ pod, address, ready }: Backend): object {
  const terminating = pod.metadata?.deletionTimestamp !== undefined;
  return {
    addresses: [address],
    conditions: { ready: ready && !terminating, serving: ready, terminating },
    ...(pod.spec?.hostname !== undefined && { hostname: pod.spec.hostname }),
    ...(pod.spec?.nodeName !== undefined && { nodeName: pod.spec.nodeName }),
    targetRef: { kind: 'Pod', ...nameOf(pod), uid: pod.metadata?.uid ?? '' },
  };
}
