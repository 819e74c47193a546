/** A line of a log that was asked for with timestamps. */
export interface LogLine {
  /** Absent where the line has none: the kubelet's own words in place of a log. */
  time?: LogTime;
  /** With its line end. */
  text: Buffer;
}

/** Nanoseconds since 1970; times of one node can be compared. */
export type LogTime = bigint;

/**
 * A longer one is cut. It is over what the reader of phase outputs takes behind a marker, so that an output is never cut in silence.
 */
const LONGEST_LINE = 9 * 1024 * 1024;

/** Container runtimes write long lines in pieces of a multiple of this many bytes. */
const PIECE = 8 * 1024;
const TIMESTAMP = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d) /;
/** `2006-01-02T15:04:05.000000000+07:00 ` */
const LONGEST_TIMESTAMP = 36;

export interface LogLines {
  /** The lines that `chunk` completes. */
  take(chunk: Uint8Array): LogLine[];
  /** The last line, when it had no end. */
  rest(): LogLine | undefined;
}

/** Cuts a log into its lines, whatever the chunks in which it comes. */
export function createLogLines(): LogLines {
  let pieces: Buffer[] = [];
  let length = 0;

  const add = (piece: Buffer) => {
    const room = LONGEST_LINE - length;
    if (room <= 0) return;
    pieces.push(piece.length > room ? piece.subarray(0, room) : piece);
    length += piece.length;
  };
  const complete = () => {
    const line = readLine(pieces.length === 1 && pieces[0] ? pieces[0] : Buffer.concat(pieces));
    pieces = [];
    length = 0;
    return line;
  };

  return {
    take(chunk) {
      const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
      const lines: LogLine[] = [];
      let start = 0;
      for (let end = bytes.indexOf(0x0a); end >= 0; end = bytes.indexOf(0x0a, start)) {
        add(bytes.subarray(start, end));
        lines.push(complete());
        start = end + 1;
      }
      if (start < bytes.length) add(bytes.subarray(start));
      return lines;
    },
    rest: () => (length === 0 ? undefined : complete()),
  };
}

/** The nanoseconds of an RFC 3339 time with up to nine decimals. */
export function parseLogTime(seconds: string, fraction: string, zone: string): LogTime {
  return BigInt(Date.parse(`${seconds}${zone}`)) * 1_000_000n + BigInt(fraction.padEnd(9, '0'));
}

function readLine(bytes: Buffer): LogLine {
  const stamp = timestampAt(bytes, 0);
  if (!stamp) return { text: withLineEnd(bytes) };
  return { time: stamp.time, text: withLineEnd(withoutInnerTimestamps(bytes.subarray(stamp.length))) };
}

/** Older kubelets put a timestamp before each piece of a long line, not only before the first (kubernetes#77603). */
function withoutInnerTimestamps(text: Buffer): Buffer {
  if (text.length <= PIECE) return text;
  const kept: Buffer[] = [];
  let start = 0;
  for (let at = PIECE; at < text.length; at += PIECE) {
    const stamp = timestampAt(text, at);
    if (!stamp) continue;
    kept.push(text.subarray(start, at));
    start = at + stamp.length;
    at = start;
  }
  return start === 0 ? text : Buffer.concat([...kept, text.subarray(start)]);
}

function timestampAt(bytes: Buffer, offset: number): { time: LogTime; length: number } | undefined {
  const [all = '', seconds = '', fraction = '', zone = ''] =
    TIMESTAMP.exec(bytes.toString('latin1', offset, offset + LONGEST_TIMESTAMP)) ?? [];
  return all === '' ? undefined : { time: parseLogTime(seconds, fraction, zone), length: all.length };
}

function withLineEnd(text: Buffer): Buffer {
  return Buffer.concat([text, Buffer.from('\n')]);
}
