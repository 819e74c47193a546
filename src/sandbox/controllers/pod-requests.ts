import { parseQuantity } from '../../kubernetes/quantity.ts';
import { largerResources, sumResources } from '../../kubernetes/resource-list.ts';
import type { ResourceList } from '../../kubernetes/resource-list.ts';
import type { Container, Pod } from './kinds.ts';

/** What a pod asks of its node: its containers together, or its greediest init container where that is more, and its overhead. */
export const requestsOf = (pod: Pod): ResourceList => total(pod, 'requests');

/** The same of its limits. */
export const limitsOf = (pod: Pod): ResourceList => total(pod, 'limits');

function total({ spec }: Pod, field: 'requests' | 'limits'): ResourceList {
  const of = (container: Container): ResourceList => {
    const { requests, limits } = container.resources ?? {};
    // What is limited and not asked for is asked for.
    const stated = field === 'requests' ? { ...limits, ...requests } : limits;
    return new Map(Object.entries(stated ?? {}).map(([name, text]) => [name, parseQuantity(text)]));
  };
  let sidecars: ResourceList = new Map();
  let peak: ResourceList = new Map();
  for (const container of spec?.initContainers ?? []) {
    if (container.restartPolicy === 'Always') sidecars = sumResources([sidecars, of(container)]);
    else peak = largerResources(peak, sumResources([sidecars, of(container)]));
  }
  const running = sumResources([sidecars, ...(spec?.containers ?? []).map(of)]);
  const overhead = new Map(
    Object.entries(spec?.overhead ?? {}).map(([name, text]) => [name, parseQuantity(text)]),
  );
  return sumResources([largerResources(peak, running), overhead]);
}
