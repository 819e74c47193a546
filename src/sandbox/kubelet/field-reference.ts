import { availableParallelism, totalmem } from 'node:os';
import type { Container, Pod } from './pod.ts';
import { CannotConfigure } from './container-runtime.ts';

/** What a `fieldRef` means for this pod; `address` is its IP, which may not stand in its status yet. */
export function readField(pod: Pod, fieldPath: string, address: string, nodeAddress: string): string {
  const { metadata = {}, spec } = pod;
  const keyed = /^metadata\.(labels|annotations)\['(.+)'\]$/.exec(fieldPath);
  if (keyed) return (keyed[1] === 'labels' ? metadata.labels : metadata.annotations)?.[keyed[2] ?? ''] ?? '';
  switch (fieldPath) {
    case 'metadata.name':
      return metadata.name ?? '';
    case 'metadata.namespace':
      return metadata.namespace ?? '';
    case 'metadata.uid':
      return metadata.uid ?? '';
    case 'metadata.labels':
      return formatMap(metadata.labels);
    case 'metadata.annotations':
      return formatMap(metadata.annotations);
    case 'spec.nodeName':
      return spec.nodeName ?? '';
    case 'spec.serviceAccountName':
      return spec.serviceAccountName ?? '';
    case 'status.podIP':
    case 'status.podIPs':
      return address;
    case 'status.hostIP':
    case 'status.hostIPs':
      return nodeAddress;
    default:
      throw new CannotConfigure(`unsupported fieldPath: ${fieldPath}`);
  }
}

/** What a `resourceFieldRef` means: the container's own limit or request, else what the machine has, in units of `divisor`. */
export function readResource(container: Container, resource: string, divisor = '1'): string {
  const [kind = '', name = ''] = resource.split(/\.(.*)/s);
  const own = kind === 'limits' ? container.resources?.limits : container.resources?.requests;
  const amount = own?.[name] ?? (kind === 'limits' ? wholeMachine(name) : '0');
  return String(Math.ceil(readAmount(amount) / readAmount(divisor === '0' ? '1' : divisor)));
}

function wholeMachine(name: string): string {
  if (name === 'cpu') return String(availableParallelism());
  return name === 'memory' ? String(totalmem()) : '0';
}

const SUFFIXES: Record<string, number> = {
  '': 1,
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
};

function readAmount(quantity: string): number {
  const [, digits = '', suffix = ''] = /^([\d.]+)([a-zA-Z]*)$/.exec(quantity) ?? [];
  const unit = SUFFIXES[suffix];
  if (digits === '' || unit === undefined)
    throw new CannotConfigure(`${quantity} is no quantity that a container can be told`);
  return Number(digits) * unit;
}

const formatMap = (map: Record<string, string> = {}) =>
  Object.entries(map)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
    .join('\n');
