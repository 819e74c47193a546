import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import type { ClusterSettings } from './settings.ts';

/** Programs that the cluster needs from the machine, and Debian's packages that have them. */
const PROGRAMS: Record<string, string> = {
  busybox: 'busybox-static',
  conntrack: 'conntrack',
  containerd: 'containerd',
  'containerd-shim-runc-v2': 'containerd',
  cp: 'coreutils',
  ip: 'iproute2',
  iptables: 'iptables',
  ldd: 'libc-bin',
  mount: 'mount',
  runc: 'runc',
  socat: 'socat',
  unshare: 'util-linux',
};
const NETWORK_PLUGINS = '/usr/lib/cni';

/** Folders that the cluster's processes see empty, so that what they write there stays in the cluster. */
export const HIDDEN_FOLDERS = ['/run', '/var/lib', '/var/log'];

/** One sentence on why no cluster can be had here and what would help; `undefined` where one can. */
export function missingPrerequisites({ path, cache }: ClusterSettings): string | undefined {
  if (process.platform !== 'linux') return `a cluster needs Linux, and this is ${process.platform}`;
  if (process.getuid?.() !== 0)
    return 'a cluster needs root, to make namespaces and mounts: run this as root';
  const hiding = HIDDEN_FOLDERS.find((folder) => `${cache}/`.startsWith(`${folder}/`));
  if (hiding !== undefined) {
    return `the cache folder ${cache} is below ${hiding}, which the cluster covers: set KANISTER_CLUSTER_CACHE to a folder elsewhere`;
  }
  if (!findProgram('go', path)) {
    return 'a cluster is built by Go, which is not on the PATH: install Go 1.26 or later (https://go.dev/dl)';
  }
  const packages = Object.entries(PROGRAMS)
    .filter(([program]) => !findProgram(program, path))
    .map(([, name]) => name);
  if (!isExecutable(join(NETWORK_PLUGINS, 'bridge'))) packages.push('containernetworking-plugins');
  if (packages.length === 0) return undefined;
  const list = [...new Set(packages)].join(' ');
  return `a cluster needs programs that are not here: apt-get install -y --no-install-recommends ${list}`;
}

/** The path of a program, as a shell finds it. */
export function findProgram(name: string, path: string): string | undefined {
  return path
    .split(':')
    .map((folder) => join(folder, name))
    .find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false; // absent, or not for us: either way it can't be run
  }
}
