import { createHash } from 'node:crypto';

export interface Scheduled {
  cancel(): void;
}

/** All that is going to happen, in the order of virtual time. Nothing else happens: time moves when the queue is run. */
export interface EventQueue {
  /** Milliseconds since the run began. */
  now(): number;
  /** Has `happen` called after `delay` milliseconds; what is due at the same time happens in the order of these calls. */
  after(delay: number, happen: () => void): Scheduled;
  /** Enters a line into the trace. */
  note(line: string): void;
  /**
   * Lets one thing happen after the other, and all that follows from it, until `isDone`.
   * @returns `late` at `deadline`, `idle` when nothing is left to happen
   */
  run(isDone: () => boolean, deadline: number): Promise<'done' | 'late' | 'idle'>;
  /** Of all lines so far: the same for the same seed. */
  hash(): string;
  /** The lines, where they are kept. */
  readonly lines: readonly string[];
}

interface Event {
  time: number;
  order: number;
  happen: () => void;
}

/** @param keepsLines whether the trace is kept for people, or only its hash. */
export function createEventQueue(keepsLines: boolean): EventQueue {
  const waiting: Event[] = [];
  const lines: string[] = [];
  const hash = createHash('sha256');
  let time = 0;
  let order = 0;

  return {
    lines,
    now: () => time,
    after(delay, happen) {
      const event = { time: time + Math.max(0, delay), order: (order += 1), happen };
      waiting.splice(placeOf(event, waiting), 0, event);
      return {
        cancel() {
          const place = waiting.indexOf(event);
          if (place !== -1) waiting.splice(place, 1);
        },
      };
    },
    note(line) {
      const entry = `${time.toFixed(3)} ${line}`;
      hash.update(entry).update('\n');
      if (keepsLines) lines.push(entry);
    },
    async run(isDone, deadline) {
      await consequences();
      while (!isDone()) {
        const [next] = waiting;
        if (next === undefined) return 'idle';
        if (next.time > deadline) return 'late';
        waiting.shift();
        time = next.time;
        next.happen();
        await consequences();
      }
      return 'done';
    },
    hash: () => hash.copy().digest('hex').slice(0, 16),
  };
}

/** Behind all that are due before it, or at the same time. */
function placeOf(event: Event, waiting: Event[]): number {
  let place = waiting.length;
  for (; place > 0; place -= 1) {
    const before = waiting[place - 1];
    if (before === undefined || before.time <= event.time) break;
  }
  return place;
}

/** Microtasks, `nextTick` and streams are through when the event loop comes round; no I/O is under way that could come between. */
function consequences(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
