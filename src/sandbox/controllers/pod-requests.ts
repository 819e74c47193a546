import { addQuantities, compareQuantities, parseQuantity } from '../../kubernetes/quantity.ts';
import type { Quantity } from '../../kubernetes/quantity.ts';
import type { Container, Pod } from './kinds.ts';

export type Requests = Map<string, Quantity>;

/** What a pod asks of its node: its containers together, or its greediest init container where that is more, and its overhead. */
export const requestsOf = (pod: Pod): Requests => total(pod, 'requests');

/** The same of its limits. */
export const limitsOf = (pod: Pod): Requests => total(pod, 'limits');

function total({ spec }: Pod, field: 'requests' | 'limits'): Requests {
  const of = (container: Container): Requests => {
    const { requests, limits } = container.resources ?? {};
    // What is limited and not asked for is asked for.
    const stated = field === 'requests' ? { ...limits, ...requests } : limits;
    return new Map(Object.entries(stated ?? {}).map(([name, text]) => [name, parseQuantity(text)]));
  };
  let sidecars: Requests = new Map();
  let peak: Requests = new Map();
  for (const container of spec?.initContainers ?? []) {
    if (container.restartPolicy === 'Always') sidecars = sumRequests([sidecars, of(container)]);
    else peak = maximum(peak, sumRequests([sidecars, of(container)]));
  }
  const running = sumRequests([sidecars, ...(spec?.containers ?? []).map(of)]);
  const overhead = new Map(
    Object.entries(spec?.overhead ?? {}).map(([name, text]) => [name, parseQuantity(text)]),
  );
  return sumRequests([maximum(peak, running), overhead]);
}

export function sumRequests(all: Requests[]): Requests {
  const sum: Requests = new Map();
  for (const requests of all)
    for (const [name, quantity] of requests) {
      const before = sum.get(name);
      sum.set(name, before ? addQuantities(before, quantity) : quantity);
    }
  return sum;
}

function maximum(a: Requests, b: Requests): Requests {
  const result = new Map(a);
  for (const [name, quantity] of b) {
    const before = result.get(name);
    if (!before || compareQuantities(before, quantity) < 0) result.set(name, quantity);
  }
  return result;
}
