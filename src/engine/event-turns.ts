import type { Clock } from '../kubernetes/clock.ts';

/** Events that are posted at once while few wait, and while many do. */
const AT_ONCE = { calm: 8, load: 1 };
/** Of more waiting ones than these it is load. */
const FEW = 32;
/** Milliseconds that an event waits for its turn. What is told late is told all the same, and takes bounded memory. */
const LONGEST_WAIT = 10_000;

/**
 * In which order an operator posts its events. Under load they give way to what they tell of: then one is posted at a time, besides those that
 * have waited for long.
 */
export interface EventTurns {
  /** Posts it in its turn. Settles as `post` does. */
  take(post: () => Promise<void>): Promise<void>;
}

interface Waiting {
  /** On the monotonic clock. */
  since: number;
  begin(): void;
}

/** @param hurry aborted when nothing else is to be done any more: nobody waits any longer than for the event that is being posted */
export function createEventTurns(clock: Clock, hurry: AbortSignal): EventTurns {
  const queue: Waiting[] = [];
  let posting = 0;

  const mayBegin = ({ since }: Waiting) =>
    posting < (queue.length > FEW ? AT_ONCE.load : AT_ONCE.calm) ||
    hurry.aborted ||
    clock.monotonic() - since >= LONGEST_WAIT;
  const next = () => {
    for (let first; (first = queue[0]) !== undefined && mayBegin(first);) {
      queue.shift();
      posting += 1;
      first.begin();
    }
  };

  return {
    async take(post) {
      await new Promise<void>((begin) => {
        queue.push({ since: clock.monotonic(), begin });
        next();
      });
      try {
        await post();
      } finally {
        posting -= 1;
        next();
      }
    },
  };
}
