import { concurrently } from '../../../src/kubernetes/concurrently.ts';
import { describeKillPlan, killPlan, type KillPlan } from './kill-plan.ts';
import { runOnce, type RunReport } from './run-once.ts';
import { openWorkplace } from './workplace.ts';
import type { TestCluster } from '../../integration/test-cluster.ts';

export interface SeriesOptions {
  /** The first seed. */
  from: number;
  runs: number;
  /** How many at a time; their figures are of value only with one. */
  atOnce?: number;
  signal: AbortSignal;
  print(line: string): void;
}

const ACTION_SETS = 8;

/**
 * An undisturbed run, and then as many that are killed as the seeds say, each held against the first. The seed gives the moments of the
 * kills; what they meet is the cluster's affair.
 * @throws {Error} when the undisturbed run itself goes wrong
 */
export async function runSeries(
  cluster: TestCluster,
  { from, runs, atOnce = 1, signal, print }: SeriesOptions,
): Promise<RunReport[]> {
  const workplace = await openWorkplace(cluster);
  try {
    const calm: KillPlan = { seed: -1, signal: 'SIGKILL', successor: 'same', kills: [], arrivals: [] };
    const first = await runOnce(workplace, { plan: calm, signal });
    print(`undisturbed: ${describeReport(first)}`);
    if (first.violations.length > 0)
      throw new Error(`without a kill: ${first.violations.join('; ')}\n${first.facts}`);
    const undisturbed = first.actionSets;
    const seeds = Array.from({ length: runs }, (_, index) => from + index);
    return await concurrently(seeds, atOnce, async (seed) => {
      const report = await runOnce(workplace, { plan: killPlan(seed, ACTION_SETS), undisturbed, signal });
      print(`seed ${seed}: ${describeKillPlan(report.plan)}; ${describeReport(report)}`);
      for (const violation of report.violations) print(`  - ${violation}`);
      if (report.facts !== '') print(report.facts);
      return report;
    });
  } finally {
    workplace.close();
  }
}

function describeReport(report: RunReport): string {
  const { kills, pauses, losses, actionSets, unknown, pods, violations, seconds } = report;
  const counts = `${kills} kills, ${pauses === 0 ? '' : `${pauses} pauses, `}${losses === 0 ? '' : `${losses} leaderships lost, `}${actionSets.length} ActionSets (${unknown} unknown), ${pods} pods, ${violations.length} violations`;
  return `${counts}, ${seconds.toFixed(1)} s`;
}
