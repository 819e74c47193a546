import type { Neighbour } from './neighbour.ts';
import { randomFrom } from './random.ts';

const LEAST = 330;

/** Those that were thought of, and as many others as make a fair number; always the same, none twice. */
export function casesOf(neighbour: Neighbour): unknown[] {
  const cases = new Map(neighbour.fixed.map((input) => [JSON.stringify(input), input]));
  for (let seed = 1; cases.size < Math.max(LEAST, neighbour.fixed.length + 150) && seed < 5000; seed += 1) {
    const input = neighbour.generate(randomFrom(seed));
    cases.set(JSON.stringify(input), input);
  }
  return [...cases.values()];
}
