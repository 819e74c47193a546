import type { KubernetesClient } from '../../kubernetes/client.ts';
import type { Clock } from '../../kubernetes/clock.ts';
import { SERVICES } from '../../kubernetes/resources.ts';
import type { AddressRange } from './addresses.ts';
import { formatHostNames, type HostNamesOptions } from './host-names.ts';
import { cacheResources } from './resource-cache.ts';
import { clusterAddress, ENDPOINTS, type Endpoints, type Service, serviceKey } from './service.ts';
import { createServiceProxy } from './service-proxy.ts';

export interface PodNetworkOptions {
  client: KubernetesClient;
  clock: Clock;
  addresses: AddressRange;
  log(message: string): void;
}

/** What pods have of a network: an address each, names of services, and services that answer. */
export interface PodNetwork {
  addresses: AddressRange;
  /** The pod's /etc/hosts as it is now. */
  hostNames(options: Omit<HostNamesOptions, 'services'>): string;
  /** `NAME_SERVICE_HOST`, `NAME_SERVICE_PORT` and so on, for the services of a namespace. */
  serviceVariables(namespace: string): Record<string, string>;
  /** Called after names have changed; returns the function that ends it. */
  onChange(listener: () => void): () => void;
  close(): Promise<void>;
}

/** Starts to follow services. Resolves when those that exist are known. */
export async function startPodNetwork(options: PodNetworkOptions): Promise<PodNetwork> {
  const { client, clock, log } = options;
  const stop = new AbortController();
  const listeners = new Set<() => void>();
  const proxy = createServiceProxy(log);
  let due = false;
  const onChange = () => {
    if (due || stop.signal.aborted) return;
    due = true;
    queueMicrotask(() => {
      due = false;
      if (stop.signal.aborted) return;
      for (const tell of [() => proxy.update(current()), ...listeners]) {
        try {
          tell();
        } catch (error) {
          // A full disk, or a pod whose folder somebody has removed: the others' networks go on.
          log(`telling of changed services: ${String(error)}`);
        }
      }
    });
  };
  const common = { client, clock, onChange, signal: stop.signal, log };
  const services = cacheResources<Service>({ ...common, type: SERVICES });
  const endpoints = cacheResources<Endpoints>({ ...common, type: ENDPOINTS });
  const current = () => {
    const byKey = new Map([...endpoints.objects.values()].map((object) => [serviceKey(object), object]));
    return [...services.objects.values()].map((service) => ({
      service,
      endpoints: byKey.get(serviceKey(service)),
    }));
  };
  await Promise.all([services.synced, endpoints.synced]);
  return {
    addresses: options.addresses,
    hostNames: (names) => formatHostNames({ ...names, services: current() }),
    serviceVariables: (namespace) =>
      Object.assign({}, ...[...services.objects.values()].map((service) => variablesOf(service, namespace))),
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async close() {
      stop.abort();
      await Promise.all([services.ended, endpoints.ended, proxy.close()]);
    },
  };
}

function variablesOf(service: Service, namespace: string): Record<string, string> {
  const address = clusterAddress(service);
  const [first, ...others] = service.spec?.ports ?? [];
  if (service.metadata?.namespace !== namespace || address === undefined || !first) return {};
  const name = upper(service.metadata.name ?? '');
  const variables: Record<string, string> = {
    [`${name}_SERVICE_HOST`]: address,
    [`${name}_SERVICE_PORT`]: String(first.port),
    [`${name}_PORT`]: `tcp://${address}:${first.port}`,
  };
  for (const port of [first, ...others]) {
    if (port.name !== undefined) variables[`${name}_SERVICE_PORT_${upper(port.name)}`] = String(port.port);
    const protocol = (port.protocol ?? 'TCP').toLowerCase();
    const prefix = `${name}_PORT_${port.port}_${protocol.toUpperCase()}`;
    variables[prefix] = `${protocol}://${address}:${port.port}`;
    variables[`${prefix}_PROTO`] = protocol;
    variables[`${prefix}_PORT`] = String(port.port);
    variables[`${prefix}_ADDR`] = address;
  }
  return variables;
}

const upper = (name: string) => name.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_');
