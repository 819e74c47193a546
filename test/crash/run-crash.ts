/**
 * `npm run test:crash -- [--seeds N] [--from S] [--scenario NAME] [--no-singles] [--once] [--trace] [--workers N] [--results]`: every single
 * crash of every scenario, then N seeds; each run twice, unless it is to be once. Prints what it did, and a failing plan as small as it can be
 * made.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import type { Row } from '../../bench/suite.ts';
import { writeResults } from '../../bench/write-results.ts';
import { describePlan, type CrashPlan } from './crash-plan.ts';
import { createCrashSuite } from './crash-suite.ts';
import { SCENARIOS } from './scenarios/index.ts';
import { shrink } from './shrink.ts';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1000' },
    from: { type: 'string', default: '0' },
    scenario: { type: 'string' },
    'no-singles': { type: 'boolean', default: false },
    once: { type: 'boolean', default: false },
    trace: { type: 'boolean', default: false },
    workers: { type: 'string', default: '1' },
    /** `I/N`, of a worker: it takes every Nth scenario and seed, beginning with the Ith. */
    share: { type: 'string', default: '0/1' },
    results: { type: 'boolean', default: false },
  },
});
const from = wholeNumber('from', values.from);
const seeds = wholeNumber('seeds', values.seeds);
const workers = wholeNumber('workers', values.workers);
const [share = 0, shares = 1] = values.share.split('/').map(Number);
const scenarios = SCENARIOS.filter(({ name }) => values.scenario === undefined || name === values.scenario);
if (scenarios.length === 0) throw new Error(`no scenario is called "${values.scenario}"`);
const suite = createCrashSuite({ scenarios });
const counts = { runs: 0, singles: 0, processes: 0, calls: 0, failures: 0, virtualTime: 0, cpu: 0 };
/** How often something went wrong in the same way: told in full once. */
const failing = new Map<string, number>();

if (workers > 1) await shareOut();
else await runShare();
counts.cpu += processorTime();
// A worker's are added up by whoever started it.
if (process.send) process.send(counts);
else await report();
process.exitCode = counts.failures > 0 ? 1 : 0;

async function runShare(): Promise<void> {
  const mine = (_one: unknown, index: number) => index % shares === share;
  for (const { name } of values['no-singles'] ? [] : scenarios.filter(mine)) {
    const plans = await suite.singles(name);
    const before = counts.failures;
    for (const plan of plans) await check(plan, 'a single crash');
    counts.singles += plans.length;
    say(`${name}: ${plans.length} single crashes, ${counts.failures - before} failed`);
  }
  for (let seed = from + share; seed < from + seeds; seed += shares) {
    await check(
      await suite.planOf(seed),
      `seed ${seed}: npm run test:crash -- --no-singles --trace --seeds 1 --from ${seed}`,
    );
    const done = (seed - from - share) / shares + 1;
    if (done % 1_000 === 0) say(`${done} seeds, ${counts.failures} failures`);
  }
  for (const [kind, count] of failing) say(`${count} × ${kind}`);
}

/** To processes that have the machine's processors side by side. */
async function shareOut(): Promise<void> {
  const own = process.argv.slice(2).filter((argument) => argument !== '--results');
  await Promise.all(
    Array.from({ length: workers }, async (_, index) => {
      const argv = [...own, '--workers', '1', '--share', `${index}/${workers}`];
      const child = fork(import.meta.filename, argv);
      child.on('message', (theirs: typeof counts) => {
        for (const [name, count] of Object.entries(theirs)) counts[name as keyof typeof counts] += count;
      });
      const [code] = (await once(child, 'exit')) as [number | null];
      if (code !== 0 && code !== 1) throw new Error(`worker ${index} ended with ${code}`);
    }),
  );
}

async function report(): Promise<void> {
  const rows = figures();
  for (const { name, value, unit } of rows) say(`${name.padEnd(40)} ${value.toFixed(0).padStart(9)} ${unit}`);
  if (values.results) await writeResults({ suite: 'crash', rows });
}

function processorTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

async function check(plan: CrashPlan, how: string): Promise<void> {
  const { violations, result } = await suite.run(plan);
  counts.runs += 1;
  counts.processes += result.calls.length;
  counts.calls += result.calls.reduce((all, calls) => all + calls, 0);
  counts.virtualTime += result.time / 1_000;
  if (!values.once) {
    const again = await suite.run(plan);
    counts.runs += 1;
    if (again.result.hash !== result.hash) violations.push('the same plan did not happen the same way twice');
  }
  if (violations.length === 0) return;
  counts.failures += 1;
  const kind = `${plan.scenario}: ${kindOf(violations)}`;
  failing.set(kind, (failing.get(kind) ?? 0) + 1);
  if (failing.get(kind) === 1) await tell(plan, how);
}

async function tell(plan: CrashPlan, how: string): Promise<void> {
  const smallest = await shrink(plan, async (one) => (await suite.run(one)).violations.length > 0);
  say(`\nFAILED ${how}\n  ${describePlan(plan)}\n  at its smallest ${describePlan(smallest)}`);
  const { violations, result } = await suite.run(smallest, { keepsLines: true });
  for (const text of violations) say(`  - ${text}`);
  if (values.trace) for (const line of result.lines) say(`    ${line.slice(0, 160)}`);
}

/** Without names and numbers, which differ from run to run. */
function kindOf([first = '']: string[]): string {
  return first.replace(/\b[0-9a-z]{8,10}\b|\d+/g, '…').slice(0, 80);
}

function figures(): Row[] {
  return [
    { name: 'scenarios', value: scenarios.length, unit: '' },
    { name: 'seeds', value: seeds, unit: '' },
    { name: 'single crashes', value: counts.singles, unit: '' },
    { name: 'runs', value: counts.runs, unit: '' },
    { name: 'processes, all but the last of a run killed or ended', value: counts.processes, unit: '' },
    { name: 'calls at which a process can crash', value: counts.calls, unit: '' },
    { name: 'virtual time', value: counts.virtualTime / 3_600, unit: 'h' },
    { name: 'processor time', value: counts.cpu, unit: 's' },
    { name: 'runs that broke a promise', value: counts.failures, unit: '', goal: { atMost: 0 } },
  ];
}

function wholeNumber(name: string, text: string): number {
  if (!/^\d+$/.test(text)) throw new Error(`--${name} is a whole number, not "${text}"`);
  return Number(text);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
