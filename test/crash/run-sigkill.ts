/**
 * `npm run test:sigkill -- [--runs N] [--from S] [--at-once K] [--cluster FILE]`: operators as processes, killed or paused at moments that seeds give, on the
 * cluster that FILE or TEST_CLUSTER describes (as `npm run cluster:up` writes it), or on a sandbox. Prints what each run did, and writes the
 * figures of whole series to bench/results/.
 */
import { parseArgs } from 'node:util';
import { median, type Row } from '../../bench/suite.ts';
import { writeResults } from '../../bench/write-results.ts';
import { openTestCluster } from '../integration/test-cluster.ts';
import type { RunReport } from './sigkill/run-once.ts';
import { runSeries } from './sigkill/series.ts';

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '30' },
    from: { type: 'string', default: '1' },
    'at-once': { type: 'string', default: '1' },
    cluster: { type: 'string' },
  },
});
const runs = wholeNumber('runs', values.runs);
const from = wholeNumber('from', values.from);
const atOnce = wholeNumber('at-once', values['at-once']);
const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => interrupted.abort(new Error(`interrupted by ${signal}`)));
const print = (line: string) => process.stdout.write(`${line}\n`);

const cluster = await openTestCluster(values.cluster === undefined ? {} : { cluster: values.cluster });
try {
  const reports = await runSeries(cluster, { from, runs, atOnce, print, signal: interrupted.signal });
  const rows = rowsOf(reports);
  for (const { name, value, unit } of rows) print(`${name}: ${Math.round(value)} ${unit}`.trimEnd());
  // A few runs are a look at something, and no result.
  if (runs >= 30)
    await writeResults({ suite: cluster.kind === 'cluster' ? 'sigkill-cluster' : 'sigkill', rows });
  const failed = reports.filter(({ violations }) => violations.length > 0);
  for (const { plan } of failed) print(`FAILED: npm run test:sigkill -- --runs 1 --from ${plan.seed}`);
  process.exitCode = failed.length > 0 ? 1 : 0;
} finally {
  await cluster.close();
}

function wholeNumber(flag: string, text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new Error(`--${flag} is a whole number, not ${JSON.stringify(text)}`);
}

function rowsOf(reports: RunReport[]): Row[] {
  const sum = (of: (report: RunReport) => number) => reports.reduce((total, report) => total + of(report), 0);
  const none = { goal: { atMost: 0 } };
  return [
    { name: `runs, ${atOnce} at a time`, value: reports.length, unit: '' },
    { name: 'SIGKILLs', value: sum(({ kills }) => kills), unit: '' },
    { name: 'SIGSTOPs until another one led', value: sum(({ pauses }) => pauses), unit: '' },
    { name: 'leaderships lost', value: sum(({ losses }) => losses), unit: '' },
    { name: 'ActionSets', value: sum(({ actionSets }) => actionSets.length), unit: '' },
    { name: 'pods', value: sum(({ pods }) => pods), unit: '' },
    {
      name: 'ActionSets whose exec was cut off: failed, outcome unknown',
      value: sum(({ unknown }) => unknown),
      unit: '',
    },
    { name: 'promises broken', value: sum(({ violations }) => violations.length), unit: '', ...none },
    ...successorRows(reports, 'same', 'the same identity, started at once'),
    ...successorRows(reports, 'other', 'another identity, standing by'),
  ];
}

function successorRows(reports: RunReport[], successor: 'same' | 'other', who: string): Row[] {
  const own = reports.filter(({ plan }) => plan.successor === successor);
  const times = (of: (report: RunReport) => number[], what: string): Row[] => {
    const all = own.flatMap(of);
    if (all.length === 0) return [];
    const name = `SIGKILL to ${what}, ${who}`;
    return [
      { name: `${name}, median of ${all.length}`, value: median(all), unit: 'ms' },
      { name: `${name}, longest`, value: Math.max(...all), unit: 'ms' },
    ];
  };
  return [
    ...times(({ toLease }) => toLease, 'the Lease'),
    ...times(({ toWrite }) => toWrite, 'the first write'),
  ];
}
