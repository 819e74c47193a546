import { createPhaseOutputParser } from '../api/phase-output.ts';
import { invalidPhaseOutput } from './invalid-phase-output.ts';

/** Finds the phase outputs in what a command prints. */
export interface OutputReader {
  take(chunk: Uint8Array): void;
  /**
   * What was found; nothing where the command printed none: Kanister gives no output at all then, rather than an empty one.
   * @throws {Failure} `InvalidPhaseOutput`, about the first one that can't be read
   */
  end(): Record<string, string> | undefined;
}

/** How a command ends comes first: an output that can't be read does not cut it off, and is told at its end. */
export function createOutputReader(pod: string): OutputReader {
  const parser = createPhaseOutputParser();
  let unreadable: { error: unknown } | undefined;
  const attempt = (parse: () => void) => {
    if (unreadable) return;
    try {
      parse();
    } catch (error) {
      unreadable = { error };
    }
  };
  return {
    take: (chunk) => attempt(() => parser.write(chunk)),
    end() {
      attempt(() => parser.end());
      if (unreadable) throw invalidPhaseOutput(unreadable.error, pod);
      return parser.outputs;
    },
  };
}
