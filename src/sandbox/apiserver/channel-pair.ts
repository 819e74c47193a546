import type { Channel } from '../../kubernetes/transport.ts';

/** Bytes that may wait on the way before the sender has to. */
const WINDOW = 64 * 1024;

export interface FailableChannel extends Channel {
  /** Breaks the connection: the other side's messages throw. */
  fail(error: unknown): void;
}

/** Two ends of one connection within the process. */
export function channelPair(
  protocol: string,
  signal?: AbortSignal,
): { client: FailableChannel; server: FailableChannel } {
  const toServer = createPipe();
  const toClient = createPipe();
  const end = (sending: Pipe, receiving: Pipe): FailableChannel => ({
    protocol,
    send: (message) => sending.write(Uint8Array.from(message)),
    messages: receiving.read(),
    close: () => {
      sending.end();
      receiving.end();
    },
    fail(error) {
      sending.end(error);
      receiving.end(error);
    },
  });
  const client = end(toServer, toClient);
  signal?.addEventListener('abort', () => client.fail(signal.reason), { once: true });
  return { client, server: end(toClient, toServer) };
}

interface Pipe {
  write(message: Uint8Array): Promise<void>;
  end(error?: unknown): void;
  read(): AsyncIterable<Uint8Array>;
}

/** Messages in order, one way. What was sent before the end still arrives; after a failure nothing does. */
function createPipe(): Pipe {
  const waiting: Uint8Array[] = [];
  let bytes = 0;
  let ended = false;
  let failure: { error: unknown } | undefined;
  const wakers = new Set<() => void>();
  const wake = () => {
    const woken = [...wakers];
    wakers.clear();
    for (const waker of woken) waker();
  };
  const change = () => new Promise<void>((resolve) => wakers.add(resolve));
  return {
    async write(message) {
      if (ended) throw new Error('the connection is closed');
      waiting.push(message);
      bytes += message.length;
      wake();
      while (bytes > WINDOW && !ended) await change();
    },
    end(error) {
      if (ended) return;
      ended = true;
      if (error !== undefined) failure = { error };
      wake();
    },
    async *read() {
      for (;;) {
        if (failure) throw failure.error;
        const message = waiting.shift();
        if (message) {
          bytes -= message.length;
          wake();
          yield message;
        } else if (ended) return;
        else await change();
      }
    },
  };
}
