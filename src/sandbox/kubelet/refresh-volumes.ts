import type { Clock } from '../../kubernetes/clock.ts';

/** Milliseconds between two looks at what mounted ConfigMaps and Secrets hold. A kubelet takes up to two minutes. */
const PERIOD = 5000;

/** Does something again and again until the signal aborts, which is its ordinary end. */
export async function createLoop(clock: Clock, signal: AbortSignal, act: () => Promise<void>): Promise<void> {
  try {
    for (;;) {
      await clock.sleep(PERIOD, signal);
      await act();
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
