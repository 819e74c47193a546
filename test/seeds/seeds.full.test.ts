import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createFunctionWorld } from '../functions/function-world.ts';
import { openTestCluster, type TestCluster } from '../integration/test-cluster.ts';
import { phasesOf } from './seed.ts';
import { seeds } from './seeds.ts';

let cluster: TestCluster;
beforeAll(async () => {
  cluster = await openTestCluster({ rbac: true });
}, 120_000);
afterAll(async () => {
  await cluster?.close();
}, 240_000);

describe.concurrent('an example of the original’s documentation', () => {
  for (const seed of seeds) {
    const { file, prepare, before = [], fails, check } = seed;
    it(
      `${file} ${fails === undefined ? 'completes' : `ends with: ${fails}`}`,
      { timeout: 180_000 },
      async () => {
        const world = createFunctionWorld(cluster, await cluster.createBed());
        const action = await prepare?.(world);
        const status = await world.run([...before, ...phasesOf(seed)], action);
        expect(status.error.message).toContain(fails ?? '');
        expect(status.state, status.error.message).toBe(fails === undefined ? 'complete' : 'failed');
        await check?.(world, status);
        expect(await world.jobPods()).toEqual([]);
      },
    );
  }
});
