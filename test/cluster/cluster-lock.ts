import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { identifyProcess, isRunning } from '../../src/sandbox/process-identity.ts';
import type { ProcessIdentity } from '../../src/sandbox/process-identity.ts';

/**
 * Does something that only one process may do at a time to a cluster. A lock whose process has ended counts for nothing.
 * @throws {Error} that names the process that holds the lock.
 */
export async function withClusterLock<T>(file: string, work: () => Promise<T>): Promise<T> {
  mkdirSync(dirname(file), { recursive: true });
  take(file);
  try {
    return await work();
  } finally {
    rmSync(file, { force: true });
  }
}

function take(file: string): void {
  try {
    writeFileSync(file, JSON.stringify(identifyProcess(process.pid)), { flag: 'wx' });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    const holder: ProcessIdentity = JSON.parse(readFileSync(file, 'utf8'));
    if (isRunning(holder))
      throw new Error(`process ${holder.pid} is starting or ending the cluster: wait for it`, {
        cause: error,
      });
    rmSync(file);
    take(file);
  }
}
