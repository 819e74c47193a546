import type { LogTime } from './log-lines.ts';

/** A line of a log: the last one that was read. */
export interface LogPosition {
  /** Nanoseconds since 1970, in decimal. */
  time: string;
  /** How many lines of that very time came up to it, as far as they follow each other. */
  lines: number;
  /** The latest time of a line up to it, where that is not its own: see `createLogCursor`. */
  latest?: string;
  /** The line itself is to be read again. */
  unread?: true;
  /** How often the container had been restarted: each start has a log of its own. */
  restarts: number;
}

/** `gap`: the line of the position is no longer in the log, and what followed it may be lost with it. */
export type Verdict = 'new' | 'seen' | 'gap';

export interface LogCursor {
  /** Of the last line that was judged new; absent before the first. */
  readonly position: LogPosition | undefined;
  /** RFC 3339, whole seconds as the API takes it: from here the log must be read again. */
  readonly sinceTime: string | undefined;
  /** A log is opened again: the lines up to the position will come once more. */
  reopen(restarts: number): void;
  judge(time: LogTime): Verdict;
  /** Whether the line of the position has come again, if there is one. */
  readonly caughtUp: boolean;
}

/** Seconds before the last line: a kubelet leaves out lines that were stamped earlier than it was asked for, also where they are new. */
const SLACK = 60n;
const SECOND = 1_000_000_000n;

/**
 * Tells new lines from those that were read before, across connections and processes. What counts is their order in the log: their times
 * are not always in order, because standard output and standard error are stamped side by side, and clocks are put back.
 */
export function createLogCursor(start: LogPosition | undefined): LogCursor {
  let last = start && { time: BigInt(start.time), lines: start.lines, unread: start.unread };
  let latest = BigInt(start?.latest ?? start?.time ?? 0);
  let restarts = start?.restarts ?? 0;
  /** Lines of the position's time that came since the log was opened again; absent when all that comes is new. */
  let repeated: number | undefined = last && 0;

  const advance = (time: LogTime) => {
    last = { time, lines: last?.time === time ? last.lines + 1 : 1, unread: undefined };
    if (time > latest) latest = time;
  };

  /** Of a line that comes before the position's was found again. */
  const judgeAgain = (time: LogTime, sought: NonNullable<typeof last>): Verdict => {
    // Nothing up to the position is as late as this one.
    if (time !== sought.time) return time > latest ? 'gap' : 'seen';
    repeated = (repeated ?? 0) + 1;
    if (repeated < sought.lines) return 'seen';
    repeated = undefined;
    if (!sought.unread) return 'seen';
    sought.unread = undefined;
    return 'new';
  };

  return {
    get position() {
      if (!last) return undefined;
      const { time, lines, unread } = last;
      return {
        time: String(time),
        lines,
        ...(latest !== time && { latest: String(latest) }),
        ...(unread && { unread }),
        restarts,
      };
    },
    get sinceTime() {
      return last && new Date(Number(last.time / SECOND - SLACK) * 1_000).toISOString().replace('.000Z', 'Z');
    },
    get caughtUp() {
      return repeated === undefined;
    },
    reopen(now) {
      if (now !== restarts) {
        last = undefined;
        latest = 0n;
      }
      restarts = now;
      repeated = last && 0;
    },
    judge(time) {
      if (last !== undefined && repeated !== undefined) return judgeAgain(time, last);
      advance(time);
      return 'new';
    },
  };
}
