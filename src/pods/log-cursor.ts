import type { LogTime } from './log-lines.ts';

/** The last line of a log that was read: its time, and how many lines of that very time came up to it. */
export interface LogPosition {
  /** Nanoseconds since 1970, in decimal. */
  time: string;
  lines: number;
  /** How often the container had been restarted: each start has a log of its own. */
  restarts: number;
}

/** `gap`: the line of the position is no longer in the log, and what followed it may be lost with it. */
export type Verdict = 'new' | 'seen' | 'gap';

export interface LogCursor {
  /** After the last line that was judged new; absent before the first. */
  readonly position: LogPosition | undefined;
  /** RFC 3339, whole seconds as the API takes it: from here the log must be read again. */
  readonly sinceTime: string | undefined;
  /** A log is opened again: the lines up to the position will come once more. */
  reopen(restarts: number): void;
  judge(time: LogTime): Verdict;
  /** Whether the line of the position has come again, if there is one. */
  readonly caughtUp: boolean;
}

/** Tells new lines from those that were read before, across connections and processes. */
export function createLogCursor(start: LogPosition | undefined): LogCursor {
  let last = start && { time: BigInt(start.time), lines: start.lines };
  let restarts = start?.restarts ?? 0;
  /** Lines of the position's time that came since the log was opened again; absent when all that comes is new. */
  let repeated: number | undefined = last && 0;

  const advance = (time: LogTime) => {
    last = { time, lines: last?.time === time ? last.lines + 1 : 1 };
  };

  return {
    get position() {
      return last && { time: String(last.time), lines: last.lines, restarts };
    },
    get sinceTime() {
      return last && new Date(Number(last.time / 1_000_000_000n) * 1_000).toISOString().replace('.000Z', 'Z');
    },
    get caughtUp() {
      return repeated === undefined || last === undefined || repeated >= last.lines;
    },
    reopen(now) {
      if (now !== restarts) last = undefined;
      restarts = now;
      repeated = last && 0;
    },
    judge(time) {
      if (last !== undefined && repeated !== undefined) {
        if (time < last.time) return 'seen';
        if (time === last.time) {
          repeated += 1;
          if (repeated <= last.lines) return 'seen';
        } else if (repeated < last.lines) {
          return 'gap';
        }
        repeated = undefined;
      }
      advance(time);
      return 'new';
    },
  };
}
