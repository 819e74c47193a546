import { execFile } from 'node:child_process';
import { findHostPrograms } from './host-programs.ts';

/** Who the sandbox's process is, as far as namespaces depend on it. */
export interface Account {
  uid: number;
  gid: number;
}

/** The account of this process. */
export const currentAccount = (): Account => ({
  uid: process.getuid?.() ?? 0,
  gid: process.getgid?.() ?? 0,
});

/**
 * Arguments of `unshare` for a container's private namespaces: an ordinary user gets them inside a user namespace, where
 * its own number stays (PostgreSQL refuses to run as 0) and the right to mount is kept until the container's program starts.
 */
export function unshareArguments(account: Account): string[] {
  const own = ['--mount', '--pid', '--uts', '--ipc'];
  return account.uid === 0 ? own : ['--user', '--map-current-user', '--keep-caps', ...own];
}

/**
 * Whether containers can be run here: absent when they can, else one sentence that says what forbids it and the remedy.
 * `path` is a PATH variable.
 */
export async function namespacesAvailable(
  path: string,
  account = currentAccount(),
): Promise<string | undefined> {
  try {
    const programs = findHostPrograms(path);
    const script = '"$1" -t proc proc /proc && "$1" -t tmpfs none /tmp';
    const fork = '"$@"; exit $?'; // the first child of unshare's program is process 1 of the new namespace
    const command = [programs.sh, '-c', fork, 'sh', programs.sh, '-c', script, 'sh', programs.mount];
    await run(programs.unshare, unshareArguments(account).concat(command));
    return undefined;
  } catch (error) {
    return `Containers of the sandbox need private mount and PID namespaces, which this machine refuses (${reason(error)}): ${remedy(account)}.`;
  }
}

function run(program: string, args: string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    execFile(program, args, { timeout: 10_000 }, (error, _stdout, stderr) => {
      if (error) reject(new Error(stderr.trim().split('\n')[0] || error.message));
      else resolve();
    });
  });
}

const reason = (error: unknown) => (error instanceof Error ? error.message : String(error));

function remedy(account: Account): string {
  return account.uid === 0
    ? 'in a Docker container start it with --privileged, or with --security-opt seccomp=unconfined --security-opt apparmor=unconfined --cap-add SYS_ADMIN'
    : 'allow user namespaces with `sysctl kernel.apparmor_restrict_unprivileged_userns=0` (Ubuntu 24.04) or `sysctl user.max_user_namespaces=10000`, or run as root';
}
