import { appendFileSync, closeSync, existsSync, openSync, readFileSync, statSync, watch } from 'node:fs';
import type { FSWatcher } from 'node:fs';
import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { Readable } from 'node:stream';
import type { Clock } from '../../kubernetes/clock.ts';
import type { ContainerLogOptions as LogOptions } from '../apiserver/node-agent.ts';
import { readLast } from './read-last.ts';

/** What is read of a log; as in the API's `pods/log`. */
export type LogReadOptions = Omit<LogOptions, 'previous'>;

export interface ContainerLogOptions {
  /** A file that keeps when the log grew, so that a later sandbox knows its lines' times. */
  index?: string | undefined;
  /** Bytes after which a kubelet would rotate: only what came after the last rotation is served. */
  rotateAt?: number | undefined;
}

/** A stretch of the file that was seen to be there at one time. */
interface Segment {
  /** Bytes before it. */
  offset: number;
  /** Milliseconds since 1970. */
  time: number;
}

/** For a container that prints day and night: beyond this many stretches a new one begins after {@link COARSE} milliseconds only. */
const FINE_SEGMENTS = 10_000;
const COARSE = 1000;
const CHUNK = 64 * 1024;
const NEWLINE = 0x0a;

/**
 * The output of one container: a file that the container itself appends to, and an index of when it was seen to grow,
 * which gives each line its time. Lines that came together differ in the nanoseconds, so that a reader who
 * goes on after a line's time neither loses nor repeats one.
 */
export class ContainerLog {
  readonly file: string;
  #clock: Clock;
  #options: ContainerLogOptions;
  /** Where what is served begins: what is before it counts as rotated away. */
  #base = 0;
  #segments: Segment[] = [];
  #size = 0;
  #finished = false;
  #watcher: FSWatcher | undefined;
  #poll: NodeJS.Timeout | undefined;
  #waiting = new Set<() => void>();

  constructor(file: string, clock: Clock, options: ContainerLogOptions = {}) {
    this.file = file;
    this.#clock = clock;
    this.#options = options;
    closeSync(openSync(file, 'a'));
    if (options.index !== undefined) this.#recall(options.index);
    this.refresh();
    this.#watch();
  }

