import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';

/** Makes a FIFO for this account alone. @throws {Error} where coreutils are missing */
export async function makeFifo(file: string): Promise<void> {
  const child = spawn('mkfifo', ['-m', '600', file], { stdio: 'ignore' });
  await once(child, 'exit');
  if (!existsSync(file)) throw new Error(`no FIFO could be made at ${file}: mkfifo of coreutils is needed`);
}
