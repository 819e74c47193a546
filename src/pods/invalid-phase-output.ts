import { PHASE_OUTPUT_MARKER, PhaseOutputError, PhaseOutputTooLarge } from '../api/phase-output.ts';
import { Failure } from '../engine/failure.ts';

/** An output that can't be read, as a failure of the phase that shows its line; any other error as it is. */
export function invalidPhaseOutput(error: unknown, pod: string): unknown {
  if (!(error instanceof PhaseOutputError)) return error;
  if (error instanceof PhaseOutputTooLarge) {
    return new Failure('OutputTooLarge', error.message, {
      pod: { name: pod },
      hint: 'Keep outputs small: put data into an object store and output where it is.',
      cause: error,
    });
  }
  const line = error.content === undefined ? '' : `${PHASE_OUTPUT_MARKER} ${shortened(error.content)}`;
  return new Failure('InvalidPhaseOutput', error.message, {
    pod: { name: pod, ...(line !== '' && { logTail: line }) },
    hint: 'Print outputs with `kando output KEY VALUE`: one marker a line, with a key and a value that is text.',
    cause: error,
  });
}

/** Characters: enough to find the line by. */
const LONGEST = 500;

function shortened(text: string): string {
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}
