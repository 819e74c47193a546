import type { Clock } from '../kubernetes/clock.ts';
import type { KanctlHost } from './host.ts';

/** Shows how far something is: one line that is redrawn on a terminal, a line per change elsewhere. */
export interface ProgressLine {
  /** `describe` is asked again every second, as it may tell the time. */
  show(describe: () => string, change: string): void;
  /** Something worth a line of its own. */
  note(text: string): void;
  /** Takes the line away. */
  close(): Promise<void>;
}

export function progressLine({ stderr, clock }: Pick<KanctlHost, 'stderr' | 'clock'>): ProgressLine {
  return stderr.isTTY ? liveLine(stderr, clock) : plainLines(stderr);
}

const CLEAR = '\r\u001B[2K';

function liveLine(stream: KanctlHost['stderr'], clock: Clock): ProgressLine {
  const closed = new AbortController();
  let describe = () => '';
  const draw = () => stream.write(`${CLEAR}${describe().slice(0, (stream.columns ?? 80) - 1)}`);
  const ticking = (async () => {
    while (!closed.signal.aborted) {
      await clock.sleep(1000, closed.signal);
      draw();
    }
  })().catch((error: unknown) => {
    if (!closed.signal.aborted) throw error;
  });
  return {
    show(next) {
      describe = next;
      draw();
    },
    note(text) {
      stream.write(`${CLEAR}${text}\n`);
      draw();
    },
    async close() {
      closed.abort();
      await ticking;
      stream.write(CLEAR);
    },
  };
}

function plainLines(stream: KanctlHost['stderr']): ProgressLine {
  let last: string | undefined;
  return {
    show(_describe, change) {
      if (change !== last) stream.write(`${change}\n`);
      last = change;
    },
    note: (text) => void stream.write(`${text}\n`),
    close: () => Promise.resolve(),
  };
}
