import { isAlreadyExists } from '../../kubernetes/api-error.ts';
import type { KubernetesClient } from '../../kubernetes/client.ts';
import type { KubernetesObject, ResourceType } from '../../kubernetes/objects.ts';
import { SERVICES } from '../../kubernetes/resources.ts';
import { ENDPOINTS } from './service.ts';

const IDENTITY = { name: 'kubernetes', namespace: 'default' };

/**
 * Makes the API server a service of its own cluster, `kubernetes.default.svc`, as a real one does. A service that is there from before learns
 * where the server is now.
 */
export async function publishApiServer(
  client: KubernetesClient,
  { host, port }: { host: string; port: number },
): Promise<void> {
  const ports = [{ name: 'https', port, protocol: 'TCP' }];
  const service = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { ...IDENTITY, labels: { component: 'apiserver', provider: 'kubernetes' } },
    spec: { ports: [{ name: 'https', port: 443, protocol: 'TCP', targetPort: port }] },
  };
  // The slice beside them is the server's, too, and no mirror of these.
  const endpoints = {
    apiVersion: 'v1',
    kind: 'Endpoints',
    metadata: { ...IDENTITY, labels: { 'endpointslice.kubernetes.io/skip-mirror': 'true' } },
    subsets: [{ addresses: [{ ip: host }], ports }],
  };
  const slice = {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { ...IDENTITY, labels: { 'kubernetes.io/service-name': IDENTITY.name } },
    addressType: 'IPv4',
    endpoints: [{ addresses: [host], conditions: { ready: true } }],
    ports,
  };
  await Promise.all([
    write(client, SERVICES, service),
    write(client, ENDPOINTS, endpoints),
    write(client, ENDPOINT_SLICES, slice),
  ]);
}

const ENDPOINT_SLICES: ResourceType = {
  group: 'discovery.k8s.io',
  version: 'v1',
  resource: 'endpointslices',
  kind: 'EndpointSlice',
  namespaced: true,
};

async function write(client: KubernetesClient, type: ResourceType, object: KubernetesObject): Promise<void> {
  try {
    await client.create(type, object);
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
    await client.patch(type, IDENTITY, { type: 'merge', body: object });
  }
}
