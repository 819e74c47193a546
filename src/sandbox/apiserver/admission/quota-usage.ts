import { addQuantities, parseQuantity, quantityOf } from '../../../kubernetes/quantity.ts';
import type { Quantity } from '../../../kubernetes/quantity.ts';
import { fieldsOf, listOf, textOf, valueAt } from '../json-value.ts';
import type { ApiObject } from '../resource-definition.ts';
import { podResources } from './pod-resources.ts';

/** How much of each thing that a quota can count one object uses; `storage` names its resource. */
export function usageOf(object: ApiObject, storage: string): Map<string, Quantity> {
  const usage = new Map([[`count/${storage}`, ONE]]);
  const add = (name: string, amount: Quantity) => {
    const had = usage.get(name);
    usage.set(name, had ? addQuantities(had, amount) : amount);
  };
  if (COUNTED.has(storage)) add(storage, ONE);
  switch (storage) {
    case 'pods':
      return podUsage(object, usage);
    case 'services':
      serviceUsage(object, add);
      break;
    case 'persistentvolumeclaims':
      claimUsage(object, add);
      break;
    default:
  }
  return usage;
}

const ONE = quantityOf(1);

const COUNTED = new Set([
  'configmaps',
  'persistentvolumeclaims',
  'replicationcontrollers',
  'resourcequotas',
  'secrets',
  'services',
]);

/** A pod that has ended uses nothing but its place among the objects. */
function podUsage(pod: ApiObject, usage: Map<string, Quantity>): Map<string, Quantity> {
  const phase = valueAt(pod, 'status', 'phase');
  if (phase === 'Succeeded' || phase === 'Failed') return usage;
  usage.set('pods', ONE);
  const spec = fieldsOf(pod.spec);
  for (const [name, amount] of podResources(spec, 'requests')) {
    usage.set(`requests.${name}`, amount);
    if (COMPUTE.has(name)) usage.set(name, amount);
  }
  for (const [name, amount] of podResources(spec, 'limits')) usage.set(`limits.${name}`, amount);
  return usage;
}

const COMPUTE = new Set(['cpu', 'memory', 'ephemeral-storage']);

function serviceUsage(service: ApiObject, add: (name: string, amount: Quantity) => void): void {
  const { type, ports, allocateLoadBalancerNodePorts } = fieldsOf(service.spec);
  const count = listOf(ports).length;
  if (type === 'LoadBalancer') add('services.loadbalancers', ONE);
  if (type === 'NodePort' || (type === 'LoadBalancer' && allocateLoadBalancerNodePorts !== false))
    add('services.nodeports', quantityOf(count));
}

function claimUsage(claim: ApiObject, add: (name: string, amount: Quantity) => void): void {
  const { storageClassName, resources } = fieldsOf(claim.spec);
  const size = textOf(fieldsOf(fieldsOf(resources).requests).storage);
  const amount = size === '' ? quantityOf(0) : parseQuantity(size);
  add('requests.storage', amount);
  if (textOf(storageClassName) === '') return;
  const prefix = `${textOf(storageClassName)}.storageclass.storage.k8s.io`;
  add(`${prefix}/requests.storage`, amount);
  add(`${prefix}/persistentvolumeclaims`, ONE);
}
