import type { KubernetesObject } from '../../kubernetes/objects.ts';
import { PODS, SERVICES } from '../../kubernetes/resources.ts';
import { ownKey } from './controller.ts';
import type { Controller } from './controller.ts';
import { nameOf } from './kinds.ts';
import type { Service } from './kinds.ts';
import { deleteThis, find } from './pod-set.ts';
import { ENDPOINTS } from './resource-types.ts';
import { backendsOf, hostnameOf, portsOf, servicesOf } from './service-backends.ts';
import type { Backend, BackendPort } from './service-backends.ts';
import { canonical } from './template-hash.ts';

const HEADLESS = 'service.kubernetes.io/headless';

interface Address {
  ip: string;
  hostname?: string;
  nodeName?: string;
  targetRef: object;
}

interface Subset {
  addresses?: Address[];
  notReadyAddresses?: Address[];
  ports?: BackendPort[];
}

type Endpoints = KubernetesObject & { subsets?: Subset[] };

/** Lists the addresses of a service's pods in the Endpoints of its name. */
export const endpointsController: Controller = {
  name: 'endpoints',
  triggers: [
    { type: SERVICES, keys: ownKey },
    { type: PODS, keys: servicesOf },
  ],
  async reconcile(subject, context) {
    const { client } = context;
    const service = await find<Service>(context, SERVICES, subject);
    const existing = await find<Endpoints>(context, ENDPOINTS, subject);
    if (!service) {
      if (existing) await deleteThis(client, ENDPOINTS, existing);
      return undefined;
    }
    // Without a selector, somebody else says where a service's backends are.
    if (!service.spec.selector || service.metadata?.deletionTimestamp) return undefined;
    const always = service.spec.publishNotReadyAddresses === true;
    const backends = (await backendsOf(context, service)).filter(({ terminating }) => always || !terminating);
    const labels = {
      ...service.metadata?.labels,
      'endpoints.kubernetes.io/managed-by': 'endpoint-controller',
      ...(service.spec.clusterIP === 'None' && { [HEADLESS]: '' }),
    };
    const subsets = subsetsOf(service, backends, always);
    const same =
      existing &&
      canonical(existing.subsets ?? []) === canonical(subsets) &&
      canonical(existing.metadata?.labels) === canonical(labels);
    if (same) return undefined;
    const wanted: Endpoints = {
      ...existing,
      apiVersion: 'v1',
      kind: 'Endpoints',
      metadata: { ...existing?.metadata, ...subject, labels },
      ...(subsets.length > 0 ? { subsets } : { subsets: undefined }),
    };
    if (existing) await client.replace(ENDPOINTS, wanted);
    else await client.create(ENDPOINTS, wanted);
    return undefined;
  },
};

/** Pods that listen on the same ports stand together. */
function subsetsOf(service: Service, backends: Backend[], always: boolean): Subset[] {
  const groups = new Map<string, { ports: BackendPort[]; members: Backend[] }>();
  for (const backend of backends) {
    const ports = portsOf(service, backend.pod);
    if (ports.length === 0 && (service.spec.ports ?? []).length > 0) continue;
    const key = canonical(ports);
    const group = groups.get(key) ?? { ports, members: [] };
    group.members.push(backend);
    groups.set(key, group);
  }
  return [...groups.values()].map(({ ports, members }) => {
    const addresses = (ready: boolean): Address[] =>
      members
        .filter((backend) => (always || backend.ready) === ready)
        .toSorted((a, b) => compareAddresses(a.address, b.address))
        .map((backend) => addressOf(service, backend));
    const [serving, waiting] = [addresses(true), addresses(false)];
    return {
      ...(serving.length > 0 && { addresses: serving }),
      ...(waiting.length > 0 && { notReadyAddresses: waiting }),
      ...(ports.length > 0 && { ports }),
    };
  });
}

const compareAddresses = (a: string, b: string): number => {
  const [left, right] = [a, b].map((address) => address.split('.').map(Number));
  const at = left?.findIndex((part, index) => part !== right?.[index]) ?? -1;
  return at < 0 ? 0 : (left?.[at] ?? 0) - (right?.[at] ?? 0);
};

function addressOf(service: Service, { pod, address }: Backend): Address {
  const hostname = hostnameOf(pod, service);
  return {
    ip: address,
    ...(hostname !== undefined && { hostname }),
    ...(pod.spec?.nodeName !== undefined && { nodeName: pod.spec.nodeName }),
    targetRef: { kind: 'Pod', ...nameOf(pod), uid: pod.metadata?.uid ?? '' },
  };
}
