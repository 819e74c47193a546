import { join } from 'node:path';

export interface ClusterSettings {
  /** Holds what was built and the state of the cluster that runs. */
  cache: string;
  /** Where programs of this machine are looked for. */
  path: string;
  home: string;
}

/** `KANISTER_CLUSTER_CACHE` names the cache folder; otherwise it is below the user's own cache. */
export function readSettings(environment: Record<string, string | undefined>): ClusterSettings {
  const home = environment['HOME'] || '/root';
  const caches = environment['XDG_CACHE_HOME'] || join(home, '.cache');
  return {
    cache: environment['KANISTER_CLUSTER_CACHE'] || join(caches, 'kanister-operator', 'cluster'),
    // Where a system keeps the programs of its administrator: an ordinary PATH may lack them.
    path: [environment['PATH'], '/usr/local/go/bin', '/usr/sbin', '/sbin'].filter(Boolean).join(':'),
    home,
  };
}
