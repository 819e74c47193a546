import type { Clock } from '../kubernetes/clock.ts';
import type { Failure } from './failure.ts';

/** A signal that aborts with `reason` when the time is up, unless `over` aborts before. Milliseconds; none left: at once. */
export function abortAfter(
  clock: Clock,
  milliseconds: number,
  reason: Failure,
  over: AbortSignal,
): AbortSignal {
  if (milliseconds <= 0) return AbortSignal.abort(reason);
  const late = new AbortController();
  clock.sleep(milliseconds, over).then(
    () => late.abort(reason),
    // What it limits has ended.
    () => undefined,
  );
  return late.signal;
}
