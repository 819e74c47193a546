import type { Clock } from '../../src/kubernetes/clock.ts';

export interface Wait {
  clock: Clock;
  signal: AbortSignal;
  /** What is waited for, for the error. */
  what: string;
  /** Milliseconds until it is given up. */
  timeout: number;
  /** Milliseconds between two looks; 50 when absent. */
  pause?: number;
}

/**
 * Asks again and again, until `look` finds something.
 * @throws {Error} that says what was waited for, and what `look` last said in its place: a text or an error.
 */
export async function waitUntil<T extends object | true>(
  look: () => Promise<T | string>,
  wait: Wait,
): Promise<T> {
  const { clock, signal, what, timeout, pause = 50 } = wait;
  const deadline = clock.monotonic() + timeout;
  for (;;) {
    signal.throwIfAborted();
    const found = await look().catch((error: unknown) =>
      error instanceof Error ? error.message : String(error),
    );
    if (typeof found !== 'string') return found;
    if (clock.monotonic() > deadline) {
      throw new Error(`${what}: not within ${timeout / 1000} s; last seen: ${found}`);
    }
    await clock.sleep(pause, signal);
  }
}
