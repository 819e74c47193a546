import type { KubernetesObject } from '../../kubernetes/objects.ts';
import { addQuantities, formatQuantity, parseQuantity, quantityOf } from '../../kubernetes/quantity.ts';
import type { Quantity } from '../../kubernetes/quantity.ts';
import { PERSISTENT_VOLUME_CLAIMS, PODS, SERVICES } from '../../kubernetes/resources.ts';
import { keyOf, ownKey } from './controller.ts';
import type { Controller, ControllerContext, Key } from './controller.ts';
import type { ResourceEvent } from './informer.ts';
import type { Pod, Service } from './kinds.ts';
import { find, isFinished, writeStatus } from './pod-set.ts';
import { limitsOf, requestsOf } from './pod-requests.ts';
import { RESOURCE_QUOTAS } from './resource-types.ts';
import type { Claim } from './storage-kinds.ts';

interface ResourceQuota extends KubernetesObject {
  spec?: { hard?: Record<string, string>; scopes?: string[] };
  status?: { hard?: Record<string, string>; used?: Record<string, string> };
}

/** How long a change of what nobody watches here may go uncounted. */
const RECOUNT = 5000;

/** Says how much of a quota is used; what goes over it is refused where it is created. */
export const resourceQuotaController: Controller = {
  name: 'resourcequotas',
  triggers: [
    { type: RESOURCE_QUOTAS, keys: ownKey },
    { type: PODS, keys: quotasOf },
    { type: PERSISTENT_VOLUME_CLAIMS, keys: quotasOf },
    { type: SERVICES, keys: quotasOf },
  ],
  async reconcile(subject, context) {
    const quota = await find<ResourceQuota>(context, RESOURCE_QUOTAS, subject);
    if (!quota || quota.metadata?.deletionTimestamp) return undefined;
    const hard = quota.spec?.hard ?? {};
    const used: Record<string, string> = {};
    for (const name of Object.keys(hard)) {
      const amount = await usageOf(context, subject.namespace, name, quota.spec?.scopes ?? []);
      if (amount) used[name] = formatQuantity(amount);
    }
    await writeStatus(context.client, RESOURCE_QUOTAS, quota, { hard, used });
    return Object.keys(hard).some((name) => countedType(name) !== undefined) ? RECOUNT : undefined;
  },
};

async function quotasOf({ object }: ResourceEvent, { informers }: ControllerContext): Promise<Key[]> {
  return (await informers.of(RESOURCE_QUOTAS)).list(object.metadata?.namespace ?? '').map(keyOf);
}

/** `count/deployments.apps` and the older short names: which resource is counted. */
function countedType(name: string): { resource: string; group: string } | undefined {
  const [resource = '', ...group] = name.replace(/^count\//, '').split('.');
  if (name.startsWith('count/')) return { resource, group: group.join('.') };
  return COUNTED.has(name) ? { resource: name, group: '' } : undefined;
}

const COUNTED = new Set(['configmaps', 'secrets', 'replicationcontrollers', 'resourcequotas']);

async function usageOf(
  context: ControllerContext,
  namespace: string,
  name: string,
  scopes: string[],
): Promise<Quantity | undefined> {
  const { informers } = context;
  const counted = countedType(name);
  if (counted) {
    const type = context
      .types()
      .find(({ resource, group }) => resource === counted.resource && group === counted.group);
    return type ? quantityOf((await informers.of(type)).list(namespace).length) : quantityOf(0);
  }
  if (name === 'services' || name.startsWith('services.')) {
    const type = { 'services.loadbalancers': 'LoadBalancer', 'services.nodeports': 'NodePort' }[name];
    const services = (await informers.of<Service>(SERVICES)).list(namespace);
    return quantityOf(services.filter(({ spec }) => type === undefined || spec.type === type).length);
  }
  if (name === 'persistentvolumeclaims' || name.endsWith('requests.storage')) {
    const claims = (await informers.of<Claim>(PERSISTENT_VOLUME_CLAIMS)).list(namespace);
    const storageClass = /^(.+)\.storageclass\.storage\.k8s\.io\//.exec(name)?.[1];
    const own = claims.filter(
      ({ spec }) => storageClass === undefined || spec.storageClassName === storageClass,
    );
    if (name.endsWith('persistentvolumeclaims')) return quantityOf(own.length);
    return sum(own.map(({ spec }) => parseQuantity(spec.resources.requests.storage)));
  }
  const pods = (await informers.of<Pod>(PODS))
    .list(namespace)
    .filter((pod) => !isFinished(pod) && inScopes(pod, scopes));
  if (name === 'pods') return quantityOf(pods.length);
  const resource = name.replace(/^(requests|limits)\./, '');
  const of = name.startsWith('limits.') ? limitsOf : requestsOf;
  return sum(pods.flatMap((pod) => of(pod).get(resource) ?? []));
}

const sum = (quantities: Quantity[]): Quantity =>
  quantities.reduce((total, quantity) => addQuantities(total, quantity), quantityOf(0));

const inScopes = ({ status, spec }: Pod, scopes: string[]): boolean =>
  scopes.every((scope) => {
    switch (scope) {
      case 'BestEffort':
        return status?.qosClass === 'BestEffort';
      case 'NotBestEffort':
        return status?.qosClass !== 'BestEffort';
      case 'Terminating':
        return spec?.activeDeadlineSeconds !== undefined;
      case 'NotTerminating':
        return spec?.activeDeadlineSeconds === undefined;
      default:
        return true;
    }
  });
