/**
 * `npm run bench [-- SUITE…] [--json] [--cluster FILE]`: runs the suites, prints a table, and writes bench/results/SUITE.json. With a file as
 * `npm run cluster:up` writes it, or its name in TEST_CLUSTER, those that can do so run on that cluster.
 */
import { parseArgs } from 'node:util';
import { suite as actionSets } from './actionsets.ts';
import { suite as coldStart } from './cold-start.ts';
import { suite as functions } from './functions.ts';
import { suite as objectTransfer } from './object-transfer.ts';
import { suite as sandbox } from './sandbox.ts';
import { suite as startTime } from './start-time.ts';
import { meetsGoal } from './suite.ts';
import type { Row, Suite } from './suite.ts';
import { suite as templates } from './templates.ts';
import { writeResults } from './write-results.ts';

const suites: Suite[] = [startTime, templates, sandbox, actionSets, coldStart, objectTransfer, functions];

const { values: flags, positionals: wanted } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'boolean', default: false }, cluster: { type: 'string' } },
});
const { json } = flags;
const cluster = flags.cluster ?? (process.env['TEST_CLUSTER'] || undefined);
const unknown = wanted.filter((name) => !suites.some((suite) => suite.name === name));
if (unknown.length > 0) {
  console.error(
    `no suite named ${unknown.join(', ')}; there are ${suites.map(({ name }) => name).join(', ')}`,
  );
  process.exit(1);
}
if (
  cluster !== undefined &&
  !wanted.every((name) => suites.find((suite) => suite.name === name)?.onCluster)
) {
  const able = suites.filter(({ onCluster }) => onCluster).map(({ name }) => name);
  console.error(`only ${able.join(' and ')} can be run on a cluster`);
  process.exit(1);
}

const all = [];
for (const suite of suites) {
  if (wanted.length > 0 ? !wanted.includes(suite.name) : cluster !== undefined && !suite.onCluster) continue;
  const name = cluster === undefined ? suite.name : `${suite.name}-cluster`;
  if (!json) console.log(`\n${name}`);
  const rows = await suite.run({ cluster });
  const { origin } = suite;
  all.push(await writeResults({ suite: name, ...(origin !== undefined && { origin }), rows }));
  if (!json) printTable(rows, origin);
}
if (json) console.log(JSON.stringify(all, undefined, 2));

function printTable(rows: Row[], origin: string | undefined): void {
  const width = Math.max(...rows.map(({ name }) => name.length));
  for (const row of rows) {
    const value = `${figure(row.value).padStart(8)} ${row.unit.padEnd(5)}`;
    console.log(
      `  ${row.name.padEnd(width)} ${value} ${goalText(row).padEnd(20)} ${originalText(row)}`.trimEnd(),
    );
  }
  if (origin !== undefined) {
    console.log(`  original: ${origin}; in brackets, without the rate limit of its client`);
  }
}

function figure(value: number): string {
  return value.toFixed(value < 10 && !Number.isInteger(value) ? 1 : 0);
}

function originalText({ original, unit }: Row): string {
  if (original === undefined) return '';
  const { value, unlimited } = original;
  return `original ${figure(value)} ${unit} ${unlimited === undefined ? '' : `(${figure(unlimited)})`}`.trim();
}

function goalText(row: Row): string {
  if (row.goal === undefined) return '';
  const goal = 'atMost' in row.goal ? `at most ${row.goal.atMost}` : `at least ${row.goal.atLeast}`;
  return `goal ${goal}${meetsGoal(row) === true ? '' : '  MISSED'}`;
}
