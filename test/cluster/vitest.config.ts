import { defineConfig } from 'vitest/config';

/** Needs root and Go: `vitest run --config test/cluster/vitest.config.ts`. Without them, the suites are skipped with the reason. */
export default defineConfig({
  test: {
    include: ['test/cluster/suites/*.ts'],
    testTimeout: 120_000,
    hookTimeout: 1_800_000,
    fileParallelism: false,
  },
});
