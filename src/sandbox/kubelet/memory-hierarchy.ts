import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Where this account may make control groups that limit memory. */
export interface MemoryHierarchy {
  /** Groups are made below it. */
  folder: string;
  /** Of the kernel's interface. */
  version: 1 | 2;
}

/** What /proc/self has of the machine's control groups. */
export interface ControlGroupFiles {
  mountinfo: string;
  cgroup: string;
}

export const readControlGroupFiles = (): ControlGroupFiles => ({
  mountinfo: readFileSync('/proc/self/mountinfo', 'utf8'),
  cgroup: readFileSync('/proc/self/cgroup', 'utf8'),
});

/** The nearest such place to this process's own group, whose limits then count as well; absent where there is none. */
export function findMemoryHierarchy({ mountinfo, cgroup }: ControlGroupFiles): MemoryHierarchy | undefined {
  const mounts = mountinfo.split('\n').flatMap(parseMount);
  const own = cgroup.split('\n').flatMap(parseMembership);
  const [first] = own.flatMap(({ controllers, path }): MemoryHierarchy[] => {
    const version = controllers.includes('memory') ? 1 : controllers[0] === '' ? 2 : undefined;
    const mount = mounts.find(
      ({ type, options }) =>
        (version === 1 && type === 'cgroup' && options.includes('memory')) ||
        (version === 2 && type === 'cgroup2'),
    );
    if (version === undefined || !mount) return [];
    const folder = folderOf(path, mount);
    const parent = version === 1 ? folder : nearestDelegated(folder, mount.target);
    return parent !== undefined && isOurs(parent) ? [{ folder: parent, version }] : [];
  });
  return first;
}

interface ControlGroupMount {
  /** Which group of the hierarchy stands at `target`. */
  root: string;
  target: string;
  type: string;
  /** Of the file system: the controllers, in version 1. */
  options: string[];
}

/** proc_pid_mountinfo(5): `36 35 98:0 ROOT TARGET options [optional…] - TYPE SOURCE OPTIONS`. */
function parseMount(line: string): ControlGroupMount[] {
  const match = /^\S+ \S+ \S+ (\S+) (\S+) .* - (\S+) \S+ (\S+)$/.exec(line);
  if (!match) return [];
  const [, root = '', target = '', type = '', options = ''] = match;
  return [{ root, target, type, options: options.split(',') }];
}

/** cgroups(7): `ID:CONTROLLERS:PATH`; version 2 has no controllers there. */
function parseMembership(line: string): { controllers: string[]; path: string }[] {
  const match = /^\d+:([^:]*):(.*)$/.exec(line);
  return match ? [{ controllers: (match[1] ?? '').split(','), path: match[2] ?? '' }] : [];
}

function folderOf(path: string, { root, target }: ControlGroupMount): string {
  const isInside = root !== '/' && (path === root || path.startsWith(`${root}/`));
  return join(target, isInside ? path.slice(root.length) : path);
}

/** In version 2 a group with processes can't limit the groups below it, so it has to be one further up that does so already. */
function nearestDelegated(folder: string, top: string): string | undefined {
  for (let at = folder; at.startsWith(top); at = dirname(at)) {
    const file = join(at, 'cgroup.subtree_control');
    if (existsSync(file) && readFileSync(file, 'utf8').trim().split(' ').includes('memory')) return at;
  }
  return undefined;
}

function isOurs(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    accessSync(join(folder, 'cgroup.procs'), constants.W_OK);
    return true;
  } catch {
    return false; // absent, read-only, or another account's
  }
}
