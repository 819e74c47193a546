import { PhaseOutputError } from '../api/phase-output.ts';
import { Failure } from '../engine/failure.ts';

/** An output that can't be read, as a failure of the phase; any other error as it is. */
export function invalidPhaseOutput(error: unknown, pod: string): unknown {
  if (!(error instanceof PhaseOutputError)) return error;
  return new Failure('InvalidPhaseOutput', error.message, {
    pod: { name: pod },
    hint: 'Print outputs with `kando output KEY VALUE`: one marker a line, with a key and a value that is text.',
    cause: error,
  });
}
