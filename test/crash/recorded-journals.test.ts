import { describe, expect, it } from 'vitest';
import { undisturbed } from './crash-plan.ts';
import { createCrashSuite } from './crash-suite.ts';
import { readRecordings } from './recorded-journals.ts';
import { SCENARIOS } from './scenarios/index.ts';

describe('runs that an earlier release began', async () => {
  it.each(await readRecordings())(
    'are gone on with, or end saying that nobody knows: $file',
    async ({ recordings }) => {
      const suite = createCrashSuite({ scenarios: SCENARIOS });
      expect(recordings.length).toBeGreaterThan(0);
      for (const recording of recordings) {
        const { violations } = await suite.run(undisturbed(recording.scenario), { recording });
        expect(violations, `"${recording.scenario}", killed after call ${recording.call}`).toEqual([]);
      }
    },
    300_000,
  );
});
