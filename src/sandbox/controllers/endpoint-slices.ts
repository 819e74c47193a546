import type { KubernetesObject } from '../../kubernetes/objects.ts';
import { PODS, SERVICES } from '../../kubernetes/resources.ts';
import { ownKey } from './controller.ts';
import type { Controller, ControllerContext } from './controller.ts';
import { controllerReference, nameOf } from './kinds.ts';
import type { Service } from './kinds.ts';
import { deleteThis, find } from './pod-set.ts';
import { ENDPOINT_SLICES } from './resource-types.ts';
import { backendsOf, hostnameOf, portsOf, servicesOf } from './service-backends.ts';
import type { Backend, BackendPort } from './service-backends.ts';
import { canonical } from './template-hash.ts';

const SERVICE_NAME = 'kubernetes.io/service-name';
const MANAGED_BY = 'endpointslice.kubernetes.io/managed-by';
const CONTROLLER = 'endpointslice-controller.k8s.io';
const HEADLESS = 'service.kubernetes.io/headless';
/** So many endpoints stand in one slice. */
const SLICE_SIZE = 100;

interface EndpointSlice extends KubernetesObject {
  addressType?: string;
  endpoints?: object[] | null;
  ports?: BackendPort[] | null;
}

/** Lists the addresses of a service's pods in EndpointSlices, which go with their service. */
export const endpointSlicesController: Controller = {
  name: 'endpointslices',
  triggers: [
    { type: SERVICES, keys: ownKey },
    { type: PODS, keys: servicesOf },
    {
      type: ENDPOINT_SLICES,
      keys({ object: { metadata } }) {
        const service = metadata?.labels?.[SERVICE_NAME];
        return service === undefined ? [] : [`${metadata?.namespace ?? ''}/${service}`];
      },
    },
  ],
  async reconcile(subject, context) {
    const service = await find<Service>(context, SERVICES, subject);
    if (!service?.spec.selector || service.metadata?.deletionTimestamp) return undefined;
    const existing = await slicesOf(context, service);
    const wanted = contentsOf(service, await backendsOf(context, service));
    for (const [index, content] of wanted.entries()) await write(context, service, existing[index], content);
    for (const slice of existing.slice(wanted.length))
      await deleteThis(context.client, ENDPOINT_SLICES, slice);
    return undefined;
  },
};

type Content = Pick<EndpointSlice, 'endpoints' | 'ports'>;

async function slicesOf({ informers }: ControllerContext, service: Service): Promise<EndpointSlice[]> {
  const { namespace, name } = nameOf(service);
  const slices = (await informers.of<EndpointSlice>(ENDPOINT_SLICES)).list(namespace);
  return slices
    .filter(
      ({ metadata }) =>
        metadata?.labels?.[SERVICE_NAME] === name &&
        metadata.labels[MANAGED_BY] === CONTROLLER &&
        !metadata.deletionTimestamp,
    )
    .toSorted((a, b) => (nameOf(a).name < nameOf(b).name ? -1 : 1));
}

/** One slice for each set of ports and each hundred of pods, and an empty one where there is none. */
function contentsOf(service: Service, backends: Backend[]): Content[] {
  const groups = new Map<string, { ports: BackendPort[]; endpoints: object[] }>();
  for (const backend of backends) {
    const ports = portsOf(service, backend.pod).map((port) => ({ name: '', ...port }));
    const key = canonical(ports);
    const group = groups.get(key) ?? { ports, endpoints: [] };
    group.endpoints.push(endpointOf(service, backend));
    groups.set(key, group);
  }
  const contents = [...groups.values()].flatMap(({ ports, endpoints }) =>
    Array.from({ length: Math.ceil(endpoints.length / SLICE_SIZE) }, (_, index) => ({
      endpoints: endpoints.slice(index * SLICE_SIZE, (index + 1) * SLICE_SIZE),
      ports,
    })),
  );
  return contents.length > 0 ? contents : [{ endpoints: null, ports: null }];
}

async function write(
  { client }: ControllerContext,
  service: Service,
  existing: EndpointSlice | undefined,
  content: Content,
): Promise<void> {
  const { namespace, name } = nameOf(service);
  const labels = {
    ...service.metadata?.labels,
    [MANAGED_BY]: CONTROLLER,
    [SERVICE_NAME]: name,
    ...(service.spec.clusterIP === 'None' && { [HEADLESS]: '' }),
  };
  if (existing) {
    const { endpoints = null, ports = null } = existing;
    const same =
      canonical({ endpoints, ports }) === canonical(content) &&
      canonical(existing.metadata?.labels) === canonical(labels);
    if (same) return;
    const metadata = { ...existing.metadata, labels };
    await client.replace(ENDPOINT_SLICES, { ...existing, ...TYPE, metadata, ...content });
    return;
  }
  await client.create<EndpointSlice>(ENDPOINT_SLICES, {
    ...TYPE,
    metadata: {
      generateName: `${name}-`,
      namespace,
      labels,
      ownerReferences: [controllerReference(service, SERVICES)],
    },
    addressType: 'IPv4',
    ...content,
  });
}

const TYPE = { apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice' };

function endpointOf(service: Service, { pod, address, ready, terminating }: Backend): object {
  const always = service.spec.publishNotReadyAddresses === true;
  const hostname = hostnameOf(pod, service);
  return {
    addresses: [address],
    conditions: { ready: always || (ready && !terminating), serving: ready, terminating },
    ...(hostname !== undefined && { hostname }),
    ...(pod.spec?.nodeName !== undefined && { nodeName: pod.spec.nodeName }),
    targetRef: { kind: 'Pod', ...nameOf(pod), uid: pod.metadata?.uid ?? '' },
  };
}
