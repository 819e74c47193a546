import { addQuantities, compareQuantities } from './quantity.ts';
import type { Quantity } from './quantity.ts';

/** How much of each resource (`cpu`, `memory`, …) is asked for, allowed or used. */
export type ResourceList = Map<string, Quantity>;

/** All together. */
export function sumResources(lists: ResourceList[]): ResourceList {
  const sum: ResourceList = new Map();
  for (const list of lists)
    for (const [name, quantity] of list) {
      const before = sum.get(name);
      sum.set(name, before ? addQuantities(before, quantity) : quantity);
    }
  return sum;
}

/** Of each resource what is more. */
export function largerResources(a: ResourceList, b: ResourceList): ResourceList {
  const result = new Map(a);
  for (const [name, quantity] of b) {
    const before = result.get(name);
    if (!before || compareQuantities(before, quantity) < 0) result.set(name, quantity);
  }
  return result;
}
