import { isDeepStrictEqual } from 'node:util';
import type { FunctionContext } from '../engine/function.ts';
import type { Json } from '../kubernetes/objects.ts';
import type { LogPosition } from './log-cursor.ts';

/** How far a log was read, and the phase outputs up to there. */
export interface LogProgress {
  position: LogPosition | undefined;
  outputs: Record<string, string>;
}

/** Milliseconds: the position is written this seldom, */
const POSITION_INTERVAL = 30_000;
/** and the first one, or an output, soon after it came, unless the phase ends first and stores it anyway. */
const OUTPUT_INTERVAL = 2_000;

/**
 * Characters of outputs beyond which no further one is kept: the journal is for small things. A successor then reads the log from the
 * line of the first output that did not fit.
 */
const LARGEST = 8 * 1024;

/** What an earlier process left under `name`, or the start of the log. */
export function readLogProgress(
  { checkpoints }: Pick<FunctionContext, 'checkpoints'>,
  name: string,
): LogProgress {
  const found = checkpoints.read(name);
  return isLogProgress(found) ? found : { position: undefined, outputs: {} };
}

/** What of the progress on a log is kept for a successor. */
export interface KeptProgress {
  /** An output was read, on the line of the position. */
  add(key: string, value: string, position: LogPosition | undefined): void;
  /** @param position of the last line that was read */
  at(position: LogPosition | undefined): LogProgress;
}

/** Goes on with what an earlier process left. */
export function createKeptProgress(before: LogProgress): KeptProgress {
  const outputs = new Map(Object.entries(before.outputs));
  const sizes = new Map([...outputs].map(([key, value]) => [key, sizeOf(key, value)]));
  /** Where the outputs end that fit. */
  let full: LogProgress | undefined;
  return {
    add(key, value, position) {
      if (full) return;
      const others = [...sizes].reduce((sum, [name, size]) => (name === key ? sum : sum + size), 0);
      if (others + sizeOf(key, value) > LARGEST) {
        full = {
          position: position && { ...position, unread: true },
          outputs: Object.fromEntries(outputs),
        };
        return;
      }
      sizes.set(key, sizeOf(key, value));
      outputs.set(key, value);
    },
    at: (position) => full ?? { position, outputs: Object.fromEntries(outputs) },
  };
}

/** Writes what `current` says from time to time, for ever. Rejects when it can't be stored, and with the signal's reason. */
export async function keepLogProgress(
  { checkpoints, clock }: Pick<FunctionContext, 'checkpoints' | 'clock'>,
  name: string,
  current: () => LogProgress,
  signal: AbortSignal,
): Promise<never> {
  let writtenAt = clock.monotonic();
  let written = current();
  for (;;) {
    await clock.sleep(OUTPUT_INTERVAL, signal);
    const progress = current();
    const { position, outputs } = progress;
    if (position === undefined) continue;
    // A log that is rotated before its first line was noted can't be told from a whole one.
    const isUrgent = written.position === undefined || !isDeepStrictEqual(outputs, written.outputs);
    const isLate = clock.monotonic() - writtenAt >= POSITION_INTERVAL;
    if (!isUrgent && !(isLate && !isDeepStrictEqual(position, written.position))) continue;
    await checkpoints.write(name, { position: { ...position }, outputs });
    writtenAt = clock.monotonic();
    written = progress;
  }
}

function sizeOf(key: string, value: string): number {
  return JSON.stringify({ [key]: value }).length;
}

function isLogProgress(value: Json | undefined): value is Json & LogProgress & { position: LogPosition } {
  return typeof value === 'object' && value !== null && 'position' in value && 'outputs' in value;
}
