import type { Clock } from '../../src/kubernetes/clock.ts';
import { systemClock } from '../../src/kubernetes/clock.ts';

/** A clock that runs `factor` times as fast as time: minutes of patience pass in a second. */
export function acceleratedClock(factor: number): Clock {
  const start = systemClock.monotonic();
  const elapsed = () => (systemClock.monotonic() - start) * factor;
  const startDate = systemClock.now().getTime();
  return {
    now: () => new Date(startDate + elapsed()),
    monotonic: elapsed,
    sleep: (milliseconds, signal) => systemClock.sleep(milliseconds / factor, signal),
  };
}
