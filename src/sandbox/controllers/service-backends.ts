import { PODS, SERVICES } from '../../kubernetes/resources.ts';
import { keyOf } from './controller.ts';
import type { ControllerContext, Key } from './controller.ts';
import type { ResourceEvent } from './informer.ts';
import { nameOf } from './kinds.ts';
import type { Pod, Service } from './kinds.ts';
import { hasReadyCondition, isFinished } from './pod-set.ts';

export interface Backend {
  pod: Pod;
  address: string;
  /** Says that it answers, whether it is about to end or not. */
  ready: boolean;
  terminating: boolean;
}

export interface BackendPort {
  name?: string;
  port: number;
  protocol: string;
  appProtocol?: string;
}

/** The pods that a service's selector finds and that have an address, by name. */
export async function backendsOf({ informers }: ControllerContext, service: Service): Promise<Backend[]> {
  const wanted = Object.entries(service.spec.selector ?? {});
  const pods = (await informers.of<Pod>(PODS)).list(nameOf(service).namespace);
  return pods
    .filter(
      (pod) => !isFinished(pod) && wanted.every(([key, value]) => pod.metadata?.labels?.[key] === value),
    )
    .flatMap((pod) => {
      const address = pod.status?.podIP;
      const terminating = pod.metadata?.deletionTimestamp !== undefined;
      return address ? [{ pod, address, ready: hasReadyCondition(pod), terminating }] : [];
    })
    .toSorted((a, b) => (nameOf(a.pod).name < nameOf(b.pod).name ? -1 : 1));
}

/** Where one pod listens: target ports with a name are found in its containers. */
export function portsOf(service: Service, pod: Pod): BackendPort[] {
  return (service.spec.ports ?? []).flatMap(
    ({ name, port, targetPort = port, protocol = 'TCP', appProtocol }) => {
      const number = typeof targetPort === 'number' ? targetPort : namedPort(pod, targetPort, protocol);
      if (number === undefined) return [];
      return [
        { ...(name !== undefined && { name }), port: number, protocol, ...(appProtocol && { appProtocol }) },
      ];
    },
  );
}

function namedPort({ spec }: Pod, name: string, wanted: string): number | undefined {
  if (/^\d+$/.test(name)) return Number(name);
  const restartable = (spec?.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always');
  return [...(spec?.containers ?? []), ...restartable]
    .flatMap(({ ports = [] }) => ports)
    .find(({ name: own, protocol = 'TCP' }) => own === name && protocol === wanted)?.containerPort;
}

/** The name that a pod has below its service's: its own where it asks for this service, or none. */
export const hostnameOf = ({ spec, metadata }: Pod, service: Service): string | undefined =>
  spec?.hostname &&
  spec.subdomain === nameOf(service).name &&
  metadata?.namespace === nameOf(service).namespace
    ? spec.hostname
    : undefined;

/** The services that select a pod, or did before it changed. */
export async function servicesOf(
  { object, before }: ResourceEvent,
  { informers }: ControllerContext,
): Promise<Key[]> {
  const services = (await informers.of<Service>(SERVICES)).list(nameOf(object).namespace);
  const labels = [object, before].flatMap((pod) => (pod ? [pod.metadata?.labels ?? {}] : []));
  return services
    .filter(({ spec }) => {
      const wanted = Object.entries(spec.selector ?? {});
      return wanted.length > 0 && labels.some((own) => wanted.every(([key, value]) => own[key] === value));
    })
    .map(keyOf);
}
