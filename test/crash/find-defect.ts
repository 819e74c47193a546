import type { CrashPlan } from './crash-plan.ts';
import { createCrashSuite, type Verdict } from './crash-suite.ts';
import type { PlantedDefect } from './planted-defects.ts';
import { SCENARIOS } from './scenarios/index.ts';
import { systemWithDefect } from './system-with-defect.ts';

/** Looks for a defect with single crashes of its scenario, then with seeds; undefined when `limit` runs did not show it. */
export async function findDefect(
  { scenario, splitBrain, seam, source }: PlantedDefect,
  limit: number,
): Promise<(Verdict & { runs: number }) | undefined> {
  const scenarios = SCENARIOS.filter(({ name }) => name === scenario);
  const defect = { ...(seam && { seam }), ...(source && { system: await systemWithDefect(source) }) };
  const suite = createCrashSuite({ scenarios, ...defect });
  const singles = await suite.singles(scenario);
  for (let runs = 1; runs <= limit; runs += 1) {
    // Every eleventh: those beside each other are much alike.
    const single = runs <= singles.length ? singles[(runs * 11) % singles.length] : undefined;
    const seed = await suite.planOf(runs);
    const plan = splitBrain ? bothLead(seed, runs) : (single ?? seed);
    const verdict = await suite.run(plan);
    if (verdict.violations.length > 0) return { ...verdict, runs };
  }
  return undefined;
}

function bothLead(plan: CrashPlan, runs: number): CrashPlan {
  return { ...plan, leading: 'no-lease', incidents: [], secondAt: runs * 5 };
}
