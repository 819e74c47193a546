import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import type { Writable } from 'node:stream';
import { finished, pipeline } from 'node:stream/promises';
import type { TerminalSize } from '../apiserver/node-agent.ts';
import { becomeUser, exitCode, onTerminal, reportsOf, START, START_TERMINAL } from './container-command.ts';
import type { ContainerProcessOptions } from './container-process.ts';
import type { ContainerExec } from './container-runtime.ts';
import { missingProgram } from './missing-program.ts';
import { membersFile } from './memory-groups.ts';

/** What an exec needs to know of a container, the same for one that an earlier sandbox started. */
export type ExecOptions = Pick<
  ContainerProcessOptions,
  'programs' | 'account' | 'environment' | 'workingDirectory' | 'user' | 'memoryGroup'
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
  const [program = '', ...words] = [
    ...joinGroup(options),
    programs.nsenter,
    '--target',
    String(pid),
    ...namespaces,
    ...start,
    options.workingDirectory,
    exec.command[0] ?? '',
    ...becomeUser(options),
    ...command,
  ];
  const child = spawn(program, words, {
    cwd: '/',
    env: exec.tty ? { ...options.environment, TERM: 'xterm' } : options.environment,
    detached: true,
    stdio: [exec.stdin ? 'pipe' : 'ignore', pipeOr(exec.stdout), pipeOr(exec.stderr), 'pipe'],
  });
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
  const [code] = await Promise.all([exited, reportsEnd(child), ...outputs]);
  const text = reports.join('');
  if (text.includes('started')) return code;
  throw new Error(
    text.includes('missing')
      ? missingInExec(exec.command[0] ?? '')
      : `failed to exec in container: ${text.trim() || noTask()}`,
  );
}

/** What was reported may be read later than the end of a short command is noticed. */
async function reportsEnd(child: ChildProcess): Promise<void> {
  const reports = reportsOf(child);
  if (reports) await finished(reports, { writable: false });
}

/** What runs in a container by exec shares its limit. A group that is gone means that the container has ended. */
const joinGroup = ({ programs, memoryGroup }: ExecOptions): string[] =>
  memoryGroup === undefined
    ? []
    : [programs.sh, '-c', '{ echo 0 >"$1"; } 2>&3; shift; exec "$@"', 'sh', membersFile(memoryGroup)];

/** containerd, of a container that has ended. */
const noTask = () =>
  `failed to load task: no running task found: task ${randomBytes(32).toString('hex')} not found`;

/** containerd names each exec. */
const missingInExec = (program: string) =>
  `failed to exec in container: failed to start exec "${randomBytes(32).toString('hex')}": OCI runtime exec failed: ` +
  `exec failed: unable to start container process: ${missingProgram(program)}: unknown`;

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