  /** Takes note of what the container has written by now; returns the log's size in bytes. */
  refresh(): number {
    const size = statSync(this.file, { throwIfNoEntry: false })?.size ?? 0;
    if (size < this.#size) this.#forget();
    if (size <= this.#size) return this.#size;
    this.#note(this.#clock.now().getTime());
    this.#size = size;
    this.#rotate();
    this.#wake();
    return size;
  }

  #note(now: number): void {
    const last = this.#segments.at(-1);
    const isFine = this.#segments.length < FINE_SEGMENTS;
    if (last && !isFine && now - last.time < COARSE) return; // the new lines belong to that stretch
    const time = Math.max(now, (last?.time ?? 0) + 1);
    this.#segments.push({ offset: this.#size, time });
    if (this.#options.index !== undefined) appendFileSync(this.#options.index, `${this.#size} ${time}\n`);
  }

  /** Takes over what an earlier sandbox saw. What was written while nobody looked has the time of the last write. */
  #recall(index: string): void {
    if (!existsSync(index)) return;
    const { size, mtimeMs } = statSync(this.file);
    for (const line of readFileSync(index, 'utf8').split('\n')) {
      const [offset = Number.NaN, time = Number.NaN] = line.split(' ').map(Number);
      if (Number.isNaN(time) || offset >= size) continue;
      this.#segments.push({ offset, time });
      this.#size = offset;
    }
    const last = this.#segments.at(-1);
    if (!last) return;
    // Lines of the last stretch and those after it can't be told apart any more: the file's time is never too early.
    last.time = Math.max(last.time, Math.floor(mtimeMs));
    this.#size = size;
  }

  /** The container keeps its one file; what a kubelet would have rotated away is only not shown. */
  #rotate(): void {
    const { rotateAt } = this.#options;
    if (rotateAt === undefined || this.#size - this.#base <= rotateAt) return;
    const tail = readLast(this.file, Math.min(CHUNK, this.#size - this.#base));
    const newline = tail.lastIndexOf('\n');
    if (newline !== -1) this.#base = this.#size - Buffer.byteLength(tail.slice(newline + 1));
  }

  /** The container has ended: what is there is all, and followers come to their end. */
  finish(): void {
    if (this.#finished) return;
    this.#watcher?.close();
    clearInterval(this.#poll);
    this.refresh();
    this.#finished = true;
    this.#wake();
  }

  read(options: LogReadOptions): Readable {
    return Readable.from(this.#chunks(options), { objectMode: false });
  }

  /** The last lines as text, for a termination message. */
  tail(lines: number, bytes: number): string {
    return readLast(this.file, bytes)
      .split('\n')
      .slice(-lines - 1)
      .join('\n');
  }

  /** The container has truncated its own output (`echo >/proc/1/fd/1`): what follows is a new log. */
  #forget(): void {
    this.#size = 0;
    this.#base = 0;
    this.#segments = [];
  }

  #watch(): void {
    const poll = () => {
      this.#watcher?.close();
      this.#watcher = undefined;
      this.#poll ??= setInterval(() => this.refresh(), 100).unref();
    };
    try {
      let due = false;
      this.#watcher = watch(this.file, { persistent: false }, () => {
        if (due || this.#finished) return;
        due = true;
        setTimeout(() => {
          due = false;
          if (!this.#finished) this.refresh();
        }, 5);
      });
      this.#watcher.on('error', poll);
    } catch {
      poll(); // the machine's inotify watches are used up
    }
  }

  #wake(): void {
    for (const resume of this.#waiting) resume();
    this.#waiting.clear();
  }

  #growth(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve) => {
      const resume = () => {
        this.#waiting.delete(resume);
        signal?.removeEventListener('abort', resume);
        resolve();
      };
      this.#waiting.add(resume);
      signal?.addEventListener('abort', resume, { once: true });
    });
  }

  async *#chunks(options: LogReadOptions): AsyncGenerator<Buffer> {
    let left = options.limitBytes ?? Number.POSITIVE_INFINITY;
    const size = this.refresh();
    const file = await open(this.file, 'r');
    try {
      const since = readSince(options, this.#clock);
      let start = since === undefined ? 0 : this.#offsetSince(since, size);
      start = Math.max(start, this.#base);
      if (options.tailLines !== undefined)
        start = Math.max(start, await startOfTail(file, size, options.tailLines));
      const lines = options.timestamps || since !== undefined;
      const bytes = lines
        ? this.#stampedLines(file, start, options, since ?? { time: 0, nanoseconds: 0 })
        : this.#bytes(file, start, options);
      for await (const chunk of bytes) {
        if (chunk.length >= left) {
          yield chunk.subarray(0, left);
          return;
        }
        left -= chunk.length;
        yield chunk;
      }
    } finally {
      await file.close();
    }
  }

  /** The file from an offset to its end; with `follow` to the container's end. */
  async *#bytes(file: FileHandle, from: number, options: LogReadOptions): AsyncGenerator<Buffer> {
    let at = from;
    let end = this.#size;
    for (;;) {
      while (at < end) {
        const buffer = Buffer.allocUnsafe(Math.min(CHUNK, end - at));
        const { bytesRead } = await file.read(buffer, 0, buffer.length, at);
        if (bytesRead === 0) break; // truncated by the container itself
        at += bytesRead;
        yield buffer.subarray(0, bytesRead);
      }
      if (!options.follow || options.signal?.aborted) return;
      if (at >= this.#size) {
        if (this.#finished) return;
        await this.#growth(options.signal);
      }
      end = this.#size;
      if (at > end) at = 0;
    }
  }

  /** The same, line by line with its time in front; a long line passes in pieces, whole in no memory. */
  async *#stampedLines(
    file: FileHandle,
    from: number,
    options: LogReadOptions,
    since: LogTime,
  ): AsyncGenerator<Buffer> {
    let at = from;
    let segment = this.#segmentAt(from);
    let ordinal = await countLines(file, this.#segments[segment]?.offset ?? 0, from);
    let atLineStart = true;
    let skipping = false;
    for await (const chunk of this.#bytes(file, from, options)) {
      const out: Buffer[] = [];
      let position = 0;
      while (position < chunk.length) {
        if (atLineStart) {
          while ((this.#segments[segment + 1]?.offset ?? Number.POSITIVE_INFINITY) <= at) {
            segment++;
            // The end of a line that began before counts: the same as when reading begins here.
            ordinal = (this.#segments[segment]?.offset ?? at) < at ? 1 : 0;
          }
          const time = { time: this.#segments[segment]?.time ?? 0, nanoseconds: Math.min(ordinal, 999_999) };
          skipping = isBefore(time, since);
          if (options.timestamps && !skipping) out.push(Buffer.from(`${formatLogTime(time)} `));
        }
        const newline = chunk.indexOf(NEWLINE, position);
        const end = newline === -1 ? chunk.length : newline + 1;
        if (!skipping) out.push(chunk.subarray(position, end));
        atLineStart = newline !== -1;
        at += end - position;
        position = end;
        if (atLineStart) ordinal++;
      }
      if (out.length > 0) yield Buffer.concat(out);
    }
  }

  #segmentAt(offset: number): number {
    const index = this.#segments.findLastIndex((segment) => segment.offset <= offset);
    return Math.max(index, 0);
  }

  #offsetSince(since: LogTime, size: number): number {
    const first = this.#segments.find((segment) => segment.time >= since.time);
    return first?.offset ?? size;
  }
}

/** Milliseconds since 1970, and what a finer clock adds (0 to 999,999). */
interface LogTime {
  time: number;
  nanoseconds: number;
}

const isBefore = (a: LogTime, b: LogTime) =>
  a.time < b.time || (a.time === b.time && a.nanoseconds < b.nanoseconds);

/** RFC 3339 with nine decimals, as a kubelet writes it. */
const formatLogTime = ({ time, nanoseconds }: LogTime) =>
  `${new Date(time).toISOString().slice(0, -1)}${String(nanoseconds).padStart(6, '0')}Z`;

function readSince(options: LogReadOptions, clock: Clock): LogTime | undefined {
  if (options.sinceSeconds !== undefined) {
    return { time: clock.now().getTime() - options.sinceSeconds * 1000, nanoseconds: 0 };
  }
  if (options.sinceTime === undefined) return undefined;
  const decimals = /\.(\d+)/.exec(options.sinceTime)?.[1] ?? '';
  const time = Date.parse(options.sinceTime.replace(/\.(\d{3})\d*/, '.$1'));
  if (Number.isNaN(time)) throw new Error(`sinceTime is ${options.sinceTime}: expected an RFC 3339 time`);
  return { time, nanoseconds: Number(decimals.slice(3, 9).padEnd(6, '0')) };
}

/** Where the last `count` lines begin. */
async function startOfTail(file: FileHandle, size: number, count: number): Promise<number> {
  if (count <= 0) return size;
  let found = 0;
  let end = size;
  const buffer = Buffer.allocUnsafe(CHUNK);
  while (end > 0) {
    const start = Math.max(0, end - CHUNK);
    const { bytesRead } = await file.read(buffer, 0, end - start, start);
    for (let index = bytesRead - 1; index >= 0; index--) {
      const isLast = start + index === size - 1; // ends the last line, begins none
      if (buffer[index] === NEWLINE && !isLast && ++found === count) return start + index + 1;
    }
    end = start;
  }
  return 0;
}

async function countLines(file: FileHandle, start: number, end: number): Promise<number> {
  let lines = 0;
  const buffer = Buffer.allocUnsafe(CHUNK);
  for (let at = start; at < end;) {
    const { bytesRead } = await file.read(buffer, 0, Math.min(CHUNK, end - at), at);
    if (bytesRead === 0) break;
    for (const byte of buffer.subarray(0, bytesRead)) if (byte === NEWLINE) lines++;
    at += bytesRead;
  }
  return lines;
}
