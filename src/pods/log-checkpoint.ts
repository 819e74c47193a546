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
/** and an output soon after it came, unless the phase ends first and stores it anyway. */
const OUTPUT_INTERVAL = 2_000;

/**
 * Characters of outputs beyond which nothing is written any more: the journal is for small things. A successor then reads the log from
 * the last position that fitted, and finds the large output there again.
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
    const hasNewOutput = !isDeepStrictEqual(progress.outputs, written.outputs);
    const isLate = clock.monotonic() - writtenAt >= POSITION_INTERVAL;
    if (!hasNewOutput && !(isLate && !isDeepStrictEqual(progress.position, written.position))) continue;
    if (progress.position === undefined || JSON.stringify(progress).length > LARGEST) continue;
    await checkpoints.write(name, { position: { ...progress.position }, outputs: progress.outputs });
    writtenAt = clock.monotonic();
    written = progress;
  }
}

function isLogProgress(value: Json | undefined): value is Json & LogProgress & { position: LogPosition } {
  return typeof value === 'object' && value !== null && 'position' in value && 'outputs' in value;
}
