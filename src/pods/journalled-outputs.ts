import { Failure } from '../engine/failure.ts';
import type { Outputs } from './command-outputs.ts';

/** What the journal keeps of a command's outputs: themselves, or only how large they are. */
export type JournalledOutputs = { outputs: Record<string, string> | null } | { bytes: number };

/** Bytes of outputs that the journal takes of one command; larger ones stand in the phase's result only. */
export const JOURNALLED_OUTPUTS = 12 * 1024;

/** @param room bytes of JSON that may be kept */
export function keepOutputs(outputs: Outputs, room: number): JournalledOutputs {
  const bytes = Buffer.byteLength(JSON.stringify(outputs ?? null));
  return bytes <= room ? { outputs: outputs ?? null } : { bytes };
}

/** @throws {Failure} `OutcomeUnknown` when they were too large to be kept */
export function keptOutputs(kept: JournalledOutputs, pod: string): Outputs {
  if ('outputs' in kept) return kept.outputs ?? undefined;
  throw new Failure(
    'OutcomeUnknown',
    `the operator was interrupted after the command had succeeded and before its outputs (${kept.bytes} bytes) were stored`,
    {
      pod: { name: pod },
      hint: 'Check what the command did, then run the action again; output less than 12 KiB to have outputs survive this.',
    },
  );
}
