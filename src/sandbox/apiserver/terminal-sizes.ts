import { fieldsOf } from './json-value.ts';
import type { TerminalSize } from './node-agent.ts';

/** The sizes of the client's terminal. Only the latest matters to a reader that was busy. */
export interface TerminalSizes extends AsyncIterable<TerminalSize> {
  /** One size as the client sends it: `{"Width":80,"Height":24}`. */
  add(message: Uint8Array): void;
  end(): void;
}

export function createTerminalSizes(): TerminalSizes {
  let latest: TerminalSize | undefined;
  let closed = false;
  let wake: (() => void) | undefined;
  return {
    add(message) {
      const { Width, Height } = fieldsOf(parsed(message));
      if (typeof Width === 'number' && typeof Height === 'number') latest = { width: Width, height: Height };
      wake?.();
    },
    end() {
      closed = true;
      wake?.();
    },
    async *[Symbol.asyncIterator]() {
      while (!closed) {
        const size = latest;
        latest = undefined;
        if (size) yield size;
        else await new Promise<void>((resolve) => (wake = resolve));
      }
    },
  };
}

function parsed(message: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(message).toString('utf8'));
  } catch {
    // A size that cannot be read is of no consequence to the command; the terminal keeps the one it has.
    return undefined;
  }
}
