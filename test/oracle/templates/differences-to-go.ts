import type { Answer, OracleCase } from './oracle-case.ts';
import { startOracle } from './oracle.ts';
import { renderCase } from './render-case.ts';

/** How many cases are asked of Go at a time. */
export const PER_BATCH = 500;

export interface Difference extends OracleCase {
  expected: Answer | undefined;
  actual: Answer;
}

/** The first few cases of the batches for which Go gives something else, errors included. */
export async function differencesToGo(
  batches: number,
  casesOf: (batch: number, count: number) => OracleCase[],
): Promise<Difference[]> {
  const oracle = await startOracle();
  try {
    for (let batch = 0; batch < batches; batch++) {
      const cases = casesOf(batch, PER_BATCH);
      const answers = await oracle.ask(cases);
      const differences = cases.flatMap((one, i) => {
        const actual = renderCase(one);
        const expected = answers[i];
        return JSON.stringify(actual) === JSON.stringify(expected) ? [] : [{ ...one, expected, actual }];
      });
      if (differences.length > 0) return differences.slice(0, 3);
    }
    return [];
  } finally {
    await oracle.close();
  }
}
