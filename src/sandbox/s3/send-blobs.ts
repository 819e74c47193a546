import { open } from 'node:fs/promises';
import type { Writable } from 'node:stream';

const BUFFER_SIZE = 1024 * 1024;

/**
 * Writes `length` bytes from position `first` of the files, taken one after the other, and ends the stream. Two buffers take turns: one is
 * filled while the other is sent.
 */
export async function sendBlobs(
  target: Writable,
  files: { path: string; size: number }[],
  first: number,
  length: number,
): Promise<void> {
  const size = Math.min(BUFFER_SIZE, length);
  const buffers = [Buffer.allocUnsafe(size), Buffer.allocUnsafe(size)];
  let sending: Promise<void> = Promise.resolve();
  let skip = first;
  let left = length;
  let turn = 0;
  for (const file of files) {
    if (skip >= file.size) {
      skip -= file.size;
      continue;
    }
    if (left === 0) break;
    const handle = await open(file.path, 'r');
    try {
      let position = skip;
      skip = 0;
      while (position < file.size && left > 0) {
        const buffer = buffers[turn % 2] ?? Buffer.alloc(0);
        turn += 1;
        const wanted = Math.min(buffer.length, file.size - position, left);
        const { bytesRead } = await handle.read(buffer, 0, wanted, position);
        if (bytesRead === 0) throw new Error(`${file.path} is shorter than its record says`);
        position += bytesRead;
        left -= bytesRead;
        await sending;
        sending = write(target, buffer.subarray(0, bytesRead));
        sending.catch(() => undefined); // awaited in the next turn or below; until then it is not unhandled
      }
    } finally {
      await handle.close();
    }
  }
  await sending;
  target.end();
}

/** Resolves when the bytes have left the process, so that their buffer may be reused. */
function write(target: Writable, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    // A response whose client has gone takes bytes and never calls back.
    const onClose = () => reject(new Error('the client went away'));
    if (target.destroyed) return onClose();
    target.once('close', onClose);
    target.write(bytes, (error) => {
      target.off('close', onClose);
      if (error) reject(error);
      else resolve();
    });
  });
}
