import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { openCluster, openSandbox } from './clusters.ts';
import type { OpenCluster } from './clusters.ts';
import { compareTranscripts, formatDifferences, judge } from './compare-transcripts.ts';
import type { ConformanceCase } from './conformance-case.ts';
import type { ConformanceCluster, Step } from './conversation.ts';
import { loadCases } from './load-cases.ts';
import { readRecordings, writeRecordings } from './recordings.ts';
import { runCase } from './run-case.ts';

/** So many cases at once: most of their time is the cluster's. */
const AT_ONCE = 4;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    check: { type: 'boolean', default: false },
    sandbox: { type: 'boolean', default: false },
    // What describes the cluster, as `npm run cluster:up` writes it.
    cluster: { type: 'string' },
    kubeconfig: { type: 'string', default: process.env['KUBECONFIG'] ?? '' },
    'host-address': { type: 'string', default: '10.213.0.1' },
  },
});

const cases = (await loadCases()).filter(
  ({ behaviour, sandboxOnly }) =>
    (positionals.length === 0 || positionals.includes(behaviour)) && (values.sandbox || !sandboxOnly),
);
if (cases.length === 0) throw new Error(`no case of ${positionals.join(', ')}`);
if (values.sandbox && !values.check) throw new Error('the sandbox is only ever checked: add --check');

const cluster = values.sandbox ? await openSandbox() : await realCluster();
try {
  const failures = await runAll(cluster, cases);
  print(`${cases.length} cases, ${failures} with differences or errors`);
  process.exitCode = failures > 0 ? 1 : 0;
} finally {
  await cluster.close();
}

function realCluster(): Promise<OpenCluster> {
  if (values.cluster !== undefined) {
    const facts = JSON.parse(readFileSync(values.cluster, 'utf8')) as {
      kubeconfig: string;
      hostAddress: string;
    };
    return openCluster(facts.kubeconfig, facts.hostAddress);
  }
  if (values.kubeconfig === '') throw new Error('--cluster or KUBECONFIG must name the cluster');
  return openCluster(values.kubeconfig, values['host-address']);
}

async function runAll(on: ConformanceCluster, all: readonly ConformanceCase[]): Promise<number> {
  const transcripts = new Map<ConformanceCase, Step[]>();
  let failures = 0;
  const queue = [...all];
  const worker = async () => {
    for (let test = queue.shift(); test; test = queue.shift()) {
      const started = performance.now();
      const outcome = await attempt(on, test, transcripts);
      if (outcome === 'failed') failures += 1;
      else
        print(
          `${outcome === 'held' ? '✓' : '≈'} ${test.behaviour}: ${test.name} ${Math.round(performance.now() - started)} ms`,
        );
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  if (!values.check) store(all, transcripts);
  return failures;
}

/**
 * Runs a case, up to three times where it is only checked on a real cluster: what does not happen again is that cluster's own chance, of orders and of what
 * else is written there meanwhile. The sandbox has one attempt.
 */
async function attempt(
  on: ConformanceCluster,
  test: ConformanceCase,
  transcripts: Map<ConformanceCase, Step[]>,
): Promise<'held' | 'held later' | 'failed'> {
  const attempts = values.check && !values.sandbox ? 3 : 1;
  for (let number = 1; number <= attempts; number++) {
    try {
      const found = await runCase(on, test);
      transcripts.set(test, found);
      if (!values.check || !differs(test, found)) return number === 1 ? 'held' : 'held later';
    } catch (error) {
      print(`✗ ${test.behaviour}: ${test.name}\n  ${String(error)}`);
    }
  }
  return 'failed';
}

function differs(test: ConformanceCase, found: Step[]): boolean {
  if (test.sandboxOnly) return false;
  const recorded = readRecordings(test.behaviour)[test.name];
  if (!recorded) {
    print(`✗ ${test.behaviour}: ${test.name} is not recorded`);
    return true;
  }
  const { unexplained, idle } = judge(
    compareTranscripts(recorded, found),
    values.sandbox ? test.explained : {},
  );
  if (unexplained.length === 0 && idle.length === 0) return false;
  print(`✗ ${test.behaviour}: ${test.name}\n  ${formatDifferences(unexplained)}`);
  for (const pattern of idle) print(`  explained, but equal: ${pattern}`);
  return true;
}

/** A program for people: what it finds goes to its output. */
function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** A behaviour's file holds exactly its present cases, in their order; what was not run now keeps its recording. */
function store(
  all: readonly ConformanceCase[],
  transcripts: ReadonlyMap<ConformanceCase, readonly Step[]>,
): void {
  for (const behaviour of new Set(all.map((test) => test.behaviour))) {
    const before = readRecordings(behaviour);
    const entries = all
      .filter((test) => test.behaviour === behaviour)
      .flatMap((test): [string, Step[]][] => {
        const steps = transcripts.get(test) ?? before[test.name];
        return steps ? [[test.name, [...steps]]] : [];
      });
    writeRecordings(behaviour, Object.fromEntries(entries));
  }
}
