import { addQuantities, compareQuantities, parseQuantity } from '../../../kubernetes/quantity.ts';
import type { Quantity } from '../../../kubernetes/quantity.ts';
import { fieldsOf, listOf, textOf } from '../json-value.ts';
import type { Fields } from '../json-value.ts';

export type ResourceList = Map<string, Quantity>;

/** What a pod asks for, or is limited to, all in all: the containers together, or the largest of what runs before them. */
export function podResources(spec: Fields, field: 'requests' | 'limits'): ResourceList {
  const total: ResourceList = new Map();
  let sidecars: ResourceList = new Map();
  let largest: ResourceList = new Map();
  for (const container of listOf(spec.containers)) add(total, resourceList(container, field));
  for (const container of listOf(spec.initContainers)) {
    const own = resourceList(container, field);
    if (fieldsOf(container).restartPolicy === 'Always') {
      sidecars = add(new Map(sidecars), own);
      largest = most(largest, sidecars);
    } else largest = most(largest, add(new Map(own), sidecars));
  }
  const needed = most(add(total, sidecars), largest);
  // What the node itself needs for a pod counts where there is a limit or a request for it to be added to.
  for (const [name, amount] of entriesOf(spec.overhead)) {
    const had = needed.get(name);
    if (had || field === 'requests') needed.set(name, had ? addQuantities(had, amount) : amount);
  }
  return needed;
}

/** Of one container. */
export const resourceList = (container: unknown, field: 'requests' | 'limits'): ResourceList =>
  new Map(entriesOf(fieldsOf(fieldsOf(container).resources)[field]));

const entriesOf = (list: unknown): [string, Quantity][] =>
  Object.entries(fieldsOf(list)).map(([name, amount]) => [name, parseQuantity(textOf(amount))]);

function add(to: ResourceList, more: ResourceList): ResourceList {
  for (const [name, amount] of more) {
    const had = to.get(name);
    to.set(name, had ? addQuantities(had, amount) : amount);
  }
  return to;
}

function most(a: ResourceList, b: ResourceList): ResourceList {
  const result = new Map(a);
  for (const [name, amount] of b) {
    const had = result.get(name);
    if (!had || compareQuantities(had, amount) < 0) result.set(name, amount);
  }
  return result;
}
