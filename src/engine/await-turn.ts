import type { Leave } from './linked-queue.ts';

/**
 * Waits in a queue: `join` enters it, and is given what to call when the turn has come.
 * Rejects with the signal's reason when that aborts first; what waited has then left the queue.
 */
export function awaitTurn<T>(signal: AbortSignal, join: (grant: (value: T) => void) => Leave): Promise<T> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const leave = join((value) => {
      signal.removeEventListener('abort', onAbort);
      resolve(value);
    });
    const onAbort = () => {
      leave();
      reject(signal.reason);
    };
    signal.addEventListener('abort', onAbort, { once: true });
  });
}
