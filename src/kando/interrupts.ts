import { constants } from 'node:os';
import type { KandoProcess } from './run-kando.ts';

/** The process was told to end. Its exit code is what a shell shows for a process that a signal killed. */
export class Interrupted extends Error {
  override name = 'Interrupted';
  readonly exitCode: number;

  constructor(signal: NodeJS.Signals) {
    super(`interrupted by ${signal}`);
    this.exitCode = 128 + constants.signals[signal];
  }
}

const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;

/** Runs `work` with a signal that aborts when the process is told to end, so that it can clean up. */
export async function untilInterrupted<T>(
  process: KandoProcess,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const abort = new AbortController();
  const onSignal = (name: NodeJS.Signals) => abort.abort(new Interrupted(name));
  for (const name of SIGNALS) process.on(name, onSignal);
  try {
    return await work(abort.signal);
  } finally {
    for (const name of SIGNALS) process.off(name, onSignal);
  }
}
