import { clusterAddress, type Endpoints, type Service } from './service.ts';

const DOMAIN = 'svc.cluster.local';

export interface HostNamesOptions {
  pod: { namespace: string; hostname: string; subdomain?: string | undefined; address: string };
  aliases: { ip: string; hostnames?: string[] }[];
  services: { service: Service; endpoints: Endpoints | undefined }[];
}

/**
 * The text of a pod's /etc/hosts: itself, its aliases, and in place of a DNS server every service's names
 * (`svc`, `svc.ns`, `svc.ns.svc`, `svc.ns.svc.cluster.local`); for headless ones those of their pods too.
 */
export function formatHostNames({ pod, aliases, services }: HostNamesOptions): string {
  const own =
    pod.subdomain === undefined ? [] : [`${pod.hostname}.${pod.subdomain}.${pod.namespace}.${DOMAIN}`];
  return [
    '# Written by the sandbox: this file is its DNS.',
    '127.0.0.1\tlocalhost',
    '::1\tlocalhost ip6-localhost ip6-loopback',
    line(pod.address, [...own, pod.hostname]),
    ...aliases.map(({ ip, hostnames = [] }) => line(ip, hostnames)),
    ...services.flatMap(({ service, endpoints }) => serviceLines(service, endpoints, pod.namespace)),
    '',
  ].join('\n');
}

function serviceLines(service: Service, endpoints: Endpoints | undefined, from: string): string[] {
  const { name = '', namespace = '' } = service.metadata ?? {};
  const names = namesOf(name, namespace, from);
  const address = clusterAddress(service);
  if (address !== undefined) return [line(address, names)];
  const found = (endpoints?.subsets ?? []).flatMap(({ addresses = [], notReadyAddresses = [] }) =>
    service.spec?.publishNotReadyAddresses ? [...addresses, ...notReadyAddresses] : addresses,
  );
  return found.map(({ ip, hostname, targetRef }) => {
    const pod = hostname ?? targetRef?.name;
    return line(ip, [...(pod === undefined ? [] : namesOf(`${pod}.${name}`, namespace, from)), ...names]);
  });
}

function namesOf(name: string, namespace: string, from: string): string[] {
  const long = [`${name}.${namespace}.${DOMAIN}`, `${name}.${namespace}.svc`, `${name}.${namespace}`];
  return namespace === from ? [...long, name] : long;
}

const line = (address: string, names: string[]) => `${address}\t${names.join(' ')}`;
