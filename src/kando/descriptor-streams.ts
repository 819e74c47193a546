/** Pipes and files without the garbage of Node's streams, which allocate a buffer for every read. */
import type { FileHandle } from 'node:fs/promises';
import { Socket } from 'node:net';

/** Reads a file into one buffer that is used again and again: a chunk is valid until the next is asked for. */
export async function* readFile(file: FileHandle): AsyncGenerator<Uint8Array> {
  const buffer = Buffer.allocUnsafeSlow(1024 * 1024);
  for (;;) {
    const { bytesRead } = await file.read(buffer, 0, buffer.length, null);
    if (bytesRead === 0) return;
    yield buffer.subarray(0, bytesRead);
  }
}

/** The same for a pipe or socket: nothing is read while a chunk is in use. Reading fails with the reason of `signal` when it aborts. */
export function readPipe(descriptor: number, signal?: AbortSignal): AsyncIterable<Uint8Array> {
  return {
    [Symbol.asyncIterator]() {
      let waiting: PromiseWithResolvers<IteratorResult<Uint8Array>> | undefined;
      let ready: Uint8Array | undefined;
      let ended = false;
      let failure: Error | undefined;
      const socket = new Socket({
        fd: descriptor,
        readable: true,
        writable: false,
        onread: {
          buffer: Buffer.allocUnsafeSlow(256 * 1024),
          callback(length, buffer) {
            const chunk = buffer.subarray(0, length);
            if (waiting) waiting.resolve({ done: false, value: chunk });
            else ready = chunk;
            waiting = undefined;
            return false; // paused until the chunk was used
          },
        },
      });
      socket.on('error', (error) => {
        failure = error;
        waiting?.reject(error);
      });
      socket.on('end', () => {
        ended = true;
        waiting?.resolve({ done: true, value: undefined });
      });
      const onAbort = () => socket.destroy(signal?.reason);
      if (signal?.aborted) onAbort();
      signal?.addEventListener('abort', onAbort, { once: true });
      socket.on('close', () => signal?.removeEventListener('abort', onAbort));
      return {
        next() {
          if (ready) {
            const value = ready;
            ready = undefined;
            return Promise.resolve({ done: false, value });
          }
          if (failure) return Promise.reject(failure);
          if (ended) return Promise.resolve({ done: true, value: undefined });
          waiting = Promise.withResolvers();
          socket.resume();
          socket.read(0);
          return waiting.promise;
        },
        return() {
          socket.destroy();
          waiting?.resolve({ done: true, value: undefined });
          return Promise.resolve({ done: true, value: undefined });
        },
      };
    },
  };
}
