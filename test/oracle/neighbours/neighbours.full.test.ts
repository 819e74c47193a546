import { describe, expect, it } from 'vitest';
import { differenceIn } from './compare.ts';
import { neighbours } from './neighbours.ts';
import { askOracle, hasGo, oracleProgram } from './oracle.ts';
import { randomFrom } from './random.ts';

const CASES = 5000;
/** The same cases each time: what fails can be had again. Another number makes others. */
const SEED = 20_261_121;

describe.skipIf(!hasGo())('with Go on this machine (go is needed on the PATH)', () => {
  it.each(neighbours)(
    `$name answers ${CASES} random cases as Go does`,
    async (neighbour) => {
      const program = await oracleProgram();
      const inputs = Array.from({ length: CASES }, (_, index) =>
        neighbour.generate(randomFrom(SEED + index)),
      );
      const answers = await askOracle(program, neighbour.name, inputs);
      const differences = inputs.flatMap((input, index) => {
        const answer = answers[index];
        const difference = answer && differenceIn(neighbour, input, answer);
        return difference ? [{ seed: SEED + index, ...difference }] : [];
      });
      expect(differences).toEqual([]);
    },
    600_000,
  );
});
