import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Whether a process descends from process 1, the container's own command. One that was brought in by exec does not: the parent of its
 * first process is outside, number 0. Neither does any where the containers of a pod share their processes.
 * @param proc where Linux tells of processes
 */
export function isOfMainProcess(pid: number, proc = '/proc'): boolean {
  for (let current = pid; current > 0; current = parentOf(current, proc)) {
    if (current === 1) return true;
  }
  return false;
}

/** 0 where it is not known. */
function parentOf(pid: number, proc: string): number {
  try {
    const stat = readFileSync(join(proc, String(pid), 'stat'), 'utf8');
    // Behind the program's name, which may hold anything, follow the state and the parent.
    return Number(stat.slice(stat.lastIndexOf(')')).split(' ')[2] ?? 0);
  } catch {
    return 0;
  }
}
