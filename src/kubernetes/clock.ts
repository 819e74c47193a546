/** Time, passed in to everything that waits, so that a test can hold the hands. */
export interface Clock {
  /** Wall-clock time: for timestamps only, it may jump. */
  now(): Date;
  /** Milliseconds that only grow: for measuring and for deadlines. */
  monotonic(): number;
  /** Resolves after `milliseconds`; rejects with the signal's reason when that aborts first. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

/** Milliseconds: a timer of more than 31 bits fires at once. */
const LONGEST_TIMER = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => new Date(),
  monotonic: () => performance.now(),
  async sleep(milliseconds, signal) {
    let left = milliseconds;
    for (; left > LONGEST_TIMER; left -= LONGEST_TIMER) await timer(LONGEST_TIMER, signal);
    await timer(left, signal);
  },
};

function timer(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const onAbort = () => {
      clearTimeout(pending);
      reject(signal?.reason);
    };
    const pending = setTimeout(() => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    }, milliseconds);
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}
