import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { casesOf } from './cases-of.ts';
import { differenceIn } from './compare.ts';
import type { GoAnswer } from './compare.ts';
import { neighbours } from './neighbours.ts';

describe.each(neighbours)('$name', (neighbour) => {
  const golden = readFileSync(new URL(`golden/${neighbour.name}.jsonl`, import.meta.url), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line): { input: unknown; answer: GoAnswer } => JSON.parse(line));

  it('answers all recorded cases as Go does', () => {
    const differences = golden.flatMap(({ input, answer }) => differenceIn(neighbour, input, answer) ?? []);
    expect(differences).toEqual([]);
  });

  it('has recorded answers to all of its cases, refusals among them where there are any', () => {
    expect(golden.length).toBeGreaterThanOrEqual(300);
    expect(golden.map(({ input }) => JSON.stringify(input))).toEqual(
      casesOf(neighbour).map((input) => JSON.stringify(input)),
    );
    const refused = golden.filter(({ answer }) =>
      /"(?:error|parseError|panic)":/.test(JSON.stringify(answer)),
    );
    expect(refused.length > 30).toBe(neighbour.neverRefuses !== true);
  });
});
