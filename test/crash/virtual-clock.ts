import type { Clock } from '../../src/kubernetes/clock.ts';
import type { EventQueue } from './event-queue.ts';

/** When every run begins: its timestamps are the same whenever it is run. */
const EPOCH = Date.UTC(2026, 0, 1);

export interface VirtualClock extends Clock {
  /** How many sleep. */
  sleeping(): number;
}

export interface VirtualClockOptions {
  queue: EventQueue;
  /** Milliseconds by which the wall clock is wrong now. */
  error?: () => number;
  /** Has it called when its owner is there to notice; never, where the owner is dead. */
  deliver?: (happen: () => void) => void;
}

export function virtualClock({
  queue,
  error = () => 0,
  deliver = (happen) => happen(),
}: VirtualClockOptions): VirtualClock {
  let sleeping = 0;
  return {
    sleeping: () => sleeping,
    now: () => new Date(EPOCH + queue.now() + error()),
    monotonic: () => queue.now(),
    sleep: (milliseconds, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        sleeping += 1;
        const onAbort = () => {
          timer.cancel();
          sleeping -= 1;
          reject(signal?.reason);
        };
        const timer = queue.after(milliseconds, () =>
          deliver(() => {
            // It may have been aborted while its owner was not there.
            if (signal?.aborted) return;
            signal?.removeEventListener('abort', onAbort);
            sleeping -= 1;
            resolve();
          }),
        );
        signal?.addEventListener('abort', onAbort, { once: true });
      }),
  };
}
