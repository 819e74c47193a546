import type { PhaseOptions } from '../api/kanister/phase-options.ts';
import type { Failure } from './failure.ts';

/** Milliseconds. */
const LONGEST_BACKOFF = 5 * 60_000;

/** What another attempt would only fail with again, or make worse, unless the Blueprint's author says otherwise. */
const FINAL_REASONS: ReadonlySet<string> = new Set([
  'ArtifactsTooLarge',
  'InvalidArgument',
  'InvalidCondition',
  'InvalidOutput',
  'JournalTooLarge',
  'LogGap',
  'MissingArgument',
  'NameTaken',
  'NotResumable',
  'ObjectTooLarge',
  'OutcomeUnknown',
  'OutputTooLarge',
  'ResultTooLarge',
  'StatusNotStored',
  'TemplateError',
  'UnsupportedArgument',
]);

/** What ends the phase whatever the Blueprint's author says. */
const ENDS: ReadonlySet<string> = new Set(['Cancelled', 'ActionTimeout', 'DeferPhaseTimeout']);

/** Whether a phase that failed in its `attempt`, counted from 1, is to be tried again. */
export function mayRetry({ retry }: PhaseOptions, attempt: number, failure: Failure): boolean {
  if (attempt >= retry.attempts || ENDS.has(failure.reason)) return false;
  return retry.on ? retry.on.includes(failure.reason) : !FINAL_REASONS.has(failure.reason);
}

/** Milliseconds between the end of `attempt` and the beginning of the next one. */
export function backoffAfter({ retry }: PhaseOptions, attempt: number): number {
  return Math.min(LONGEST_BACKOFF, retry.backoff * 2 ** Math.min(attempt - 1, 20));
}
