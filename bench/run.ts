/** `npm run bench [-- SUITE…] [--json]`: runs the suites, prints a table, and writes bench/results/SUITE.json. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus, release, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';
import { suite as actionSets } from './actionsets.ts';
import { suite as objectTransfer } from './object-transfer.ts';
import { suite as sandbox } from './sandbox.ts';
import { suite as startTime } from './start-time.ts';
import { meetsGoal } from './suite.ts';
import type { Row, Suite } from './suite.ts';
import { suite as templates } from './templates.ts';

const suites: Suite[] = [startTime, templates, sandbox, actionSets, objectTransfer];

const json = process.argv.includes('--json');
const wanted = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
const unknown = wanted.filter((name) => !suites.some((suite) => suite.name === name));
if (unknown.length > 0) {
  console.error(
    `no suite named ${unknown.join(', ')}; there are ${suites.map(({ name }) => name).join(', ')}`,
  );
  process.exit(1);
}

const results = fileURLToPath(new URL('results/', import.meta.url));
await mkdir(results, { recursive: true });
const machine = await machineFacts();
const all = [];
for (const suite of suites) {
  if (wanted.length > 0 && !wanted.includes(suite.name)) continue;
  if (!json) console.log(`\n${suite.name}`);
  const rows = await suite.run();
  const result = { suite: suite.name, machine, rows };
  await writeFile(`${results}${suite.name}.json`, `${JSON.stringify(result, undefined, 2)}\n`);
  all.push(result);
  if (!json) printTable(rows);
}
if (json) console.log(JSON.stringify(all, undefined, 2));

function printTable(rows: Row[]): void {
  const width = Math.max(...rows.map(({ name }) => name.length));
  for (const row of rows) {
    const value = `${row.value.toFixed(row.value < 10 ? 1 : 0).padStart(8)} ${row.unit.padEnd(5)}`;
    console.log(`  ${row.name.padEnd(width)} ${value} ${goalText(row)}`.trimEnd());
  }
}

function goalText(row: Row): string {
  if (row.goal === undefined) return '';
  const goal = 'atMost' in row.goal ? `at most ${row.goal.atMost}` : `at least ${row.goal.atLeast}`;
  return `goal ${goal}${meetsGoal(row) === true ? '' : '  MISSED'}`;
}

async function machineFacts() {
  const [cpu] = cpus();
  const distribution = await readFile('/etc/os-release', 'utf8').catch(() => '');
  return {
    cpu: cpu?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
    system: /^PRETTY_NAME="?([^"\n]*)/m.exec(distribution)?.[1] ?? process.platform,
    kernel: release(),
    node: process.version,
  };
}
