/**
 * The phase outputs in a container's termination message, beside those in its log: they stand in the pod's status, and are there when the
 * log is not. Lines as in `phase-output.ts`; a marker with nothing behind it says that an output had no room, which other readers skip.
 */
import { createPhaseOutputParser, PHASE_OUTPUT_MARKER, PhaseOutputError } from './phase-output.ts';

/** Bytes that a kubelet keeps of one container's message, and of those of all containers of a pod. */
const LARGEST = 4_096;
const LARGEST_OF_POD = 12 * 1_024;

const OMITTED = `${PHASE_OUTPUT_MARKER}\n`;

/**
 * What an output adds to a message: its line; where that has no room, that it is missing; or nothing where not even that has.
 * @param size bytes that are in it already
 */
export function additionToMessage(size: number, line: string): string {
  const addition = `${line}\n`;
  if (size + Buffer.byteLength(addition) + OMITTED.length <= LARGEST) return addition;
  return size + OMITTED.length <= LARGEST ? OMITTED : '';
}

/**
 * The outputs in a message; undefined where there are none, or where they may not be all.
 * @param containers of the pod, which share what a kubelet keeps
 */
export function outputsOfMessage(message: string, containers: number): Record<string, string> | undefined {
  const room = Math.min(LARGEST, Math.floor(LARGEST_OF_POD / Math.max(1, containers)));
  // Longer ones may have been cut, and had no room left to say what is missing.
  if (Buffer.byteLength(message) > room - OMITTED.length || HAS_OMITTED.test(message)) return undefined;
  const parser = createPhaseOutputParser();
  try {
    parser.write(message);
    parser.end();
  } catch (error) {
    if (error instanceof PhaseOutputError) return undefined;
    throw error;
  }
  return parser.outputs;
}

/** A message as its author wrote it, for people. */
export function messageWithoutOutputs(message: string): string {
  return message.replace(MARKED, '').trim();
}

const HAS_OMITTED = new RegExp(`${PHASE_OUTPUT_MARKER}\\s*$`, 'm');
const MARKED = new RegExp(`\\n?${PHASE_OUTPUT_MARKER}.*`, 'g');
