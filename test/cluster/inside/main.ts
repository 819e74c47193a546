/**
 * Runs inside of the cluster's namespaces, below process 1: brings the cluster up, serves its images, and holds it until SIGTERM. How far it
 * is stands in a file.
 */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { ClusterPlan, ClusterProgress } from '../plan.ts';
import { bringUp } from './bring-up.ts';
import { createComponents } from './components.ts';

const [planFile = ''] = process.argv.slice(2);
const plan: ClusterPlan = JSON.parse(readFileSync(planFile, 'utf8'));
const progress: ClusterProgress = { state: 'starting', steps: [], components: {} };
const ending = new AbortController();

function publish(change: Partial<ClusterProgress>): void {
  Object.assign(progress, change);
  const unfinished = `${plan.folders.progress}.unfinished`;
  writeFileSync(unfinished, JSON.stringify(progress));
  renameSync(unfinished, plan.folders.progress);
}

function reached(what: string): void {
  publish({ steps: [...progress.steps, { seconds: Math.round(performance.now() / 10) / 100, what }] });
}

mkdirSync(plan.folders.logs, { recursive: true });
const components = createComponents({
  logs: plan.folders.logs,
  path: plan.path,
  changed: (name, state) => publish({ components: { ...progress.components, [name]: state } }),
});
process.once('SIGTERM', () => ending.abort(new Error('the cluster was told to end')));

try {
  await bringUp(plan, { components, signal: ending.signal, reached });
  publish({ state: 'ready' });
  await new Promise((resolve) => ending.signal.addEventListener('abort', resolve, { once: true }));
} catch (error) {
  publish({ state: 'failed', fault: error instanceof Error ? error.message : String(error) });
  process.exitCode = 1;
}
// The API server gives its last answers, and etcd writes what it has. Everything else ends with the namespace.
await components.stop(['kubelet', 'kube-apiserver', 'etcd'], 3000);
process.exit();
