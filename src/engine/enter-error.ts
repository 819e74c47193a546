import type { Run } from './action-run.ts';
import { Failure } from './failure.ts';

/** Characters of `status.error.message`. */
const LONGEST = 4_096;

const CANCELLED = 'Cancelled';

/**
 * Enters why the ActionSet fails: the last failure, as in the original. A cancel stands before everything else, because it is what
 * people and programs look for; `text` is the failure's, masked.
 */
export function enterError(run: Run, failure: Failure, text: string): void {
  const { status, journal } = run.store;
  const before = status.error.message;
  delete status.progress.runningPhase;
  const wasCancelled = journal.failure === CANCELLED;
  if (wasCancelled && failure.reason === CANCELLED && before !== '') return;
  if (wasCancelled) status.error = { message: joined(before, text) };
  else if (failure.reason === CANCELLED) status.error = { message: joined(text, before) };
  else status.error = { message: text };
  if (!wasCancelled) journal.failure = failure.reason;
  // Once it stands there, taking the wish back does not resume the run.
  if (failure.reason === CANCELLED) journal.cancelled ??= wishOf(run, failure);
}

/** Without what the failure adds about the phase that it met. */
function wishOf({ cancel }: Run, failure: Failure): string {
  return cancel.reason instanceof Failure ? cancel.reason.message : failure.message;
}

/** Says what the end of the run leaves undone. */
export function enterRemark(run: Run, text: string): void {
  const { status } = run.store;
  if (!status.error.message.includes(text)) status.error = { message: joined(status.error.message, text) };
}

function joined(first: string, second: string): string {
  if (second === '') return first;
  const text = `${first}; ${second}`;
  return text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text;
}
