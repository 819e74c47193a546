import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, existsSync, openSync, watch, writeFileSync } from 'node:fs';
import type { FSWatcher } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Clock } from '../../kubernetes/clock.ts';
import { isRunning, type ProcessIdentity } from '../process-identity.ts';
import type { ContainerLog } from './container-log.ts';
import { startContainerProcess } from './container-process.ts';
import type { ContainerExit, RunningContainer } from './container-runtime.ts';
import { execInContainer, type ExecOptions, resizeTerminal } from './exec-in-container.ts';
import { hasRunOutOfMemory, removeEmptiedGroup, removeGroup } from './memory-groups.ts';
import { makeFifo } from './make-fifo.ts';
import type { Container } from './pod.ts';
import { type PreparedContainer, removeLayers } from './prepare-container.ts';
import type { ProcessNode } from './process-runtime.ts';
import { readLast } from './read-last.ts';
import { openRunFolder, type RunFolder, writeRunRecord } from './run-folder.ts';

/** Starts a container that was laid out on disk. @throws {ContainerStartFailed} */
export async function startContainer(
  prepared: PreparedContainer,
  container: Container,
  log: ContainerLog,
): Promise<RunningContainer> {
  const { process: options, folder } = prepared;
  const { environment, workingDirectory, user, tty, memoryGroup } = options;
  const inputFile = container.stdin ? join(folder, INPUT) : undefined;
  if (inputFile !== undefined) await makeFifo(inputFile);
  writeRunRecord(folder, { environment, workingDirectory, user, tty, memoryGroup });
  const input = holdInput(folder);
  try {
    const { pid, exited } = await startContainerProcess({ ...options, inputFile });
    const ended = exited.then((exitCode) => ({ exitCode, finishedAt: undefined }));
    return runningContainer({
      pid,
      ended,
      folder,
      container,
      log,
      exec: options,
      input,
      isRunning: () => true,
    });
  } catch (error) {
    input.close();
    log.finish();
    if (memoryGroup !== undefined) removeGroup(memoryGroup);
    await removeLayers(folder);
    throw error;
  }
}

/** Takes over a run of an earlier sandbox. Neither: nothing is known of how it ended. */
export function adoptContainer(
  run: RunFolder,
  container: Container,
  log: ContainerLog,
  node: ProcessNode,
): { running: RunningContainer | undefined; exit: ContainerExit | undefined } {
  const { identity } = run;
  const record = run.record();
  if (identity && record && isRunning(identity)) {
    const running = runningContainer({
      pid: identity.pid,
      ended: awaitEnd(run, identity, node.clock),
      folder: run.folder,
      container,
      log,
      exec: { ...node, ...record, user: record.user },
      input: holdInput(run.folder),
      isRunning: () => isRunning(identity),
    });
    return { running, exit: undefined };
  }
  log.finish();
  const exit = run.exit();
  if (!exit) return { running: undefined, exit: undefined };
  const message = terminationMessage(run.folder, container, exit.code, log);
  const end = endOf(exit.code, run.folder, record?.memoryGroup);
  if (record?.memoryGroup !== undefined) removeGroup(record.memoryGroup);
  return { running: undefined, exit: { ...end, message, finishedAt: exit.time } };
}

interface RunningOptions {
  pid: number;
  ended: Promise<{ exitCode: number; finishedAt: Date | undefined }>;
  folder: string;
  container: Container;
  log: ContainerLog;
  exec: ExecOptions;
  input: HeldInput;
  /** Whether `pid` is still this container's. */
  isRunning(): boolean;
}

