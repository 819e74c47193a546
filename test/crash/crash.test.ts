import { describe, expect, it } from 'vitest';
import { describePlan } from './crash-plan.ts';
import { createCrashSuite } from './crash-suite.ts';
import { SCENARIOS } from './scenarios/index.ts';
import { shrink } from './shrink.ts';

const SEEDS = 300;
/** Every so many seeds are run again, to see the same happen. */
const TWICE = 20;

describe('an operator that crashes, pauses and meets a server in trouble', () => {
  it(`loses no action, repeats no effect and leaves nothing behind, with ${SEEDS} seeds`, async () => {
    const suite = createCrashSuite({ scenarios: SCENARIOS });
    for (let seed = 0; seed < SEEDS; seed += 1) {
      const plan = await suite.planOf(seed);
      const { violations, result } = await suite.run(plan);
      if (violations.length > 0) {
        const smallest = await shrink(plan, async (one) => (await suite.run(one)).violations.length > 0);
        const how = `npm run test:crash -- --no-singles --trace --seeds 1 --from ${seed}`;
        expect.fail(`${how}\n${describePlan(smallest)}\n${violations.join('\n')}`);
      }
      if (seed % TWICE > 0) continue;
      const again = await suite.run(plan);
      expect(again.result.hash, `seed ${seed} happens the same way twice`).toBe(result.hash);
    }
  }, 900_000);
});
