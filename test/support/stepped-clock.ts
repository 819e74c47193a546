import type { Clock } from '../../src/kubernetes/clock.ts';

/** A clock that stands still until a test moves it. */
export interface SteppedClock extends Clock {
  /** Lets everybody wake at their own time on the way, and what follows from it happen. */
  advance(milliseconds: number): Promise<void>;
  /** How many sleep. */
  readonly sleeping: number;
}

export interface SteppedClockOptions {
  start?: Date;
  /** Resolves when nothing can happen any more before time goes on. */
  settled?: () => Promise<void>;
}

interface Sleeper {
  until: number;
  wake: () => void;
}

export function steppedClock({
  start = new Date('2026-01-01T00:00:00Z'),
  settled = turnOfTheLoop,
}: SteppedClockOptions = {}): SteppedClock {
  const sleepers = new Set<Sleeper>();
  let elapsed = 0;

  const firstBefore = (end: number): Sleeper | undefined => {
    let first: Sleeper | undefined;
    for (const sleeper of sleepers) {
      if (sleeper.until <= end && sleeper.until < (first?.until ?? Infinity)) first = sleeper;
    }
    return first;
  };
  return {
    now: () => new Date(start.getTime() + elapsed),
    monotonic: () => elapsed,
    get sleeping() {
      return sleepers.size;
    },
    sleep: (milliseconds, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        const leave = () => {
          sleepers.delete(sleeper);
          signal?.removeEventListener('abort', onAbort);
        };
        const onAbort = () => {
          leave();
          reject(signal?.reason);
        };
        const wake = () => {
          leave();
          resolve();
        };
        const sleeper = { until: elapsed + Math.max(0, milliseconds), wake };
        sleepers.add(sleeper);
        signal?.addEventListener('abort', onAbort, { once: true });
      }),
    async advance(milliseconds) {
      const end = elapsed + milliseconds;
      await settled();
      for (let next; (next = firstBefore(end));) {
        elapsed = next.until;
        next.wake();
        await settled();
      }
      elapsed = end;
    },
  };
}

/** Microtasks are through when the event loop comes round. */
export function turnOfTheLoop(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
