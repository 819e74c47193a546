/**
 * Everything that needs more than Node: `npm run test:full`. Builds what is missing, brings a real cluster up, runs the integration suite
 * and the table of functions on the sandbox and on the cluster, drives both with real clients, compares the conformance recordings with the
 * cluster as it is, and templates and formats with what Go makes of them.
 * Ends with a table of what ran where, and what failed. `--keep` leaves the cluster up.
 */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { clusterFolders } from '../cluster/folders.ts';
import { missingPrerequisites } from '../cluster/prerequisites.ts';
import { readSettings } from '../cluster/settings.ts';
import type { Outcome } from './outcome.ts';
import { failuresOf, whereItRan } from './where-it-ran.ts';

const ROOT = join(import.meta.dirname, '../..');
const settings = readSettings(process.env);
const { facts } = clusterFolders(settings.cache);
const FULL = ['--config', 'vitest.full.config.ts'];
const FUNCTIONS = [...FULL, 'test/functions', 'test/seeds', 'test/golden'];
const keep = process.argv.includes('--keep');

const missing = missingPrerequisites(settings);
if (missing !== undefined) {
  process.stderr.write(`test:full: ${missing}\n`);
  process.exit(1);
}

const results = await mkdtemp(join(tmpdir(), 'test-full-'));
const failed: string[] = [];
const outcomes = new Map<string, Outcome[]>();
try {
  await vitest('Go itself', [...FULL, 'test/oracle'], {});
  await vitest('planted defects', [...FULL, 'test/crash'], {});
  await vitest('demo and examples', [...FULL, 'test/demo', 'test/examples'], {});
  await vitest('integration, sandbox', [...FULL, 'test/integration'], {});
  await vitest('functions, sandbox', FUNCTIONS, {});
  await vitest('clients, sandbox', [...FULL, 'test/clients'], {});
  if (await stage('cluster up', ['node', 'test/cluster/cluster.ts', 'up'])) {
    try {
      await vitest('integration, cluster', [...FULL, 'test/integration'], { TEST_CLUSTER: facts });
      await vitest('functions, cluster', FUNCTIONS, { TEST_CLUSTER: facts });
      await vitest('clients, cluster', [...FULL, 'test/clients'], { TEST_CLUSTER: facts });
      await stage('conformance recordings, cluster', [
        'node',
        'test/conformance/record.ts',
        '--check',
        '--cluster',
        facts,
      ]);
      await vitest('the cluster itself', ['--config', 'test/cluster/vitest.config.ts'], {});
    } finally {
      if (!keep) await stage('cluster down', ['node', 'test/cluster/cluster.ts', 'down']);
    }
  }
  process.stdout.write(`\n${whereItRan(outcomes)}\n\n${failuresOf(outcomes)}\n`);
} finally {
  await rm(results, { recursive: true, force: true });
}
for (const name of failed) process.stdout.write(`✗ ${name}\n`);
process.exitCode = failed.length > 0 ? 1 : 0;

async function vitest(name: string, args: string[], env: Record<string, string>): Promise<void> {
  const file = join(results, `${name}.json`);
  const reporters = ['default', join(import.meta.dirname, 'outcome-reporter.ts')];
  await stage(name, ['vitest', 'run', ...reporters.map((reporter) => `--reporter=${reporter}`), ...args], {
    ...env,
    OUTCOMES: file,
  });
  outcomes.set(name, JSON.parse(await readFile(file, 'utf8')) as Outcome[]);
}

/** Runs one command to its end, and prints its time. Resolves to whether it succeeded. */
async function stage(
  name: string,
  [program = '', ...args]: string[],
  env: Record<string, string> = {},
): Promise<boolean> {
  const started = performance.now();
  process.stdout.write(`\n=== ${name}\n`);
  const child = spawn(program, args, {
    cwd: ROOT,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, ...env },
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  process.stdout.write(`--- ${name}: ${Math.round((performance.now() - started) / 1000)} s\n`);
  if (code !== 0) failed.push(name);
  return code === 0;
}
