import { afterAll, beforeAll, expect, it } from 'vitest';
import { runSeries } from '../crash/sigkill/series.ts';
import { openTestCluster } from './test-cluster.ts';
import type { TestCluster } from './test-cluster.ts';

let cluster: TestCluster;
beforeAll(async () => {
  cluster = await openTestCluster();
}, 120_000);
afterAll(() => cluster?.close(), 120_000);

it(
  'operators that are killed again and again lose nothing, repeat nothing and leave nothing behind',
  { timeout: 600_000 },
  async ({ signal }) => {
    // These have successors of both kinds, one to four kills, and a leader that sleeps.
    const seeds = cluster.kind === 'cluster' ? { from: 17, runs: 5 } : { from: 17, runs: 2 };
    const lines: string[] = [];
    const reports = await runSeries(cluster, {
      ...seeds,
      atOnce: 2,
      signal,
      print: (line) => lines.push(line),
    });
    expect(
      reports.flatMap(({ violations }) => violations),
      lines.join('\n'),
    ).toEqual([]);
    expect(reports.every(({ kills, pauses }) => kills + pauses > 0)).toBe(true);
  },
);
