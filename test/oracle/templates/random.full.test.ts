import { describe, expect, it } from 'vitest';
import { goIsHere, startOracle } from './oracle.ts';
import { randomCases } from './random-case.ts';
import { renderCase } from './render-case.ts';

const SEED = 20_240_102;
const BATCHES = 40;
const PER_BATCH = 500;

describe.skipIf(!goIsHere())('templates made at random (needs Go)', () => {
  it(
    `give what Go gives, errors included: ${BATCHES * PER_BATCH} of them`,
    async () => {
      const oracle = await startOracle();
      try {
        for (let batch = 0; batch < BATCHES; batch++) {
          const cases = randomCases(SEED + batch, PER_BATCH);
          const answers = await oracle.ask(cases);
          const differences = cases.flatMap((one, i) => {
            const actual = renderCase(one);
            const expected = answers[i];
            return JSON.stringify(actual) === JSON.stringify(expected) ? [] : [{ ...one, expected, actual }];
          });
          expect(differences.slice(0, 3)).toEqual([]);
        }
      } finally {
        await oracle.close();
      }
    },
    15 * 60_000,
  );
});
