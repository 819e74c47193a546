import { describe, expect, it } from 'vitest';
import { createCrashSuite } from './crash-suite.ts';
import { findDefect } from './find-defect.ts';
import { PLANTED_DEFECTS } from './planted-defects.ts';
import { SCENARIOS } from './scenarios/index.ts';

describe('the crash suite finds the defect that', () => {
  it.each(PLANTED_DEFECTS)(
    '$name',
    async (defect) => {
      const found = await findDefect(defect, 120);
      expect(found, 'no run showed it').toBeDefined();
      if (found === undefined) return;
      const { violations } = await createCrashSuite({ scenarios: SCENARIOS }).run(found.plan);
      expect(violations, 'the same run without the defect').toEqual([]);
    },
    60_000,
  );
});
