import { createHash } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { createServer } from 'node:net';

/**
 * Keeps every other sandbox of this machine out of an existing folder, until `release` or the end of this process, however it ends:
 * the claim is a name in the kernel's abstract socket namespace, of which no file can be left behind.
 * @throws {Error} when another sandbox has it.
 */
export function claimFolder(folder: string): Promise<{ release(): Promise<void> }> {
  const name = createHash('sha256').update(realpathSync(folder)).digest('hex');
  const server = createServer((socket) => socket.destroy());
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const isTaken = error.code === 'EADDRINUSE';
      reject(
        isTaken ? new Error(`another sandbox uses the folder ${folder}: end it, or take another`) : error,
      );
    });
    server.listen(`\0kanister-sandbox/${name}`, () => {
      server.unref();
      resolve({ release: () => new Promise((released) => server.close(() => released())) });
    });
  });
}
