import { accessSync, constants } from 'node:fs';
import { isAbsolute, join } from 'node:path';

/** Absolute paths of the machine's programs that containers are made with. */
export interface HostPrograms {
  sh: string;
  unshare: string;
  nsenter: string;
  setpriv: string;
  mount: string;
  chroot: string;
}

const ADMINISTRATORS_FOLDERS = ['/usr/sbin', '/sbin', '/usr/bin', '/bin'];

/**
 * Finds the programs in `path` (a PATH variable) and where administrators' programs are.
 * @throws {Error} naming those that are missing and the packages that have them.
 */
export function findHostPrograms(path: string): HostPrograms {
  const folders = [...path.split(':').filter((folder) => isAbsolute(folder)), ...ADMINISTRATORS_FOLDERS];
  const missing: string[] = [];
  const find = (name: string): string => {
    const file = findProgram(name, folders);
    if (file === undefined) missing.push(name);
    return file ?? name;
  };
  const programs: HostPrograms = {
    sh: find('sh'),
    unshare: find('unshare'),
    nsenter: find('nsenter'),
    setpriv: find('setpriv'),
    mount: find('mount'),
    chroot: find('chroot'),
  };
  if (missing.length > 0) {
    throw new Error(
      `the sandbox runs containers with ${missing.join(', ')}, not found in PATH: install the packages util-linux and coreutils`,
    );
  }
  return programs;
}

/** The first executable file of that name; `undefined` when no folder has one. */
export function findProgram(name: string, folders: string[]): string | undefined {
  return folders.map((folder) => join(folder, name)).find((file) => isExecutable(file));
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false; // absent, or not ours to run: the next folder is asked
  }
}
