import type { ChildProcess } from 'node:child_process';
import type { Readable } from 'node:stream';
import type { HostPrograms } from './host-programs.ts';
import type { Account } from './namespaces.ts';
import { shellWord } from './shell-word.ts';

export interface ContainerUser {
  uid: number;
  gid: number;
  groups: number[];
}

/** Goes to the command's folder and starts it, telling on descriptor 3 how far it came. */
export const START = `[ -d "$1" ] || mkdir -p -- "$1" 2>&3
cd -- "$1" 2>&3 || exit 125
command -v -- "$2" >/dev/null 2>&1 || { echo missing >&3; exit 127; }
shift 2
echo started >&3
exec "$@" 3>&-`;
/** The same for a command that gets a terminal, and still has to report which. */
export const START_TERMINAL = START.replace('exec "$@" 3>&-', 'exec "$@"');
/** Tells which terminal it is, so that its size can be set. */
const ON_TERMINAL = 'echo "terminal $(tty)" >&3; exec "$@" 3>&-';

/** Drops what the set-up needed: the rights inside the user namespace, and the sandbox's user where another was asked. */
export function becomeUser(options: {
  programs: HostPrograms;
  account: Account;
  user: ContainerUser | undefined;
  outlives: boolean;
}): string[] {
  const { programs, account, user, outlives } = options;
  const command = [programs.setpriv, ...(outlives ? [] : ['--pdeathsig', 'KILL'])];
  if (account.uid !== 0) return [...command, '--ambient-caps', '-all', '--inh-caps', '-all', '--'];
  if (user === undefined) return outlives ? [] : [...command, '--'];
  const groups = user.groups.length > 0 ? ['--groups', user.groups.join(',')] : ['--clear-groups'];
  return [...command, '--reuid', String(user.uid), '--regid', String(user.gid), ...groups, '--'];
}

/** Where a command that was started reports. */
export function reportsOf(child: ChildProcess): Readable | undefined {
  const stream = child.stdio[3];
  return stream && 'read' in stream ? stream : undefined;
}

/** util-linux's script gives the command a terminal; it takes a shell's text. */
export const onTerminal = (command: string[]) => [
  'script',
  '-q',
  '-e',
  '-c',
  ['sh', '-c', ON_TERMINAL, 'sh', ...command].map(shellWord).join(' '),
  '/dev/null',
];

const SIGNALS: Record<string, number> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGABRT: 6,
  SIGKILL: 9,
  SIGSEGV: 11,
  SIGPIPE: 13,
  SIGTERM: 15,
};

/** Resolves with the exit code, 128 + n after signal n. */
export function exitCode(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve(code ?? 128 + (SIGNALS[signal ?? ''] ?? 0)));
  });
}
