import type { Clock } from '../kubernetes/clock.ts';
import type { Failure } from './failure.ts';

export interface Period {
  /** When it began, whichever process began it: RFC 3339. */
  since: string;
  /** Milliseconds. */
  timeout: number;
}

/** A signal that aborts with `reason` when the time is up, unless `over` aborts before; at once where none is left. */
export function abortAfter(
  clock: Clock,
  { since, timeout }: Period,
  reason: Failure,
  over: AbortSignal,
): AbortSignal {
  const left = timeout - (clock.now().getTime() - Date.parse(since));
  if (left <= 0) return AbortSignal.abort(reason);
  const late = new AbortController();
  clock.sleep(left, over).then(
    () => late.abort(reason),
    // What it limits has ended.
    () => undefined,
  );
  return late.signal;
}
