import type { KubernetesClient } from '../../kubernetes/client.ts';
import { PODS } from '../../kubernetes/resources.ts';
import { keyOf } from './controller.ts';
import type { Key } from './controller.ts';
import { nameOf } from './kinds.ts';
import type { Pod, Service } from './kinds.ts';
import { isReady } from './pod-set.ts';
import { SERVICES } from '../../kubernetes/resources.ts';

export interface Backend {
  pod: Pod;
  address: string;
  ready: boolean;
}

export interface BackendPort {
  name?: string;
  port: number;
  protocol: string;
}

/** The pods that a service's selector finds and that have an address, by name. */
export async function backendsOf(client: KubernetesClient, service: Service): Promise<Backend[]> {
  const { selector = {}, publishNotReadyAddresses = false } = service.spec;
  const labelSelector = Object.entries(selector)
    .map(([key, value]) => `${key}=${value}`)
    .join(',');
  const { items } = await client.list<Pod>(PODS, { namespace: nameOf(service).namespace, labelSelector });
  return items
    .filter(({ status }) => status?.phase !== 'Succeeded' && status?.phase !== 'Failed')
    .flatMap((pod) => {
      const address = pod.status?.podIP;
      return address ? [{ pod, address, ready: publishNotReadyAddresses || isReady(pod) }] : [];
    })
    .toSorted((a, b) => (nameOf(a.pod).name < nameOf(b.pod).name ? -1 : 1));
}

/** Where the pods listen: target ports with a name are found in the first pod that has it. */
export function portsOf(service: Service, backends: Backend[]): BackendPort[] {
  return (service.spec.ports ?? []).flatMap(({ name, port, targetPort = port, protocol = 'TCP' }) => {
    const number = typeof targetPort === 'number' ? targetPort : namedPort(backends, targetPort);
    return number === undefined ? [] : [{ ...(name !== undefined && { name }), port: number, protocol }];
  });
}

function namedPort(backends: Backend[], name: string): number | undefined {
  if (/^\d+$/.test(name)) return Number(name);
  return backends
    .flatMap(({ pod }) => pod.spec?.containers ?? [])
    .flatMap(({ ports = [] }) => ports)
    .find((port) => port.name === name)?.containerPort;
}

/** The services that select a pod. */
export async function servicesOf(client: KubernetesClient, pod: Pod): Promise<Key[]> {
  const { items } = await client.list<Service>(SERVICES, { namespace: nameOf(pod).namespace });
  const labels = pod.metadata?.labels ?? {};
  return items
    .filter(({ spec }) => {
      const wanted = Object.entries(spec.selector ?? {});
      return wanted.length > 0 && wanted.every(([key, value]) => labels[key] === value);
    })
    .map(keyOf);
}
