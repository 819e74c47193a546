/**
 * A real Kubernetes cluster for tests: `node test/cluster/cluster.ts build|up|down [--keep]|status`. README.md says what it is made of.
 */
import { buildPrograms } from './build-programs.ts';
import { withClusterLock } from './cluster-lock.ts';
import { takeDown } from './down.ts';
import { clusterFolders } from './folders.ts';
import { readHolder } from './namespaces.ts';
import { missingPrerequisites } from './prerequisites.ts';
import { readSettings } from './settings.ts';
import { bringUp, readFacts, readProgress } from './up.ts';

const USAGE = 'usage: node test/cluster/cluster.ts build | up | down [--keep] | status';

const settings = readSettings(process.env);
const folders = clusterFolders(settings.cache);
const started = performance.now();
const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => interrupted.abort(new Error(`interrupted by ${signal}`)));
}

function report(line: string): void {
  process.stderr.write(`[${((performance.now() - started) / 1000).toFixed(1).padStart(6)} s] ${line}\n`);
}

async function run([verb, ...flags]: string[]): Promise<number> {
  if (flags.some((flag) => verb !== 'down' || flag !== '--keep')) return refuse();
  switch (verb) {
    case 'build': {
      const missing = missingPrerequisites(settings);
      if (missing !== undefined) throw new Error(missing);
      const { programs } = folders;
      await buildPrograms({ ...settings, programs, signal: interrupted.signal, report });
      report(`everything is built, in ${programs}`);
      return 0;
    }
    case 'up': {
      const facts = await bringUp({ settings, signal: interrupted.signal, report });
      report('the cluster is up');
      process.stdout.write(`export KUBECONFIG=${facts.kubeconfig}\n`);
      return 0;
    }
    case 'down':
      await withClusterLock(folders.lock, () => takeDown(folders, { keep: flags.includes('--keep') }));
      report('the cluster is down');
      return 0;
    case 'status':
      return showStatus();
    default:
      return refuse();
  }
}

function refuse(): number {
  process.stderr.write(`${USAGE}\n`);
  return 2;
}

/** 0 when the cluster is up and whole, as services report themselves. */
function showStatus(): number {
  const facts = readFacts(folders);
  if (!readHolder(folders.process)) {
    process.stdout.write('the cluster is down\n');
    return 3;
  }
  const components = Object.entries(readProgress(folders)?.components ?? {});
  for (const [name, { state, end }] of components) {
    process.stdout.write(`${name.padEnd(24)} ${end === undefined ? state : `${state}: ${end}`}\n`);
  }
  if (facts) process.stdout.write(`${JSON.stringify(facts, null, 2)}\n`);
  return facts && components.every(([, { state }]) => state === 'running') ? 0 : 1;
}

try {
  process.exitCode = await run(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`cluster: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
