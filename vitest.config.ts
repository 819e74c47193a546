import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/longest-first.ts';

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    // What is in `integration` runs on the sandbox and on a real cluster, in the full tests.
    exclude: ['**/*.full.test.ts', 'test/integration/**', '**/node_modules/**'],
    globalSetup: ['test/global-setup.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // Many tests start programs of this project: each start takes half as long when they are compiled already.
    env: { NODE_COMPILE_CACHE: `${import.meta.dirname}/node_modules/.cache/node` },
    pool: 'forks',
    // A process that many files share has a large heap: fewer collections of its young part. Threads that help with them would only
    // take a processor from the other workers.
    execArgv: ['--max-semi-space-size=64', '--single-threaded-gc'],
    // Modules keep no state, so files can share a process: one for each file would take half a second apiece.
    isolate: false,
    // Tests of processes wait much: one more than there are processors on a small machine.
    maxWorkers: 3,
    sequence: { sequencer: LongestFirst },
  },
});
