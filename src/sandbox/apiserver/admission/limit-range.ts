import {
  compareQuantities,
  formatQuantity,
  parseQuantity,
  quantityToNumber,
} from '../../../kubernetes/quantity.ts';
import type { Quantity } from '../../../kubernetes/quantity.ts';
import type { ResourceList } from '../../../kubernetes/resource-list.ts';
import { fieldsOf, isFields, listOf, ownFields, ownSpec, textOf, valueAt } from '../json-value.ts';
import type { Fields } from '../json-value.ts';
import type { ApiObject } from '../resource-definition.ts';
import type { ServerContext } from '../server-context.ts';
import { forbidden } from '../status-error.ts';
import type { AdmissionRequest } from './admission-request.ts';
import { podResources, resourceList } from './pod-resources.ts';

const ANNOTATION = 'kubernetes.io/limit-ranger';

/** Containers get the requests and limits that their namespace has for those without. */
export function applyLimitRanges(context: ServerContext, { object, namespace }: AdmissionRequest): void {
  if (!object) return;
  for (const range of context.store.list('limitranges', namespace)) {
    const limits = limitsOf(range, 'Container');
    if (limits.length === 0) continue;
    const defaults = {
      requests: Object.assign({}, ...limits.map(({ defaultRequest }) => fieldsOf(defaultRequest))) as Fields,
      limits: Object.assign({}, ...limits.map((limit) => fieldsOf(limit.default))) as Fields,
    };
    const spec = ownSpec(object);
    const said = [
      ...listOf(spec.containers).flatMap((container) => fillIn(container, defaults, 'container')),
      ...listOf(spec.initContainers).flatMap((container) => fillIn(container, defaults, 'init container')),
    ];
    if (said.length === 0) continue;
    object.metadata.annotations = {
      ...object.metadata.annotations,
      [ANNOTATION]: `LimitRanger plugin set: ${said.join('; ')}`,
    };
  }
}

function fillIn(container: unknown, defaults: { requests: Fields; limits: Fields }, what: string): string[] {
  if (!isFields(container)) return [];
  const resources = ownFields(container, 'resources');
  return (['requests', 'limits'] as const).flatMap((field) => {
    const had = fieldsOf(resources[field]);
    const missing = Object.keys(defaults[field]).filter((name) => had[name] === undefined);
    if (missing.length === 0) return [];
    resources[field] = { ...defaults[field], ...had };
    return [`${missing.toSorted().join(', ')} ${field.slice(0, -1)} for ${what} ${textOf(container.name)}`];
  });
}

/** @throws {StatusError} 403 naming each bound that a pod or a claim oversteps */
export function refuseOutsideLimits(context: ServerContext, request: AdmissionRequest): void {
  const { definition, object, name, namespace } = request;
  if (!object) return;
  for (const range of context.store.list('limitranges', namespace)) {
    const faults = definition.storage === 'pods' ? podFaults(range, object) : claimFaults(range, object);
    const [first, ...others] = [...new Set(faults)];
    if (first === undefined) continue;
    throw forbidden(definition, name, others.length === 0 ? first : `[${[first, ...others].join(', ')}]`);
  }
}

function podFaults(range: ApiObject, pod: ApiObject): string[] {
  const spec = fieldsOf(pod.spec);
  const containers = [...listOf(spec.containers), ...listOf(spec.initContainers)];
  return [
    ...limitsOf(range, 'Container').flatMap((limit) =>
      containers.flatMap((container) =>
        boundFaults(limit, resourceList(container, 'requests'), resourceList(container, 'limits')),
      ),
    ),
    ...limitsOf(range, 'Pod').flatMap((limit) =>
      boundFaults(limit, podResources(spec, 'requests'), podResources(spec, 'limits')),
    ),
  ];
}

function boundFaults(limit: Fields, requests: ResourceList, limits: ResourceList): string[] {
  const type = textOf(limit.type);
  return [
    ...bounds(limit.min).flatMap(([name, least]) => minimumFault(type, name, least, requests, limits) ?? []),
    ...bounds(limit.max).flatMap(([name, most]) => maximumFault(type, name, most, requests, limits) ?? []),
    ...bounds(limit.maxLimitRequestRatio).flatMap(
      ([name, ratio]) => ratioFault(type, name, ratio, requests, limits) ?? [],
    ),
  ];
}

function minimumFault(
  type: string,
  name: string,
  least: Quantity,
  requests: ResourceList,
  limits: ResourceList,
) {
  const [request, limit] = [requests.get(name), limits.get(name)];
  const rule = `minimum ${name} usage per ${type} is ${formatQuantity(least)}`;
  if (!request) return `${rule}.  No request is specified`;
  if (compareQuantities(request, least) < 0) return `${rule}, but request is ${formatQuantity(request)}`;
  if (limit && compareQuantities(limit, least) < 0) return `${rule}, but limit is ${formatQuantity(limit)}`;
  return undefined;
}

function maximumFault(
  type: string,
  name: string,
  most: Quantity,
  requests: ResourceList,
  limits: ResourceList,
) {
  const [request, limit] = [requests.get(name), limits.get(name)];
  const rule = `maximum ${name} usage per ${type} is ${formatQuantity(most)}`;
  if (!limit) return `${rule}.  No limit is specified`;
  if (compareQuantities(limit, most) > 0) return `${rule}, but limit is ${formatQuantity(limit)}`;
  if (request && compareQuantities(request, most) > 0)
    return `${rule}, but request is ${formatQuantity(request)}`;
  return undefined;
}

function ratioFault(
  type: string,
  name: string,
  most: Quantity,
  requests: ResourceList,
  limits: ResourceList,
) {
  const [request, limit] = [requests.get(name), limits.get(name)];
  const rule = `${name} max limit to request ratio per ${type} is ${formatQuantity(most)}`;
  if (!request || request.digits === 0n) return `${rule}, but no request is specified or request is 0`;
  if (!limit || limit.digits === 0n) return `${rule}, but no limit is specified or limit is 0`;
  const ratio = quantityToNumber(limit) / quantityToNumber(request);
  return ratio > quantityToNumber(most) ? `${rule}, but provided ratio is ${ratio.toFixed(6)}` : undefined;
}

function claimFaults(range: ApiObject, claim: ApiObject): string[] {
  const requests = resourceList(claim.spec, 'requests');
  return limitsOf(range, 'PersistentVolumeClaim').flatMap((limit) => [
    ...bounds(limit.min).flatMap(
      ([name, least]) => minimumFault('PersistentVolumeClaim', name, least, requests, new Map()) ?? [],
    ),
    ...bounds(limit.max).flatMap(([name, most]) => {
      const request = requests.get(name);
      const rule = `maximum ${name} usage per PersistentVolumeClaim is ${formatQuantity(most)}`;
      if (!request) return [`${rule}.  No request is specified`];
      return compareQuantities(request, most) > 0
        ? [`${rule}, but request is ${formatQuantity(request)}`]
        : [];
    }),
  ]);
}

const bounds = (list: unknown): [string, Quantity][] =>
  Object.entries(fieldsOf(list)).map(([name, amount]) => [name, parseQuantity(textOf(amount))]);

const limitsOf = (range: ApiObject, type: string): Fields[] =>
  listOf(valueAt(range, 'spec', 'limits'))
    .map(fieldsOf)
    .filter((limit) => limit.type === type);
