import { afterAll, beforeAll, expect, it } from 'vitest';
import { rollOutTwice } from '../cluster/deploymentconfig/roll-out-twice.ts';
import { openTestCluster } from './test-cluster.ts';
import type { TestCluster } from './test-cluster.ts';

let cluster: TestCluster;
beforeAll(async () => {
  cluster = await openTestCluster();
}, 120_000);
afterAll(() => cluster.close(), 120_000);

it('a DeploymentConfig rolls out version after version', { timeout: 120_000 }, async () => {
  expect(await rollOutTwice(cluster.client, await cluster.createNamespace())).toEqual([
    { name: 'web-1', replicas: 0, version: '1' },
    { name: 'web-2', replicas: 1, version: '2' },
  ]);
});
