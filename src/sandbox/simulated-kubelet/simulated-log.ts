import { Readable } from 'node:stream';
import type { Clock } from '../../kubernetes/clock.ts';
import type { LogSource } from '../kubelet/container-runtime.ts';

type ReadOptions = Parameters<LogSource['read']>[0];

interface Line {
  /** Milliseconds since 1970; lines of one millisecond differ in the nanoseconds. */
  time: number;
  nanoseconds: number;
  text: string;
}

/** A container's log in memory, with the times of an injected clock. */
export interface SimulatedLog extends LogSource {
  /** Whole lines. */
  write(text: string): void;
  finish(): void;
  /** The last lines, for a termination message. */
  tail(lines: number, bytes: number): string;
}

export function createSimulatedLog(clock: Clock): SimulatedLog {
  const lines: Line[] = [];
  const waiting = new Set<() => void>();
  let finished = false;
  const wake = () => {
    for (const resume of waiting) resume();
    waiting.clear();
  };
  const growth = (signal: AbortSignal | undefined) =>
    new Promise<void>((resolve) => {
      const resume = () => {
        waiting.delete(resume);
        signal?.removeEventListener('abort', resume);
        resolve();
      };
      waiting.add(resume);
      signal?.addEventListener('abort', resume, { once: true });
    });

  async function* read(options: ReadOptions): AsyncGenerator<Buffer> {
    let left = options.limitBytes ?? Number.POSITIVE_INFINITY;
    const since = sinceOf(options, clock);
    const first = options.tailLines === undefined ? 0 : Math.max(0, lines.length - options.tailLines);
    for (let at = first; !options.signal?.aborted;) {
      const line = lines[at];
      if (!line) {
        if (!options.follow || finished) return;
        await growth(options.signal);
        continue;
      }
      at++;
      const stamp = stampOf(line);
      if (since !== undefined && stamp < since) continue;
      const bytes = Buffer.from(options.timestamps ? `${stamp} ${line.text}` : line.text);
      yield bytes.subarray(0, left);
      left -= bytes.length;
      if (left <= 0) return;
    }
  }

  return {
    write(text) {
      const time = clock.now().getTime();
      for (const line of text.match(/[^\n]*\n/g) ?? []) {
        const last = lines.at(-1);
        lines.push({ time, nanoseconds: last?.time === time ? last.nanoseconds + 1 : 0, text: line });
      }
      wake();
    },
    finish() {
      finished = true;
      wake();
    },
    tail: (count, bytes) =>
      Buffer.from(
        lines
          .slice(-count)
          .map(({ text }) => text)
          .join(''),
      )
        .subarray(-bytes)
        .toString(),
    read: (options) => Readable.from(read(options), { objectMode: false }),
  };
}

/** RFC 3339 with nine decimals, which sorts as text. */
const stampOf = ({ time, nanoseconds }: Pick<Line, 'time' | 'nanoseconds'>) =>
  `${new Date(time).toISOString().slice(0, -1)}${String(nanoseconds).padStart(6, '0')}Z`;

function sinceOf(options: ReadOptions, clock: Clock): string | undefined {
  if (options.sinceSeconds !== undefined)
    return stampOf({ time: clock.now().getTime() - options.sinceSeconds * 1000, nanoseconds: 0 });
  if (options.sinceTime === undefined) return undefined;
  const decimals = /\.(\d+)/.exec(options.sinceTime)?.[1] ?? '';
  const time = Date.parse(options.sinceTime.replace(/\.(\d{3})\d*/, '.$1'));
  return stampOf({ time, nanoseconds: Number(decimals.slice(3, 9).padEnd(6, '0')) });
}
