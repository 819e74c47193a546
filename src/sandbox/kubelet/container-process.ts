import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { closeSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
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
}

export interface ContainerUser {
  uid: number;
  gid: number;
  groups: number[];
}

export interface ContainerExec {
  command: string[];
  tty: boolean;
  stdin?: Readable | undefined;
  stdout?: Writable | undefined;
  stderr?: Writable | undefined;
  signal?: AbortSignal | undefined;
}

/** A container as processes: its command is process 1 of a PID namespace, with which everything in it ends. */
export interface ContainerProcess {
  /** Process number of the command, as the machine sees it. */
  readonly pid: number;
  /** Resolves with the exit code, 128 + n after signal n. */
  readonly exited: Promise<number>;
  /** Reaches the command only; process 1 ignores signals that it has no handler for, except SIGKILL. */
  kill(signal: 'SIGTERM' | 'SIGKILL'): void;
  /** Resolves with the exit code when the command has ended and its output has been taken. */
  exec(exec: ContainerExec): Promise<number>;
}

/** The command could not be started: the text is what a container runtime says. */
export class ContainerStartFailed extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'ContainerStartFailed';
  }
}

/**
 * unshare's program stays outside the PID namespace: its first child is process 1, and its status is not lost.
 * A shell says `Killed` on standard error, which must not get into the container's log.
 */
const FORK = 'exec 4>&2 2>/dev/null; (exec "$@" 2>&4 4>&-); exit $?';
/** Reports on descriptor 3; positional parameters only, because the environment is already the container's. */
const ENTER = `read -r __sandbox_pid __sandbox_rest < /proc/self/stat
echo "pid $__sandbox_pid" >&3
unset __sandbox_pid __sandbox_rest
hostname "$2" >/dev/null 2>&1
"$3" --all --fstab "$1" >&3 2>&3 || exit 125
shift 3
exec "$@"`;
const START = `[ -d "$1" ] || mkdir -p -- "$1" 2>&3
cd -- "$1" 2>&3 || exit 125
command -v -- "$2" >/dev/null 2>&1 || { echo missing >&3; exit 127; }
shift 2
echo started >&3
exec "$@" 3>&-`;

/**
 * Starts a container. Resolves when its command runs.
 * @throws {ContainerStartFailed} when the mounts fail or the command does not exist.
 */
export async function startContainerProcess(options: ContainerProcessOptions): Promise<ContainerProcess> {
  const { programs, account, root } = options;
  const fstab = join(options.folder, 'fstab');
  writeFileSync(fstab, root.fstab);
  const dieWithParent = [programs.setpriv, '--pdeathsig', 'KILL'];
  const run = [programs.sh, '-c', START, 'sh', options.workingDirectory, options.command[0] ?? ''];
  const command = [...becomeUser(options), ...options.command];
  const chroot = [programs.chroot, root.root, ...run, ...command];
  const enter = [programs.sh, '-c', ENTER, 'sh', fstab, options.hostname, programs.mount, ...chroot];
  const fork = [programs.sh, '-c', FORK, 'sh', ...dieWithParent, ...enter];
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
  const exited = exitCode(child);
  exited.catch(() => undefined); // reported below, or by whoever awaits `exited`
  const pid = await awaitStart(child, exited, options.command);
  return {
    pid,
    exited,
    kill(signal) {
      if (child.exitCode !== null || child.signalCode !== null) return;
      try {
        process.kill(pid, signal);
      } catch (error) {
        // It has just ended by itself; `exited` tells.
        if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
      }
    },
    exec: (exec) => execInContainer(options, pid, exec),
  };
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
}): string[] {
  const { programs, account, user } = options;
  const command = [programs.setpriv, '--pdeathsig', 'KILL'];
  if (account.uid !== 0) return [...command, '--ambient-caps', '-all', '--inh-caps', '-all', '--'];
  if (user === undefined) return [...command, '--'];
  const groups = user.groups.length > 0 ? ['--groups', user.groups.join(',')] : ['--clear-groups'];
  return [...command, '--reuid', String(user.uid), '--regid', String(user.gid), ...groups, '--'];
}

async function execInContainer(
  options: ContainerProcessOptions,
  pid: number,
  exec: ContainerExec,
): Promise<number> {
  const { programs, account } = options;
  const enter = account.uid === 0 ? [] : ['--user', '--preserve-credentials'];
  const command = exec.tty ? onTerminal(exec.command) : exec.command;
  const namespaces = [...enter, '--mount', '--pid', '--uts', '--ipc', '--root', '--wd'];
  const start = [programs.sh, '-c', START, 'sh', options.workingDirectory, exec.command[0] ?? ''];
  const child = spawn(
    programs.nsenter,
    ['--target', String(pid), ...namespaces, ...start, ...becomeUser(options), ...command],
    {
      cwd: '/',
      env: exec.tty ? { ...options.environment, TERM: 'xterm' } : options.environment,
      detached: true,
      stdio: [exec.stdin ? 'pipe' : 'ignore', pipeOr(exec.stdout), pipeOr(exec.stderr), 'pipe'],
    },
  );
  const exited = exitCode(child);
  const reports: string[] = [];
  reportsOf(child)?.on('data', (data: Buffer) => reports.push(data.toString()));
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
      ? `failed to exec in container: OCI runtime exec failed: exec failed: unable to start container process: exec: "${exec.command[0]}": executable file not found in $PATH: unknown`
      : `failed to exec in container: ${text.trim() || 'the container has ended'}`,
  );
}

const pipeOr = (stream: Writable | undefined) => (stream ? 'pipe' : 'ignore');

/** util-linux's script gives the command a terminal; it takes a shell's text. */
const onTerminal = (command: string[]) => [
  'script',
  '-q',
  '-e',
  '-c',
  command.map(shellWord).join(' '),
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
