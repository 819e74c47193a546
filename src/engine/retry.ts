import type { Clock } from '../kubernetes/clock.ts';
import { isTransient } from './transient.ts';

/** Milliseconds that an API server may be away before a run that needs it fails: the time of an upgrade of a small cluster. */
export const PATIENCE = 10 * 60_000;

/** Repeats reads that fail because the server is in trouble for now. */
export async function patiently<T>(read: () => Promise<T>, clock: Clock, signal: AbortSignal): Promise<T> {
  const deadline = clock.monotonic() + PATIENCE;
  for (let delay = 200; ; delay = Math.min(delay * 2, 10_000)) {
    try {
      return await read();
    } catch (error) {
      if (!isTransient(error) || signal.aborted || clock.monotonic() > deadline) throw error;
    }
    await clock.sleep(delay, signal);
  }
}
