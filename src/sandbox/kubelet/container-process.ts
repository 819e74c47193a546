import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { closeSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { becomeUser, type ContainerUser, exitCode, onTerminal } from './container-command.ts';
import { reportsOf, START, START_TERMINAL } from './container-command.ts';
import { ContainerStartFailed } from './container-runtime.ts';
import { FILL_SCRIPT, FULL_FOLDER, writeFullVolume } from './full-volume.ts';
import type { HostPrograms } from './host-programs.ts';
import { hasRunOutOfMemory, membersFile } from './memory-groups.ts';
import { missingProgram } from './missing-program.ts';
import { type Account, unshareArguments } from './namespaces.ts';
import type { RootFilesystem } from './root-filesystem.ts';
import { prepareAttendant } from './run-beside-container.ts';

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
  /** What its command begins with: how to get to where its namespaces branch off. */
  within: string[];
  /** Control group that limits its memory. */
  memoryGroup?: string | undefined;
  /** Whether it mounts volumes that may become full while it runs. */
  mayBeFilled: boolean;
  /** Folders of volumes in which no space is left. */
  fullVolumes: ReadonlySet<string>;
}

/** In a container's folder: the boot's identity, and process 1 as /proc/PID/stat has it. */
export const PROCESS_FILE = 'process';
/** In a container's folder: the exit code, once there is one. */
export const EXIT_FILE = 'exit';

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
{ echo "$2" >/proc/sys/kernel/hostname; } 2>/dev/null || hostname "$2" >/dev/null 2>&1
"$3" --all --fstab "$1" >&3 2>&3 || exit 125
for __sandbox_script in "$6"/*/${FILL_SCRIPT}; do
  [ ! -e "$__sandbox_script" ] || (. "$__sandbox_script") >&3 2>&3 || exit 125
done
unset __sandbox_script
[ -z "$5" ] || { echo 0 >"$5"; } 2>&3 || exit 125
shift 6
exec "$@"`;
/**
 * Starts a container. Resolves when its command runs.
 * @throws {ContainerStartFailed} when the mounts fail or the command does not exist.
 */
export async function startContainerProcess(options: ContainerProcessOptions): Promise<ContainerProcess> {
  const { programs, account, root, folder } = options;
  const fstab = join(folder, 'fstab');
  writeFileSync(fstab, root.fstab);
  for (const volume of options.fullVolumes) writeFullVolume(folder, volume);
  const dieWithParent = options.outlives ? [] : [programs.setpriv, '--pdeathsig', 'KILL'];
  const run = [
    programs.sh,
    '-c',
    options.tty ? START_TERMINAL : START,
    'sh',
    options.workingDirectory,
    options.command[0] ?? '',
  ];
  const asked = options.tty ? onTerminal(options.command) : options.command;
  const command = [...becomeUser(options), ...asked];
  const chroot = [programs.chroot, root.root, ...run, ...command];
  const record = join(folder, PROCESS_FILE);
  const members = options.memoryGroup === undefined ? '' : membersFile(options.memoryGroup);
  const setUp = [fstab, options.hostname, programs.mount, record, members, join(folder, FULL_FOLDER)];
  const enter = [programs.sh, '-c', ENTER, 'sh', ...setUp, ...chroot];
  const input = options.inputFile ?? '/dev/null';
  const fork = [programs.sh, '-c', FORK, 'sh', join(folder, EXIT_FILE), input, ...dieWithParent, ...enter];
  const attendant = options.mayBeFilled && account.uid !== 0 ? await prepareAttendant(folder, programs) : [];
  const log = openSync(options.logFile, 'a');
  let child: ChildProcess;
  try {
    // The attendant sees the machine's processes: the first child in the new PID namespace must be the container's.
    const outside = attendant.length > 0 ? [...attendant, programs.unshare, '--pid'] : ['--pid'];
    const namespaces = [...unshareArguments(account).filter((name) => name !== '--pid'), ...outside];
    const [program = '', ...words] = [...options.within, programs.unshare, ...namespaces];
    child = spawn(program, [...words, ...dieWithParent, ...fork], {
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
  const pid = await awaitStart(child, exited, options);
  return { pid, exited };
}

/** Reads the reports of the start: the process number, `started`, or what went wrong. */
async function awaitStart(
  child: ChildProcess,
  exited: Promise<number>,
  { command, memoryGroup }: Pick<ContainerProcessOptions, 'command' | 'memoryGroup'>,
): Promise<number> {
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
  if (memoryGroup !== undefined && hasRunOutOfMemory(memoryGroup)) throw new ContainerStartFailed(TOO_LITTLE);
  throw new ContainerStartFailed(
    `failed to create the container: ${problems.join('; ') || `it ended with exit code ${code} before its command`}`,
  );
}

/** The texts of a container runtime, which tools look for. */
const NOT_STARTED =
  'failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: ' +
  'unable to start container process:';
const missingExecutable = (program: string) => `${NOT_STARTED} ${missingProgram(program)}: unknown`;
const TOO_LITTLE = `${NOT_STARTED} container init was OOM-killed (memory limit too low?): unknown`;
