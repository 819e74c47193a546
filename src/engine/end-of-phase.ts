import type { Clock } from '../kubernetes/clock.ts';
import type { Run } from './action-run.ts';
import { Failure } from './failure.ts';
import { Abandoned } from './gate.ts';
import { WORK_ENDED } from '../kubernetes/work-ended.ts';

/** Milliseconds that a function may take to notice that its phase was cancelled. */
const CANCEL_PATIENCE = 30_000;

/** Milliseconds that a deferPhase may take once its ActionSet is to end. */
const DEFER_PATIENCE = 30 * 60_000;

/** Why a phase, or what would follow it, had to end. */
export function failureOf({ reason }: AbortSignal): Failure {
  if (reason instanceof Failure) return reason;
  return new Failure('Cancelled', 'Cancelled: the action was cancelled');
}

/**
 * The deferPhase puts things right after a cancel, and so it is not cancelled itself; but whoever deletes an ActionSet, or its
 * namespace, is not kept waiting for ever.
 */
export function lastMomentOf(
  { cancel, engine }: Run,
  over: AbortSignal,
  what = 'the deferPhase',
): AbortSignal {
  const last = new AbortController();
  onAbort(cancel, over)
    .then(() => engine.clock.sleep(DEFER_PATIENCE, over))
    .then(() =>
      last.abort(
        new Failure(
          'DeferPhaseTimeout',
          `${what} did not end within ${DEFER_PATIENCE / 60_000} minutes after the ActionSet was cancelled or deleted`,
          { hint: 'Check what it has left to be done.' },
        ),
      ),
    )
    // The deferPhase has ended before.
    .catch(() => undefined);
  return last.signal;
}

export interface Aborts {
  /** The process stops. */
  stop: AbortSignal;
  /** The function shall end. */
  end: AbortSignal;
  clock: Clock;
}

/**
 * The function's own end, or the end of patience with it: a stopping process does not wait; a cancelled phase waits a while for the
 * function to put things away.
 */
export async function untilAborted<T>(work: Promise<T>, { stop, end, clock }: Aborts): Promise<T> {
  const given = new AbortController();
  const stopped = onAbort(stop, given.signal).then(() => {
    throw new Abandoned('the operator stops');
  });
  const impatient = onAbort(end, given.signal)
    .then(() => clock.sleep(CANCEL_PATIENCE, given.signal))
    .then(() => {
      throw end.reason;
    });
  try {
    return await Promise.race([work, stopped, impatient]);
  } finally {
    given.abort(WORK_ENDED);
    for (const loser of [work, stopped, impatient]) loser.catch(() => undefined);
  }
}

/** Resolves when `signal` aborts; rejects when `given` does first. */
function onAbort(signal: AbortSignal, given: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return resolve();
    signal.addEventListener('abort', () => resolve(), { once: true, signal: given });
    given.addEventListener('abort', () => reject(given.reason), { once: true });
  });
}
