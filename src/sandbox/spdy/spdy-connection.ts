import type { Duplex } from 'node:stream';
import type { Clock } from '../../kubernetes/clock.ts';
import { createHeaderReader, createHeaderWriter, LARGEST_BLOCK } from './header-block.ts';
import type { SpdyHeaders } from './header-block.ts';
import { SpdyStream } from './spdy-stream.ts';

/** The serving side of a SPDY/3.1 connection: the peer opens streams. */
export interface SpdyConnection {
  /** Resolves when the connection is over, for whatever reason. */
  readonly closed: Promise<void>;
  /** Says goodbye after everything that was written, and ends the connection. */
  close(): Promise<void>;
}

export interface SpdyOptions {
  /** A new stream. Throwing refuses it. */
  onStream(stream: SpdyStream): void;
  clock: Clock;
}

/**
 * Speaks SPDY/3.1 as Kubernetes' clients do: without its flow control (they send no WINDOW_UPDATE), so that a slow reader of
 * one stream holds up the connection; TCP's own flow control bounds memory.
 */
export function serveSpdy(socket: Duplex, { onStream, clock }: SpdyOptions): SpdyConnection {
  const over = new AbortController();
  const streams = new Map<number, SpdyStream>();
  const headerReader = createHeaderReader();
  const headerWriter = createHeaderWriter();
  let lastStream = 0;
  let sending = Promise.resolve();

  const send = (frame: Uint8Array[]): Promise<void> => {
    sending = sending.then(() => writeAll(socket, frame));
    return sending;
  };
  const sender = {
    data: async (id: number, chunk: Uint8Array, last: boolean) => {
      for (let at = 0; at < chunk.length; at += LARGEST_DATA)
        await send(dataFrame(id, chunk.subarray(at, at + LARGEST_DATA), false));
      if (last) await send(dataFrame(id, new Uint8Array(), true));
    },
    // A connection that is gone has no streams left to reset.
    reset: (id: number) => void send(resetFrame(id, CANCEL)).catch(() => undefined),
    closed: (id: number) => void streams.delete(id),
  };

  async function open(frame: Buffer, flags: number): Promise<void> {
    const id = frame.readUInt32BE(0) & 0x7fffffff;
    const headers = await headerReader.read(frame.subarray(10));
    if (id % 2 === 0 || id <= lastStream) return send(resetFrame(id, PROTOCOL_ERROR));
    lastStream = id;
    const stream = new SpdyStream(id, headers, sender);
    streams.set(id, stream);
    stream.on('error', () => undefined); // whoever uses the stream sees its end; the connection has told why
    try {
      onStream(stream);
    } catch {
      streams.delete(id);
      return send(resetFrame(id, REFUSED_STREAM));
    }
    const reply: SpdyHeaders = new Map();
    await send(controlFrame(SYN_REPLY, 0, [uint32(id), await headerWriter.write(reply)]));
    if (flags & FLAG_FIN) stream.receiveEnd();
  }

  async function control(type: number, flags: number, frame: Buffer): Promise<void> {
    const needed = SMALLEST_FRAME[type] ?? 0;
    if (frame.length < needed) throw new Error(`a SPDY frame of type ${type} has ${frame.length} bytes`);
    if (type === SYN_STREAM) await open(frame, flags);
    else if (type === HEADERS) {
      await headerReader.read(frame.subarray(4));
      if (flags & FLAG_FIN) streams.get(frame.readUInt32BE(0) & 0x7fffffff)?.receiveEnd();
    } else if (type === SYN_REPLY) await headerReader.read(frame.subarray(4)); // we open no streams, but the block counts
    else if (type === RST_STREAM) streams.get(frame.readUInt32BE(0) & 0x7fffffff)?.receiveReset();
    else if (type === PING && frame.readUInt32BE(0) % 2 === 1) await send(controlFrame(PING, 0, [frame]));
    // GOAWAY says that no further streams come; those that are open end by themselves.
  }

  async function receive(): Promise<void> {
    const input = frameInput(socket);
    for (;;) {
      const head = await input.take(8);
      if (!head) return;
      const first = head.readUInt32BE(0);
      const flags = head.readUInt8(4);
      const length = head.readUIntBE(5, 3);
      if (first >= 0x80000000) {
        if (length > LARGEST_BLOCK) throw new Error(`a SPDY control frame of ${length} bytes`);
        const frame = await input.take(length);
        if (!frame) return;
        await control(first & 0xffff, flags, frame);
        continue;
      }
      for (let left = length; left > 0;) {
        const chunk = await input.takeUpTo(left);
        if (!chunk) return;
        left -= chunk.length;
        await streams.get(first)?.receive(chunk);
      }
      if (flags & FLAG_FIN) streams.get(first)?.receiveEnd();
    }
  }

  // A loop that waits for a stream's reader would not notice.
  socket.once('close', () => {
    for (const stream of streams.values()) stream.receiveReset();
  });
  const closed = receive()
    .catch((error: unknown) => void socket.destroy(error instanceof Error ? error : undefined))
    .then(() => {
      over.abort();
      for (const stream of streams.values()) stream.receiveReset();
      socket.destroy();
      headerReader.close();
      headerWriter.close();
    });
  return {
    closed,
    async close() {
      try {
        await send(controlFrame(GOAWAY, 0, [uint32(lastStream), uint32(0)]));
        socket.end();
        // Closing while the peer still sends would take back what it has not read yet.
        await clock.sleep(LONGEST_GOODBYE, over.signal);
      } catch {
        // the peer has left, as it should
      }
      socket.destroy();
    },
  };
}

