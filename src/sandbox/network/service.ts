import type { KubernetesObject, ResourceType } from '../../kubernetes/objects.ts';

/** The fields of a Service (v1) that the network reads. */
export interface Service extends KubernetesObject {
  spec?: {
    type?: string;
    clusterIP?: string;
    externalName?: string;
    ports?: ServicePort[];
    publishNotReadyAddresses?: boolean;
  };
}

export interface ServicePort {
  name?: string;
  port: number;
  targetPort?: number | string;
  protocol?: string;
}

export interface Endpoints extends KubernetesObject {
  subsets?: EndpointSubset[];
}

export interface EndpointSubset {
  addresses?: EndpointAddress[];
  notReadyAddresses?: EndpointAddress[];
  ports?: { name?: string; port: number; protocol?: string }[];
}

export interface EndpointAddress {
  ip: string;
  hostname?: string;
  targetRef?: { kind?: string; name?: string };
}

export const ENDPOINTS: ResourceType = {
  group: '',
  version: 'v1',
  resource: 'endpoints',
  kind: 'Endpoints',
  namespaced: true,
};

/** `namespace/name`, which a Service and its Endpoints share. */
export const serviceKey = ({ metadata = {} }: KubernetesObject) =>
  `${metadata.namespace ?? ''}/${metadata.name ?? ''}`;

/** The address that clients of the service use; none for headless ones and for names of other hosts. */
export function clusterAddress(service: Service): string | undefined {
  const address = service.spec?.clusterIP;
  return address && address !== 'None' && service.spec?.type !== 'ExternalName' ? address : undefined;
}

/** Where a connection to a service's port can go: addresses with the pod's port. */
export function readyTargets(
  port: ServicePort,
  endpoints: Endpoints | undefined,
): { host: string; port: number }[] {
  return (endpoints?.subsets ?? []).flatMap((subset) => {
    const ports = subset.ports ?? [];
    const found =
      ports.length === 1 && port.name === undefined
        ? ports[0]
        : ports.find(({ name }) => (name ?? '') === (port.name ?? ''));
    return found ? (subset.addresses ?? []).map(({ ip }) => ({ host: ip, port: found.port })) : [];
  });
}
