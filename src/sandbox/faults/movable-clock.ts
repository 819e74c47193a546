import type { Clock } from '../../kubernetes/clock.ts';

export interface MovableClock extends Clock {
  /** Lets so much time have passed: whatever waited for a moment within it goes on at once. */
  advance(milliseconds: number): void;
}

/** A clock that can be put forward while others wait on it. */
export function movableClock(base: Clock): MovableClock {
  let moved = 0;
  const sleepers = new Set<() => void>();
  const monotonic = (): number => base.monotonic() + moved;

  return {
    now: () => new Date(base.now().getTime() + moved),
    monotonic,
    async sleep(milliseconds, signal) {
      const due = monotonic() + milliseconds;
      do {
        // At least once, so that a sleep of no time gives way, too.
        await sleepUntilMoved(base, sleepers, Math.max(0, due - monotonic()), signal);
      } while (monotonic() < due);
    },
    advance(milliseconds) {
      if (!(milliseconds >= 0)) {
        throw new Error(`the clock can only be put forward; ${milliseconds} milliseconds were asked for`);
      }
      moved += milliseconds;
      for (const wake of sleepers) wake();
    },
  };
}

/** Nobody reads it; but a signal without a reason makes an exception with its stack, at every sleep. */
const WOKEN = new Error('the sleep was interrupted');

/** Rejects with the signal's reason when that aborts first. */
async function sleepUntilMoved(
  base: Clock,
  sleepers: Set<() => void>,
  milliseconds: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  signal?.throwIfAborted();
  const interrupted = new AbortController();
  const wake = (): void => interrupted.abort(WOKEN);
  sleepers.add(wake);
  signal?.addEventListener('abort', wake, { once: true });
  try {
    await base.sleep(milliseconds, interrupted.signal);
  } catch (error) {
    if (!interrupted.signal.aborted) throw error;
    signal?.throwIfAborted();
  } finally {
    sleepers.delete(wake);
    signal?.removeEventListener('abort', wake);
  }
}
