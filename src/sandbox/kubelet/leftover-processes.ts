import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { identifyProcess, isRunning, type ProcessIdentity } from '../process-identity.ts';

const FILE = 'process.json';

/** Notes which process a container is, so that a later sandbox of the same folder can end it. */
export function recordProcess(folder: string, pid: number): void {
  const identity = identifyProcess(pid);
  if (identity) writeFileSync(join(folder, FILE), JSON.stringify(identity));
}

/**
 * Ends what a sandbox that was killed may have left in the folder of pods. Containers end with their sandbox (the kernel sees to it),
 * but a program that changes its user can escape that.
 */
export function endLeftoverProcesses(folder: string): void {
  for (const file of globSync(`*/containers/*/*/${FILE}`, { cwd: folder })) {
    const identity: ProcessIdentity = JSON.parse(readFileSync(join(folder, file), 'utf8'));
    if (isRunning(identity)) process.kill(identity.pid, 'SIGKILL');
  }
}
