import type { Clock } from '../kubernetes/clock.ts';
import { awaitTurn } from './await-turn.ts';
import { LinkedQueue } from './linked-queue.ts';

/** Bytes of objects per second that may be spent on progress: etcd keeps every version of a whole object until compaction. */
const RATE = 1024 * 1024;

/** Milliseconds of the rate that may be spent at once after a pause. */
const BURST = 1_000;

/** What all ActionSets of an operator may spend together on writes that only tell how far they are. */
export interface ProgressBudget {
  /**
   * Resolves when an object of so many bytes may be written: first come, first served. One that is larger than all that may be
   * saved up is let through too, and those behind it wait until it is paid for. Rejects with the signal's reason.
   */
  take(bytes: number, signal: AbortSignal): Promise<void>;
}

interface Waiter {
  bytes: number;
  grant: () => void;
}

export function createProgressBudget(clock: Clock): ProgressBudget {
  const queue = new LinkedQueue<Waiter>();
  /** When all that was granted so far is paid for: in the past, where something is saved up. */
  let paidUntil = clock.monotonic() - BURST;
  /** Ends the one timer; there only while somebody waits. */
  let serving: AbortController | undefined;

  /** Milliseconds until the next one may be granted. */
  const delay = () => paidUntil - clock.monotonic();
  const pay = (bytes: number) => {
    paidUntil = Math.max(paidUntil, clock.monotonic() - BURST) + (bytes / RATE) * 1_000;
  };
  const serve = async (ended: AbortSignal) => {
    while (!queue.isEmpty()) {
      if (delay() > 0) await clock.sleep(delay(), ended);
      const next = queue.shift();
      if (next === undefined) break;
      pay(next.bytes);
      next.grant();
    }
    serving = undefined;
  };
  const startServing = () => {
    if (serving) return;
    serving = new AbortController();
    // Rejects when it was ended because nobody waits any more.
    serve(serving.signal).catch(() => undefined);
  };
  return {
    async take(bytes, signal) {
      signal.throwIfAborted();
      if (serving === undefined && delay() <= 0) {
        pay(bytes);
        return;
      }
      await awaitTurn<void>(signal, (grant) => {
        const leave = queue.push({ bytes, grant: () => grant() });
        startServing();
        return () => {
          leave();
          if (!queue.isEmpty()) return;
          serving?.abort();
          serving = undefined;
        };
      });
    },
  };
}
