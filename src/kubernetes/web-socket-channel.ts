import type { WebSocket } from 'ws';
import type { Clock } from './clock.ts';
import type { Channel } from './transport.ts';

/**
 * An open WebSocket as a channel. Neither side can outrun the other: the socket is paused while messages wait for their
 * reader, and `send` waits while the socket can't take more. Pings keep a connection alive on which a command is silent for hours, and
 * find out when the peer is gone.
 */
export function webSocketChannel(socket: WebSocket, clock: Clock, signal?: AbortSignal): Channel {
  const waiting: Uint8Array[] = [];
  let waitingBytes = 0;
  let failure: unknown;
  let closed = false;
  let discarding = false;
  let wake: (() => void) | undefined;
  const ended = new AbortController();

  const onAbort = () => {
    failure ??= signal?.reason;
    socket.terminate();
  };
  if (signal?.aborted) onAbort();
  signal?.addEventListener('abort', onAbort, { once: true });

  socket.on('message', (data: Buffer | ArrayBuffer | Buffer[]) => {
    const message = Buffer.isBuffer(data)
      ? data
      : Array.isArray(data)
        ? Buffer.concat(data)
        : Buffer.from(data);
    if (discarding) return;
    waiting.push(message);
    waitingBytes += message.length;
    if (waitingBytes > READ_AHEAD) socket.pause();
    wake?.();
  });
  socket.on('error', (error) => {
    failure ??= error;
  });
  socket.once('close', (code: number, reason: Buffer) => {
    closed = true;
    signal?.removeEventListener('abort', onAbort);
    ended.abort();
    if (!isOrderly(code))
      failure ??= new Error(`the connection was closed with code ${code} ${reason.toString('utf8')}`.trim());
    wake?.();
  });
  keepAlive(socket, clock, ended.signal).catch((error: unknown) => {
    if (ended.signal.aborted) return;
    failure ??= error;
    socket.terminate();
  });

  async function* read(): AsyncGenerator<Uint8Array> {
    for (;;) {
      const message = waiting.shift();
      if (message) {
        waitingBytes -= message.length;
        if (socket.isPaused && waitingBytes <= READ_AHEAD / 2) socket.resume();
        yield message;
      } else if (closed) {
        if (failure !== undefined) throw failure;
        return;
      } else {
        await new Promise<void>((resolve) => (wake = resolve));
      }
    }
  }

  return {
    protocol: socket.protocol,
    returnsMessages: true,
    messages: { [Symbol.asyncIterator]: read },
    send: (message) =>
      new Promise((resolve, reject) => {
        const onWritten = (error?: Error | null) => (error ? reject(failure ?? error) : resolve());
        // Called when the kernel has it: one message in flight at a time, which the sender can then fill again.
        socket.send(message, { binary: true }, onWritten);
      }),
    close: () => {
      // A paused socket would never see the peer's half of the closing handshake.
      discarding = true;
      waiting.length = 0;
      socket.resume();
      socket.close(1000);
    },
  };
}

/** Bytes that may wait for the reader; one chunk of the kernel's may come on top. */
const READ_AHEAD = 256 * 1024;

const PING_INTERVAL = 30_000;

async function keepAlive(socket: WebSocket, clock: Clock, ended: AbortSignal): Promise<void> {
  let unanswered = 0;
  socket.on('pong', () => (unanswered = 0));
  socket.on('message', () => (unanswered = 0));
  for (;;) {
    await clock.sleep(PING_INTERVAL, ended);
    // While its reader is slow nothing is read, so silence proves nothing.
    if (socket.isPaused) unanswered = 0;
    if (unanswered === 2)
      throw new Error(`the server has not answered pings for ${(2 * PING_INTERVAL) / 1000} s`);
    unanswered += 1;
    socket.ping();
  }
}

/** 1005: closed without a code, as the API server does after a command has ended. */
function isOrderly(code: number): boolean {
  return code === 1000 || code === 1001 || code === 1005;
}
