import { addQuantities, parseQuantity } from '../../../kubernetes/quantity.ts';
import type { Quantity } from '../../../kubernetes/quantity.ts';
import { largerResources, sumResources } from '../../../kubernetes/resource-list.ts';
import type { ResourceList } from '../../../kubernetes/resource-list.ts';
import { fieldsOf, listOf, textOf } from '../json-value.ts';
import type { Fields } from '../json-value.ts';

/** What a pod asks for, or is limited to, all in all: the containers together, or the largest of what runs before them. */
export function podResources(spec: Fields, field: 'requests' | 'limits'): ResourceList {
  let sidecars: ResourceList = new Map();
  let largest: ResourceList = new Map();
  const total = sumResources(listOf(spec.containers).map((container) => resourceList(container, field)));
  for (const container of listOf(spec.initContainers)) {
    const own = resourceList(container, field);
    if (fieldsOf(container).restartPolicy === 'Always') {
      sidecars = sumResources([sidecars, own]);
      largest = largerResources(largest, sidecars);
    } else largest = largerResources(largest, sumResources([own, sidecars]));
  }
  const needed = largerResources(sumResources([total, sidecars]), largest);
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
