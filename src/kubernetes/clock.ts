/** Time, passed in to everything that waits, so that a test can hold the hands. */
export interface Clock {
  /** Wall-clock time: for timestamps only, it may jump. */
  now(): Date;
  /** Milliseconds that only grow: for measuring and for deadlines. */
  monotonic(): number;
  /** Resolves after `milliseconds`; rejects with the signal's reason when that aborts first. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  now: () => new Date(),
  monotonic: () => performance.now(),
  sleep: (milliseconds, signal) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const onAbort = () => {
        clearTimeout(timer);
        reject(signal?.reason);
      };
      const timer = setTimeout(() => {
        signal?.removeEventListener('abort', onAbort);
        resolve();
      }, milliseconds);
      signal?.addEventListener('abort', onAbort, { once: true });
    }),
};
