import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where things are below the cache folder. */
export interface ClusterFolders {
  /** The Go programs that were built, a folder per module and content. */
  programs: string;
  /** Layers of images, by content. */
  images: string;
  /** All state of the cluster that runs; removed with it. */
  run: string;
  logs: string;
  /** What tests need to know of the cluster that runs; see {@link ClusterFacts}. */
  facts: string;
  kubeconfig: string;
  /** What the cluster is made of, decided before it starts. */
  plan: string;
  /** How far the cluster is, as the program inside sees it. */
  progress: string;
  /** Which process holds the cluster's namespaces. */
  process: string;
  /** Held by the one command that starts or ends the cluster. */
  lock: string;
  /** The parent of all pods' control groups, as seen from the root of a hierarchy. */
  controlGroup: string;
}

export function clusterFolders(cache: string): ClusterFolders {
  const run = join(cache, 'run');
  const mark = createHash('sha256').update(run).digest('hex').slice(0, 8);
  return {
    programs: join(cache, 'programs'),
    images: join(cache, 'images'),
    run,
    logs: join(run, 'logs'),
    facts: join(run, 'cluster.json'),
    kubeconfig: join(run, 'kubeconfig'),
    plan: join(run, 'plan.json'),
    progress: join(run, 'progress.json'),
    process: join(run, 'process.json'),
    lock: join(cache, 'lock'),
    controlGroup: `/kanister-cluster-${mark}`,
  };
}

/** The Go modules of the cluster's programs. */
export const MODULES = fileURLToPath(new URL('go', import.meta.url));