const SYN_STREAM = 1;
const SYN_REPLY = 2;
const RST_STREAM = 3;
const PING = 6;
const GOAWAY = 7;
const HEADERS = 8;
const SMALLEST_FRAME: Record<number, number> = {
  [SYN_STREAM]: 10,
  [SYN_REPLY]: 4,
  [RST_STREAM]: 8,
  [PING]: 4,
  [GOAWAY]: 8,
  [HEADERS]: 4,
};
const FLAG_FIN = 1;
const PROTOCOL_ERROR = 1;
const REFUSED_STREAM = 3;
const CANCEL = 5;
const LARGEST_DATA = 32 * 1024;
/** Milliseconds. */
const LONGEST_GOODBYE = 5000;

function controlFrame(type: number, flags: number, parts: Uint8Array[]): Uint8Array[] {
  const head = Buffer.alloc(8);
  head.writeUInt16BE(0x8003, 0);
  head.writeUInt16BE(type, 2);
  head.writeUInt8(flags, 4);
  head.writeUIntBE(
    parts.reduce((sum, part) => sum + part.length, 0),
    5,
    3,
  );
  return [head, ...parts];
}

function dataFrame(id: number, chunk: Uint8Array, last: boolean): Uint8Array[] {
  const head = Buffer.alloc(8);
  head.writeUInt32BE(id, 0);
  head.writeUInt8(last ? FLAG_FIN : 0, 4);
  head.writeUIntBE(chunk.length, 5, 3);
  return [head, chunk];
}

const resetFrame = (id: number, status: number) => controlFrame(RST_STREAM, 0, [uint32(id), uint32(status)]);

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** Resolves when the socket can take more. */
function writeAll(socket: Duplex, parts: Uint8Array[]): Promise<void> {
  return new Promise((resolve, reject) => {
    if (socket.destroyed || socket.writableEnded) return reject(new Error('the connection is closed'));
    socket.write(Buffer.concat(parts), (error) => (error ? reject(error) : resolve()));
  });
}

interface FrameInput {
  /** Exactly that many bytes; `undefined` when the connection ended before. */
  take(length: number): Promise<Buffer | undefined>;
  /** What is there, at least one byte and at most so many. */
  takeUpTo(length: number): Promise<Buffer | undefined>;
}

function frameInput(socket: Duplex): FrameInput {
  const chunks = socket.iterator({ destroyOnReturn: false });
  let rest: Buffer = Buffer.alloc(0);
  const more = async (): Promise<boolean> => {
    const next: IteratorResult<Buffer> = await chunks.next();
    if (next.done) return false;
    rest = rest.length === 0 ? next.value : Buffer.concat([rest, next.value]);
    return true;
  };
  const cut = (length: number) => {
    const taken = rest.subarray(0, length);
    rest = rest.subarray(length);
    return taken;
  };
  return {
    async take(length) {
      while (rest.length < length) if (!(await more())) return undefined;
      return cut(length);
    },
    async takeUpTo(length) {
      while (rest.length === 0) if (!(await more())) return undefined;
      return cut(Math.min(length, rest.length));
    },
  };
}