function runningContainer(options: RunningOptions): RunningContainer {
  const { pid, folder, container, log, exec, input } = options;
  let over = false;
  const finish = async (): Promise<ContainerExit> => {
    const { exitCode, finishedAt } = await options.ended;
    over = true;
    log.finish();
    input.close();
    const message = terminationMessage(folder, container, exitCode, log);
    const end = endOf(exitCode, folder, exec.memoryGroup);
    if (exec.memoryGroup !== undefined) await removeEmptiedGroup(exec.memoryGroup);
    await removeLayers(folder);
    return { ...end, message, ...(finishedAt && { finishedAt }) };
  };
  return {
    exited: finish(),
    kill(signal) {
      if (over || !options.isRunning()) return;
      try {
        process.kill(pid, signal);
      } catch (error) {
        // It has just ended by itself; `exited` tells.
        if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
      }
    },
    exec: (command) => execInContainer(exec, pid, command),
    feed: (stdin, signal) => input.feed(stdin, container.stdinOnce ?? false, exec.programs.sh, signal),
    resize: (size) => resizeTerminal(exec, pid, '/dev/pts/0', size),
  };
}

/** A process that was killed for want of memory counts, whatever the exit code. */
function endOf(
  exitCode: number,
  folder: string,
  memoryGroup: string | undefined,
): { exitCode: number; reason: string } {
  // The group goes next; a later sandbox that is asked for this run again finds the file.
  const note = join(folder, 'out-of-memory');
  if (memoryGroup !== undefined && hasRunOutOfMemory(memoryGroup)) writeFileSync(note, '');
  if (existsSync(note)) return { exitCode, reason: 'OOMKilled' };
  return { exitCode, reason: exitCode === 0 ? 'Completed' : 'Error' };
}

const TERMINATION_MESSAGE_LIMIT = 4096;

function terminationMessage(
  folder: string,
  container: Container,
  exitCode: number,
  log: ContainerLog,
): string {
  const fromFile = readLast(join(folder, 'termination-log'), TERMINATION_MESSAGE_LIMIT);
  const fallsBack = container.terminationMessagePolicy === 'FallbackToLogsOnError' && exitCode !== 0;
  return fromFile || (fallsBack ? log.tail(80, 2048) : '');
}

/** Resolves when a process that is not our child has ended: its supervisor then writes the exit code. */
async function awaitEnd(
  run: RunFolder,
  identity: ProcessIdentity,
  clock: Clock,
): Promise<{ exitCode: number; finishedAt: Date | undefined }> {
  const changed = new AbortController();
  let watcher: FSWatcher | undefined;
  try {
    watcher = watch(run.folder, { persistent: false }, () => {
      if (run.exit()) changed.abort();
    });
    watcher.on('error', () => undefined); // then the looks below are what finds it
  } catch {
    // The machine's inotify watches are used up; the same.
  }
  try {
    while (isRunning(identity)) await clock.sleep(500, changed.signal).catch(() => undefined);
    // The shell that waits for it needs a moment to write.
    for (let looks = 0; looks < 20 && !openRunFolder(run.folder).exit(); looks++) await clock.sleep(50);
  } finally {
    watcher?.close();
  }
  const exit = run.exit();
  return { exitCode: exit?.code ?? 137, finishedAt: exit?.time };
}

interface HeldInput {
  /** Passes the stream on to the container's standard input. */
  feed(stdin: Readable, once: boolean, shell: string, signal: AbortSignal): Promise<void>;
  close(): void;
}

const INPUT = 'stdin';

/** Keeps a writing end open, so that the container does not see the end of its input between two clients. */
function holdInput(folder: string): HeldInput {
  const file = join(folder, INPUT);
  let held = existsSync(file) ? openSync(file, constants.O_RDWR | constants.O_NONBLOCK) : undefined;
  const close = () => {
    if (held !== undefined) closeSync(held);
    held = undefined;
  };
  return {
    close,
    async feed(stdin, isLast, shell, signal) {
      if (held === undefined) return void stdin.resume();
      // A process of its own: writing to a FIFO that nobody reads would block this one.
      const writer = spawn(shell, ['-c', 'exec cat >"$1"', 'sh', file], {
        stdio: ['pipe', 'ignore', 'ignore'],
        signal,
      });
      writer.on('error', () => undefined); // aborted: the client has gone
      const exited = once(writer, 'exit').catch(() => undefined);
      if (writer.stdin) await pipeline(stdin, writer.stdin).catch(() => undefined); // either side has gone
      await exited;
      if (isLast) close();
    },
  };
}
