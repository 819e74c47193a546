import { defineConfig } from 'vitest/config';

/** What needs more than Node: real clients, a real cluster. One file at a time: they share the machine's two cores with servers. */
export default defineConfig({
  test: {
    include: ['test/**/*.full.test.ts', 'test/integration/**/*.test.ts'],
    globalSetup: ['test/global-setup.ts'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    pool: 'forks',
    maxWorkers: 1,
    // A cluster's controllers take their time now and then; the summary names what passed only then.
    retry: process.env['TEST_CLUSTER'] === undefined ? 0 : 1,
  },
});
