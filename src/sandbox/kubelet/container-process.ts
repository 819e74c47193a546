import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import type { ChildProcess } from 'node:child_process';
import { closeSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import type { TerminalSize } from '../apiserver/node-agent.ts';
import { type ContainerExec, ContainerStartFailed } from './container-runtime.ts';
import { pipeline } from 'node:stream/promises';
import type { HostPrograms } from './host-programs.ts';
import { type Account, unshareArguments } from './namespaces.ts';
import type { RootFilesystem } from './root-filesystem.ts';

export interface ContainerProcessOptions {
  programs: HostPrograms;
  account: Account;
  root: RootFilesystem;
  /** Where the fstab goes. */
  folder: string;
  hostname: string;
  command: string[];
  environment: Record<string, string>;
  workingDirectory: string;
  /** Who the command runs as; only a sandbox that is root can choose. */
  user: ContainerUser | undefined;
  /** Output of both streams is appended here, straight by the command. */
  logFile: string;
  /** A FIFO that standard input comes from. */
  inputFile?: string | undefined;
  tty: boolean;
  /** Whether it runs on when the sandbox ends without ending it. */
  outlives: boolean;
}

/** In a container's folder: the boot's identity, and process 1 as /proc/PID/stat has it. */
export const PROCESS_FILE = 'process';
/** In a container's folder: the exit code, once there is one. */
export const EXIT_FILE = 'exit';

export interface ContainerUser {
  uid: number;
  gid: number;
  groups: number[];
}

/** A container as processes: its command is process 1 of a PID namespace, with which everything in it ends. */
export interface ContainerProcess {
  /** Process number of the command, as the machine sees it. */
  readonly pid: number;
  /** Resolves with the exit code, 128 + n after signal n. */
  readonly exited: Promise<number>;
}

/**
 * unshare's program stays outside the PID namespace: its first child is process 1, and its status is not lost.
 * A shell says `Killed` on standard error, which must not get into the container's log.
 */
const FORK = `exec 4>&2 2>/dev/null
(__sandbox_input=$2; shift 2; exec "$@" <"$__sandbox_input" 2>&4 4>&-)
set -- "$?" "$1"
echo "$1" >"$2"
exit "$1"`;
/**
 * Reports on descriptor 3, and keeps who process 1 is for a later sandbox. Positional parameters wherever it can be,
 * because the environment is already the container's.
 */
const ENTER = `unset __sandbox_input
read -r __sandbox_stat < /proc/self/stat
read -r __sandbox_boot < /proc/sys/kernel/random/boot_id
echo "$__sandbox_boot $__sandbox_stat" >"$4"
echo "pid \${__sandbox_stat%% *}" >&3
unset __sandbox_stat __sandbox_boot
hostname "$2" >/dev/null 2>&1
"$3" --all --fstab "$1" >&3 2>&3 || exit 125
shift 4
exec "$@"`;
const START = `[ -d "$1" ] || mkdir -p -- "$1" 2>&3
cd -- "$1" 2>&3 || exit 125
command -v -- "$2" >/dev/null 2>&1 || { echo missing >&3; exit 127; }
shift 2
echo started >&3
exec "$@" 3>&-`;
/** The same for a command that gets a terminal, and still has to report which. */
const START_TERMINAL = START.replace('exec "$@" 3>&-', 'exec "$@"');
/** Tells which terminal it is, so that its size can be set. */
const ON_TERMINAL = 'echo "terminal $(tty)" >&3; exec "$@" 3>&-';

/**
 * Starts a container. Resolves when its command runs.
 * @throws {ContainerStartFailed} when the mounts fail or the command does not exist.
 */
export async function startContainerProcess(options: ContainerProcessOptions): Promise<ContainerProcess> {
  const { programs, account, root, folder } = options;
  const fstab = join(folder, 'fstab');
  writeFileSync(fstab, root.fstab);
  const dieWithParent = options.outlives ? [] : [programs.setpriv, '--pdeathsig', 'KILL'];
  const run = [
    programs.sh,
    '-c',
    options.tty ? START_TERMINAL : START,
    'sh',
    options.workingDirectory,
    options.command[0] ?? '',
  ];
  const program = options.tty ? onTerminal(options.command) : options.command;
  const command = [...becomeUser(options), ...program];
  const chroot = [programs.chroot, root.root, ...run, ...command];
  const record = join(folder, PROCESS_FILE);
  const enter = [programs.sh, '-c', ENTER, 'sh', fstab, options.hostname, programs.mount, record, ...chroot];
  const input = options.inputFile ?? '/dev/null';
  const fork = [programs.sh, '-c', FORK, 'sh', join(folder, EXIT_FILE), input, ...dieWithParent, ...enter];
  const log = openSync(options.logFile, 'a');
  let child: ChildProcess;
  try {
    child = spawn(programs.unshare, [...unshareArguments(account), ...dieWithParent, ...fork], {
      cwd: '/',
      env: options.environment,
      detached: true, // a terminal's ^C is the sandbox's to handle
      stdio: ['ignore', log, log, 'pipe'],
    });
  } finally {
    closeSync(log);
  }
  if (options.outlives) child.unref();
  const exited = exitCode(child);
  exited.catch(() => undefined); // reported below, or by whoever awaits `exited`
  const pid = await awaitStart(child, exited, options.command);
  return { pid, exited };
}

/** Reads the reports of the start: the process number, `started`, or what went wrong. */
async function awaitStart(child: ChildProcess, exited: Promise<number>, command: string[]): Promise<number> {
  const report = reportsOf(child);
  let pid: number | undefined;
  const problems: string[] = [];
  if (report) {
    for await (const line of createInterface({ input: report })) {
      if (line.startsWith('pid ')) pid = Number(line.slice(4));
      else if (line === 'started' && pid !== undefined) {
        report.resume();
        return pid;
      } else problems.push(line);
    }
  }
  const code = await exited;
  if (problems.includes('missing')) throw new ContainerStartFailed(missingExecutable(command[0] ?? ''));
  throw new ContainerStartFailed(
    `failed to create the container: ${problems.join('; ') || `it ended with exit code ${code} before its command`}`,
  );
}

function reportsOf(child: ChildProcess): Readable | undefined {
  const stream = child.stdio[3];
  return stream && 'read' in stream ? stream : undefined;
}

/** The text of a container runtime, which tools look for. */
const missingExecutable = (program: string) =>
  'failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: ' +
  `unable to start container process: exec: "${program}": executable file not found in $PATH: unknown`;

/** Drops what the set-up needed: the rights inside the user namespace, and the sandbox's user where another was asked. */
function becomeUser(options: {
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

/** What an exec needs to know of a container, the same for one that an earlier sandbox started. */
export type ExecOptions = Pick<
  ContainerProcessOptions,
  'programs' | 'account' | 'environment' | 'workingDirectory' | 'user'
> & { outlives: boolean };

/** Runs a command in the namespaces of process `pid`. */
export async function execInContainer(
  options: ExecOptions,
  pid: number,
  exec: ContainerExec,
): Promise<number> {
  const { programs, account } = options;
  const enter = account.uid === 0 ? [] : ['--user', '--preserve-credentials'];
  const command = exec.tty ? onTerminal(exec.command) : exec.command;
  const namespaces = [...enter, '--mount', '--pid', '--uts', '--ipc', '--root', '--wd'];
  const start = [programs.sh, '-c', exec.tty ? START_TERMINAL : START, 'sh'];
  const child = spawn(
    programs.nsenter,
    [
      '--target',
      String(pid),
      ...namespaces,
      ...start,
      options.workingDirectory,
      exec.command[0] ?? '',
      ...becomeUser(options),
      ...command,
    ],
    {
      cwd: '/',
      env: exec.tty ? { ...options.environment, TERM: 'xterm' } : options.environment,
      detached: true,
      stdio: [exec.stdin ? 'pipe' : 'ignore', pipeOr(exec.stdout), pipeOr(exec.stderr), 'pipe'],
    },
  );
  const exited = exitCode(child);
  const reports: string[] = [];
  const terminal = Promise.withResolvers<string | undefined>();
  reportsOf(child)?.on('data', (data: Buffer) => {
    reports.push(data.toString());
    const name = /^terminal (\S+)$/m.exec(reports.join(''))?.[1];
    if (name !== undefined) terminal.resolve(name);
  });
  const over = new AbortController();
  void exited.catch(() => undefined).then(() => (terminal.resolve(undefined), over.abort()));
  if (exec.resize) {
    followSizes(options, pid, exec.resize, terminal.promise, over.signal).catch(() => undefined); // its size stays
  }
  // Like a real node: the connection's end closes the command's streams, the command itself runs on.
  const streams = [
    exec.stdin && child.stdin ? pipeline(exec.stdin, child.stdin, { signal: exec.signal }) : undefined,
    exec.stdout && child.stdout ? pipeline(child.stdout, exec.stdout, { signal: exec.signal }) : undefined,
    exec.stderr && child.stderr ? pipeline(child.stderr, exec.stderr, { signal: exec.signal }) : undefined,
  ];
  const [input, ...outputs] = streams;
  input?.catch(() => undefined); // a command may end without reading its input
  const [code] = await Promise.all([exited, ...outputs]);
  const text = reports.join('');
  if (text.includes('started')) return code;
  throw new Error(
    text.includes('missing')
      ? missingInExec(exec.command[0] ?? '')
      : `failed to exec in container: ${text.trim() || 'the container has ended'}`,
  );
}

/** containerd names each exec. */
const missingInExec = (program: string) =>
  `failed to exec in container: failed to start exec "${randomBytes(32).toString('hex')}": OCI runtime exec failed: ` +
  `exec failed: unable to start container process: exec: "${program}": executable file not found in $PATH: unknown`;

/** Sets a terminal's size from outside the command that has it; its foreground programs get SIGWINCH. */
export async function resizeTerminal(
  { programs, account }: Pick<ExecOptions, 'programs' | 'account'>,
  pid: number,
  terminal: string,
  { width, height }: TerminalSize,
): Promise<void> {
  const enter = account.uid === 0 ? [] : ['--user', '--preserve-credentials'];
  const size = ['stty', '-F', terminal, 'rows', String(height), 'cols', String(width)];
  const child = spawn(programs.nsenter, ['--target', String(pid), ...enter, '--mount', '--root', ...size], {
    stdio: 'ignore',
  });
  await exitCode(child);
}

async function followSizes(
  options: ExecOptions,
  pid: number,
  sizes: AsyncIterable<TerminalSize>,
  terminal: Promise<string | undefined>,
  over: AbortSignal,
): Promise<void> {
  const name = await terminal;
  for await (const size of sizes) {
    if (name === undefined || over.aborted) return;
    await resizeTerminal(options, pid, name, size);
  }
}

const pipeOr = (stream: Writable | undefined) => (stream ? 'pipe' : 'ignore');

/** util-linux's script gives the command a terminal; it takes a shell's text. */
const onTerminal = (command: string[]) => [
  'script',
  '-q',
  '-e',
  '-c',
  ['sh', '-c', ON_TERMINAL, 'sh', ...command].map(shellWord).join(' '),
  '/dev/null',
];
const shellWord = (word: string) => `'${word.replaceAll("'", `'\\''`)}'`;

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

function exitCode(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve(code ?? 128 + (SIGNALS[signal ?? ''] ?? 0)));
  });
}
