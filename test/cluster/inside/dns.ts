import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { KubernetesObject } from '../../../src/kubernetes/objects.ts';
import { DNS_SERVICE_ADDRESS } from '../free-range.ts';
import type { ClusterPlan } from '../plan.ts';
import type { ClusterIdentity } from './control-plane.ts';

const PORTS = [
  { name: 'dns', port: 53, protocol: 'UDP' },
  { name: 'dns-tcp', port: 53, protocol: 'TCP' },
];

/** Writes CoreDNS' settings; its command line. It runs on the node, and answers for names of the cluster only. */
export async function nameServer(
  plan: ClusterPlan,
  identity: ClusterIdentity,
): Promise<Record<string, string[]>> {
  const { built, folders, uplink } = plan;
  const settings = join(folders.run, 'Corefile');
  await writeFile(
    settings,
    `.:53 {
  bind ${uplink.node}
  errors
  ready 127.0.0.1:8181
  kubernetes cluster.local in-addr.arpa ip6.arpa {
    kubeconfig ${identity.kubeconfig('admin')}
    pods insecure
    ttl 5
  }
}
`,
  );
  return { coredns: [join(built['coredns'] ?? '', 'coredns'), '-conf', settings] };
}

/** The service that pods ask, with the node behind it. */
export function nameServiceObjects({ uplink }: ClusterPlan): KubernetesObject[] {
  const metadata = { name: 'kube-dns', namespace: 'kube-system' };
  const service = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { ...metadata, labels: { 'k8s-app': 'kube-dns' } },
    spec: { clusterIP: DNS_SERVICE_ADDRESS, ports: PORTS },
  };
  const slice = {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { ...metadata, labels: { 'kubernetes.io/service-name': metadata.name } },
    addressType: 'IPv4',
    endpoints: [{ addresses: [uplink.node], conditions: { ready: true } }],
    ports: PORTS,
  };
  return [service, slice];
}
