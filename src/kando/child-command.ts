import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync } from 'node:fs';
import { Socket } from 'node:net';
import type { Writable } from 'node:stream';
import { boundedGarbage } from './bounded-garbage.ts';
import { readPipe } from './descriptor-streams.ts';
import { openPipe } from './open-pipe.ts';
import type { Pipe } from './open-pipe.ts';
import { endProcessGroup } from './process-group.ts';
import { systemErrorText } from './system-error-text.ts';

/** The command behind `--` could not be started, or did not do its work. */
export class ChildFailed extends Error {
  override name = 'ChildFailed';
}

export interface ChildOptions {
  /** Makes the pipe; what it returns undefined for becomes a socket. */
  makePipe?: () => Promise<Pipe | undefined>;
  /** How long output may be silent and yet not end after the command has ended, in milliseconds. */
  linger?: number;
}

interface Child {
  /** Aborts with the reason as soon as the command has failed. */
  failed: AbortSignal;
  /** Resolves when the command has ended with exit status 0. @throws {ChildFailed} otherwise; the reason of `signal` */
  success(signal?: AbortSignal): Promise<void>;
  /** Ends it and everything it started; resolves when all are gone. */
  end(): Promise<void>;
}

export interface Producer extends Child {
  /** What the command writes. Ends when it has ended well; throws {ChildFailed} otherwise. A chunk is valid until the next is asked for. */
  output: AsyncIterable<Uint8Array>;
}

export interface Consumer extends Child {
  /** The command's standard input. */
  input: Writable;
}

const LINGER = 10_000;

/** Starts a command, not through a shell, to read its standard output; it inherits the rest. */
export async function startProducer(command: string[], options: ChildOptions = {}): Promise<Producer> {
  const pipe = await (options.makePipe ?? openPipe)();
  const { process, ...child } = await startWithPipe(command, 'stdout', pipe);
  const abandoned = new AbortController();
  const stop = AbortSignal.any([child.failed, abandoned.signal]);
  const chunks = pipe ? readPipe(pipe.read, stop) : boundedGarbage(untilAborted(process, stop));

  const onSilence = () => abandoned.abort(heldOpen(command));

  async function* output(): AsyncGenerator<Uint8Array> {
    yield* watchSilence(chunks, process, options.linger ?? LINGER, onSilence);
    await child.success();
  }
  return { ...child, output: output() };
}

/** Starts a command, not through a shell, to write its standard input; it inherits the rest. */
export async function startConsumer(command: string[], options: ChildOptions = {}): Promise<Consumer> {
  const pipe = await (options.makePipe ?? openPipe)();
  const { process, ...child } = await startWithPipe(command, 'stdin', pipe);
  const input = pipe ? new Socket({ fd: pipe.write, readable: false, writable: true }) : process.stdin;
  if (input === null) throw new Error('a child process with a pipe has no standard input');
  return { ...child, input };
}

async function startWithPipe(
  [program = '', ...args]: string[],
  stream: 'stdin' | 'stdout',
  pipe: Pipe | undefined,
): Promise<Child & { process: ChildProcess }> {
  const theirs = stream === 'stdin' ? pipe?.read : pipe?.write;
  const ours = stream === 'stdin' ? pipe?.write : pipe?.read;
  const end = theirs ?? 'pipe';
  try {
    const process = spawn(program, args, {
      stdio: stream === 'stdin' ? [end, 'inherit', 'inherit'] : ['inherit', end, 'inherit'],
      detached: true, // a process group of its own, so that `sh -c 'a | b'` can be ended as a whole
    });
    const child = watch(process, program);
    await once(process, 'spawn');
    return { process, ...child };
  } catch (error) {
    if (ours !== undefined) closeSync(ours);
    const text = `failed to start ${JSON.stringify(program)}: ${systemErrorText(error)}`;
    throw new ChildFailed(text, { cause: error });
  } finally {
    if (theirs !== undefined) closeSync(theirs); // or there would never be an end of file, or a broken pipe
  }
}

function watch(process: ChildProcess, program: string): Child {
  const failure = new AbortController();
  const exited = new Promise<void>((resolve) => {
    process.once('exit', (code, signal) => {
      const how = signal === null ? `exit status ${code}` : `signal ${signal}`;
      if (code !== 0) failure.abort(new ChildFailed(`${JSON.stringify(program)} failed: ${how}`));
      resolve();
    });
  });
  let ending: Promise<void> | undefined;
  return {
    failed: failure.signal,
    async success(signal) {
      await (signal ? unlessAborted(exited, signal) : exited);
      failure.signal.throwIfAborted();
    },
    end() {
      process.unref(); // what can't be ended must not keep kando
      return (ending ??= process.pid === undefined ? Promise.resolve() : endProcessGroup(process.pid));
    },
  };
}

async function unlessAborted(work: Promise<void>, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const { promise, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

/** Node's stream of the child's output. */
function untilAborted({ stdout }: ChildProcess, signal: AbortSignal): AsyncIterable<Uint8Array> {
  if (stdout === null) throw new Error('a child process with a pipe has no standard output');
  signal.addEventListener('abort', () => stdout.destroy(signal.reason), { once: true });
  return stdout;
}

/** A process that was left in the background may hold the pipe for ever: calls back when the wait for a chunk after the end is that long. */
async function* watchSilence(
  chunks: AsyncIterable<Uint8Array>,
  process: ChildProcess,
  limit: number,
  onSilence: () => void,
): AsyncGenerator<Uint8Array> {
  let timer: NodeJS.Timeout | undefined;
  let waiting = false;
  const startTimer = () => {
    if (waiting) timer = setTimeout(onSilence, limit);
  };
  const iterator = chunks[Symbol.asyncIterator]();
  process.once('exit', startTimer);
  try {
    for (;;) {
      waiting = true;
      if (process.exitCode !== null) startTimer();
      const next = await iterator.next();
      waiting = false;
      clearTimeout(timer);
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    process.off('exit', startTimer);
    clearTimeout(timer);
    await iterator.return?.();
  }
}

function heldOpen([program]: string[]): ChildFailed {
  return new ChildFailed(
    `${JSON.stringify(program)} ended, but something that it started still holds its standard output: ` +
      'wait for it in the command, or redirect its output',
  );
}
