import { writeSync } from 'node:fs';

const STANDARD_ERROR = 2;
/** Milliseconds until a full pipe is tried again. */
const PAUSE = 1;

/**
 * Writes a line to standard error, and waits until it is taken. `process.stderr` keeps in memory what a full pipe does not take: all of
 * it, when containers print faster than the log is read. (pino's own destination waits, too, but for a tenth of a second each time.)
 */
export function writeStandardError(line: string): void {
  for (let rest = Buffer.from(line); rest.length > 0;) {
    try {
      rest = rest.subarray(writeSync(STANDARD_ERROR, rest));
    } catch (error) {
      // Of all others nobody could be told, as where the log's reader has gone: they are no reason to end.
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') return;
      Atomics.wait(NEVER_WOKEN, 0, 0, PAUSE);
    }
  }
}

const NEVER_WOKEN = new Int32Array(new SharedArrayBuffer(4));
