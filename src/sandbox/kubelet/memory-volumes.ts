import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { totalmem } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Bytes } from '../../kubernetes/quantity.ts';
import { parseQuantity, quantityToInteger } from '../../kubernetes/quantity.ts';
import { isRunning, type ProcessIdentity } from '../process-identity.ts';
import type { HostPrograms } from './host-programs.ts';
import { type Account, unshareArguments } from './namespaces.ts';
import type { Pod } from './pod.ts';
import { parseIdentity } from './run-folder.ts';

/** A pod's volumes in memory: mounted in a namespace that the pod's containers begin in, and a process keeps. */
export interface MemoryVolumes {
  /** Where this process finds the files that stand at `path` there. */
  seenAt(path: string): string;
  /** What a command begins with that is to run in that namespace. */
  enter: string[];
}

export interface MemoryVolumesOptions {
  /** The pod's. */
  folder: string;
  programs: HostPrograms;
  account: Account;
  /** Whether they are to stay when the sandbox is killed. */
  outlives: boolean;
  /** Whose they are, besides everybody's; absent: nobody's. */
  group?: number | undefined;
}

/**
 * Mounts a pod's emptyDirs of medium Memory at their folders; those that an earlier sandbox of the folder has mounted are found again.
 * Absent where the pod has none.
 * @throws {Error} with what mount said
 */
export async function mountMemoryVolumes(
  pod: Pod,
  folderOf: (volume: string) => string,
  options: MemoryVolumesOptions,
): Promise<MemoryVolumes | undefined> {
  const { folder, programs, account } = options;
  const wanted = memoryVolumesOf(pod).map(({ name, size }) => ({ at: folderOf(name), size }));
  if (wanted.length === 0) return undefined;
  const found = readKeeper(folder);
  const keeper = found && isRunning(found) ? found : await startKeeper(wanted, options);
  const pid = String(keeper.pid);
  const user = account.uid === 0 ? [] : ['--user', '--preserve-credentials'];
  return {
    seenAt: (path) => join('/proc', pid, 'root', path),
    enter: [programs.nsenter, '--target', pid, ...user, '--mount'],
  };
}

/** Lets a pod's volumes in memory go, with what is in them, once no container uses them. */
export function unmountMemoryVolumes(folder: string): void {
  const keeper = readKeeper(folder);
  if (keeper && isRunning(keeper)) process.kill(keeper.pid, 'SIGKILL');
}

/** A volume is never larger than what its pod could fill: the sum of its containers' limits, or all that there is. */
function memoryVolumesOf({ spec }: Pod): { name: string; size: Bytes }[] {
  const limits = spec.containers.map(({ resources }) => resources?.limits?.['memory']);
  const all = limits.reduce((sum, limit) => sum + bytesOf(limit ?? '0'), 0);
  const most = limits.includes(undefined) || all === 0 ? totalmem() : Math.min(all, totalmem());
  return (spec.volumes ?? []).flatMap(({ name, emptyDir }) => {
    if (emptyDir?.medium !== 'Memory') return [];
    const limit = bytesOf(emptyDir.sizeLimit ?? '0');
    return [{ name, size: limit > 0 ? Math.min(limit, most) : most }];
  });
}

const bytesOf = (quantity: string): Bytes => Number(quantityToInteger(parseQuantity(quantity)));

/** It says who it is before there is anything to keep, in the form of a container's record. */
const KEEP = `mount=$1 options=$2
read -r stat </proc/self/stat
read -r boot </proc/sys/kernel/random/boot_id
echo "$boot $stat" >"$3" || exit 1
shift 3
while [ $# -gt 0 ]; do
  "$mount" -t tmpfs -o "size=$1,$options" tmpfs "$2" || exit 1
  shift 2
done
echo mounted
exec sleep infinity >/dev/null 2>&1`;

async function startKeeper(
  volumes: { at: string; size: Bytes }[],
  { folder, programs, account, outlives, group }: MemoryVolumesOptions,
): Promise<ProcessIdentity> {
  for (const { at } of volumes) mkdirSync(at, { recursive: true });
  const namespaces = unshareArguments(account).filter((name) => !['--pid', '--uts', '--ipc'].includes(name));
  const dieWithParent = outlives ? [] : [programs.setpriv, '--pdeathsig', 'KILL'];
  const mounts = volumes.flatMap(({ at, size }) => [String(size), at]);
  const options = group === undefined ? 'mode=1777' : `mode=3777,gid=${group}`;
  const shell = [programs.sh, '-c', KEEP, 'sh', programs.mount, options, join(folder, KEEPER), ...mounts];
  const child = spawn(programs.unshare, [...namespaces, ...dieWithParent, ...shell], {
    cwd: '/',
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said: string[] = [];
  child.stderr.on('data', (text: Buffer) => said.push(text.toString()));
  child.on('error', (error) => said.push(String(error)));
  let isMounted = false;
  for await (const line of createInterface({ input: child.stdout })) isMounted ||= line === 'mounted';
  const identity = isMounted ? readKeeper(folder) : undefined;
  if (!identity)
    throw new Error(
      `volumes in memory can't be mounted: ${said.join('').trim() || 'their keeper has ended'}`,
    );
  child.unref();
  return identity;
}

const KEEPER = 'memory-volumes';

function readKeeper(folder: string): ProcessIdentity | undefined {
  const file = join(folder, KEEPER);
  return existsSync(file) ? parseIdentity(readFileSync(file, 'utf8')) : undefined;
}
