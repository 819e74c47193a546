import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Clock } from '../../kubernetes/clock.ts';
import type { ContainerExec, ContainerExit, RunningContainer } from '../kubelet/container-runtime.ts';
import type { Container } from '../kubelet/pod.ts';
import type { SimulatedLog } from './simulated-log.ts';

/** What a command does in place of running. */
export interface SimulatedRun {
  /** What it prints, in order; `after` is in milliseconds from the line before. */
  output?: (string | { text: string; after: number })[];
  /** 0 when absent. `running`: it goes on until it is told to end. */
  exitCode?: number | 'running';
  /** What it leaves in its termination message. */
  terminationMessage?: string;
  /** Whether it ends by itself on SIGTERM, with 143 or this code; `false`: it has to be killed. Default true. */
  onTerminate?: number | boolean;
}

/** What an exec prints and returns. */
export interface SimulatedExec {
  stdout?: string;
  stderr?: string;
  exitCode?: number;
}

export interface SimulatedProcessOptions {
  run: SimulatedRun;
  container: Container;
  clock: Clock;
  log: SimulatedLog;
  exec(command: string[], stdin: string): SimulatedExec | Promise<SimulatedExec>;
}

const NUMBERS = { SIGTERM: 15, SIGKILL: 9 };

/** Begins to print at once, on the given clock. */
export function startSimulatedContainer(options: SimulatedProcessOptions): RunningContainer {
  const { run, log } = options;
  const ended = Promise.withResolvers<number>();
  const over = new AbortController();
  print(options, over.signal).then(
    () => run.exitCode !== 'running' && ended.resolve(run.exitCode ?? 0),
    (error: unknown) => over.signal.aborted || ended.reject(error),
  );
  const exited = ended.promise.then((exitCode): ContainerExit => {
    over.abort();
    log.finish();
    return {
      exitCode,
      reason: exitCode === 0 ? 'Completed' : 'Error',
      message: messageOf(options, exitCode),
    };
  });
  return {
    exited,
    kill(signal) {
      const { onTerminate = true } = run;
      if (signal === 'SIGKILL' || onTerminate === true) ended.resolve(128 + NUMBERS[signal]);
      else if (onTerminate !== false) ended.resolve(onTerminate);
    },
    exec: (exec) => answer(options, exec),
    feed: async (stdin) => void stdin.resume(),
    resize: () => Promise.resolve(),
  };
}

async function print({ run, clock, log }: SimulatedProcessOptions, signal: AbortSignal): Promise<void> {
  for (const line of run.output ?? []) {
    const { text, after } = typeof line === 'string' ? { text: line, after: 0 } : line;
    if (after > 0) await clock.sleep(after, signal);
    log.write(text.endsWith('\n') ? text : `${text}\n`);
  }
}

function messageOf({ run, container, log }: SimulatedProcessOptions, exitCode: number): string {
  if (run.terminationMessage !== undefined) return run.terminationMessage;
  const fallsBack = container.terminationMessagePolicy === 'FallbackToLogsOnError' && exitCode !== 0;
  return fallsBack ? log.tail(80, 2048) : '';
}

async function answer(options: SimulatedProcessOptions, exec: ContainerExec): Promise<number> {
  const chunks: Buffer[] = [];
  for await (const chunk of exec.stdin ?? []) chunks.push(Buffer.from(chunk));
  const { stdout, stderr, exitCode = 0 } = await options.exec(exec.command, Buffer.concat(chunks).toString());
  if (stdout !== undefined && exec.stdout)
    await pipeline(Readable.from([stdout]), exec.stdout, { end: false });
  const errors = exec.tty ? exec.stdout : exec.stderr;
  if (stderr !== undefined && errors) await pipeline(Readable.from([stderr]), errors, { end: false });
  return exitCode;
}
