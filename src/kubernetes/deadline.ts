import type { Clock } from './clock.ts';
import { WORK_ENDED } from './work-ended.ts';

/** The API server did not answer in time. Whether it did what it was asked is unknown. */
export class CallTimeout extends Error {
  constructor(what: string, milliseconds: number) {
    super(`${what} was not answered within ${milliseconds / 1000} s`);
    this.name = 'CallTimeout';
  }
}

export interface DeadlineOptions {
  clock: Clock;
  /** Milliseconds; without it only `signal` ends the wait. */
  timeout?: number | undefined;
  signal?: AbortSignal | undefined;
  /** What is waited for, as the subject of the error's sentence. */
  what: string;
}

/** Runs `work` with a signal that aborts with the caller's own, or with {@link CallTimeout} when the time is up. */
export async function withDeadline<T>(
  { clock, timeout, signal, what }: DeadlineOptions,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const scope = new AbortController();
  const timer = new AbortController();
  const onAbort = () => scope.abort(signal?.reason);
  if (signal?.aborted) onAbort();
  signal?.addEventListener('abort', onAbort, { once: true });
  if (timeout !== undefined) {
    clock.sleep(timeout, timer.signal).then(
      () => scope.abort(new CallTimeout(what, timeout)),
      () => undefined, // the work ended first
    );
  }
  try {
    return await work(scope.signal);
  } finally {
    timer.abort(WORK_ENDED);
    signal?.removeEventListener('abort', onAbort);
  }
}
