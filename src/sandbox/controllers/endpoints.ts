import type { KubernetesClient } from '../../kubernetes/client.ts';
import type { KubernetesObject, ResourceType } from '../../kubernetes/objects.ts';
import { PODS, SERVICES } from '../../kubernetes/resources.ts';
import { keyOf } from './controller.ts';
import type { Controller } from './controller.ts';
import { nameOf } from './kinds.ts';
import type { Service } from './kinds.ts';
import { deleteThis, find } from './pod-set.ts';
import { backendsOf, portsOf, servicesOf } from './service-backends.ts';
import type { Backend } from './service-backends.ts';

const ENDPOINTS: ResourceType = {
  group: '',
  version: 'v1',
  resource: 'endpoints',
  kind: 'Endpoints',
  namespaced: true,
};

/** Lists the addresses of a service's pods in the Endpoints of its name. */
export function endpointsController(client: KubernetesClient): Controller {
  return {
    name: 'endpoints',
    triggers: [
      { type: SERVICES, keys: (object) => [keyOf(object)] },
      { type: PODS, keys: (object) => servicesOf(client, object) },
    ],
    async reconcile(subject) {
      const service = await find<Service>(client, SERVICES, subject);
      const existing = await find(client, ENDPOINTS, subject);
      if (!service) {
        if (existing) await deleteThis(client, ENDPOINTS, existing);
        return undefined;
      }
      // Without a selector, somebody else says where a service's backends are.
      if (!service.spec.selector || service.metadata?.deletionTimestamp) return undefined;
      const backends = await backendsOf(client, service);
      const addresses = (ready: boolean) =>
        backends.filter((backend) => backend.ready === ready).map(addressOf);
      const [serving, waiting] = [addresses(true), addresses(false)];
      const subset = {
        ...(serving.length > 0 && { addresses: serving }),
        ...(waiting.length > 0 && { notReadyAddresses: waiting }),
        ports: portsOf(service, backends),
      };
      const wanted: KubernetesObject & { subsets: object[] } = {
        metadata: { ...existing?.metadata, ...subject, labels: { ...service.metadata?.labels } },
        subsets: backends.length > 0 ? [subset] : [],
      };
      if (existing) await client.replace(ENDPOINTS, wanted);
      else await client.create(ENDPOINTS, wanted);
      return undefined;
    },
  };
}

const addressOf = ({ pod, address }: Backend) => ({
  ip: address,
  ...(pod.spec?.hostname !== undefined && { hostname: pod.spec.hostname }),
  ...(pod.spec?.nodeName !== undefined && { nodeName: pod.spec.nodeName }),
  targetRef: { kind: 'Pod', ...nameOf(pod), uid: pod.metadata?.uid ?? '' },
});
