import type { CreatedObject, Journal } from './journal.ts';

/** Milliseconds: an API server gives up what takes longer, whatever has become of its sender. */
const REQUEST_LIFE = 60_000;

/**
 * Marks what the process before this one was about to create or to change, and may have asked for: such a request may be carried out when
 * that process has long been followed. As long as an object is there, its name can't be taken by a late one; so it stays until none can
 * come any more. What was changed late is undone then.
 */
export function markLateRequests(journal: Journal): void {
  for (const { phase, cleanup, undo = [] } of journal.actions) {
    for (const object of [...cleanup, ...(phase?.created ?? [])])
      if (object.uid === undefined) object.late = (object.late ?? 0) + 1;
    for (const change of undo) if (change.index === phase?.index) change.late = true;
  }
}

/** Notes that one of those requests was carried out: what they asked for is there. */
export function arrived(created: CreatedObject): void {
  const late = (created.late ?? 0) - 1;
  if (late > 0) created.late = late;
  else delete created.late;
}

/** Until when, by the monotonic clock, what an earlier process asked for may be carried out, for one that takes over now. */
export function latestRequest(now: number): number {
  return now + REQUEST_LIFE;
}
