import { Writable } from 'node:stream';
import { createLastLines } from './last-lines.ts';
import { createTextLines } from './text-lines.ts';

/** Where one output of a command goes. */
export interface CommandOutput {
  /** Takes what the command prints, at its own pace. */
  stream: Writable;
  /** Bytes taken so far. */
  readonly bytes: number;
  /** The last ten lines that are not blank, joined as Kanister joins them. */
  tail(): string;
}

/** Hands an output on line by line, and `take`s it as it comes; what `take` throws ends the stream. */
export function createCommandOutput(
  print: (line: string) => void,
  take?: (chunk: Uint8Array) => void,
): CommandOutput {
  const last = createLastLines();
  const lines = createTextLines((line) => {
    last.add(line);
    print(line);
  });
  let bytes = 0;
  const stream = new Writable({
    write(chunk: Uint8Array, _encoding, written) {
      try {
        lines.write(chunk);
        take?.(chunk);
        bytes += chunk.length;
        written();
      } catch (error) {
        written(error instanceof Error ? error : new Error(String(error)));
      }
    },
  });
  return {
    stream,
    get bytes() {
      return bytes;
    },
    tail() {
      lines.end();
      return last.lines.join('\r\n');
    },
  };
}
