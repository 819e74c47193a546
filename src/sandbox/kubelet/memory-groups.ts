import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Bytes } from '../../kubernetes/quantity.ts';
import { isRunning, type ProcessIdentity } from '../process-identity.ts';
import { findMemoryHierarchy, type ControlGroupFiles, type MemoryHierarchy } from './memory-hierarchy.ts';

/** Limits the memory of containers: each run of one has a control group of its own. */
export interface MemoryGroups {
  /** Makes a group whose processes have so much memory together; returns its folder. */
  create(name: string, limit: Bytes): string;
  /** Removes what sandboxes that were killed have left and no process is in, except the groups that are to be kept. */
  removeAbandoned(kept: ReadonlySet<string>): void;
  /** Removes what is left of all groups of this sandbox. */
  close(): void;
}

/** Where a process that is to join a group is written; `0` is whoever writes it. */
export const membersFile = (group: string): string => join(group, 'cgroup.procs');

/** Whether the kernel has killed a process of the group for want of memory. */
export function hasRunOutOfMemory(group: string): boolean {
  const file = ['memory.events', 'memory.oom_control'].map((name) => join(group, name)).find(existsSync);
  return file !== undefined && /^oom_kill [1-9]/m.test(readFileSync(file, 'utf8'));
}

/** Removes the group of a run that is over; one that is gone is as good. Whether nothing of it is left. */
export function removeGroup(group: string): boolean {
  const sandbox = dirname(group);
  if (!OWNER.test(basename(sandbox))) return true; // whatever a file says, nothing else is removed
  removeIfEmpty(group);
  // The last one takes along the group of a sandbox that was killed.
  removeIfEmpty(sandbox);
  return !existsSync(group);
}

/** Removes the group of a run that has just ended; what entered it for an exec needs a moment to end. What takes longer goes with the sandbox. */
export async function removeEmptiedGroup(group: string): Promise<void> {
  for (let looks = 0; !removeGroup(group) && looks < 200; looks++) await setTimeout(10);
}

/**
 * Absent where this machine does not let this account limit memory.
 * @param owner the sandbox's process: groups carry its identity, so that another sandbox can tell what is abandoned.
 */
export async function openMemoryGroups(
  files: ControlGroupFiles,
  owner: ProcessIdentity,
  shell: string,
): Promise<MemoryGroups | undefined> {
  const hierarchy = findMemoryHierarchy(files);
  if (!hierarchy) return undefined;
  const own = join(hierarchy.folder, `kanister-sandbox-${owner.pid}-${owner.startTime}`);
  const create = (name: string, limit: Bytes): string => makeGroup(hierarchy, own, name, limit);
  if (!(await works(create, shell))) {
    removeSandboxGroup(own);
    return undefined;
  }
  return {
    create,
    removeAbandoned(kept) {
      for (const name of readdirSync(hierarchy.folder)) {
        const [, pid, startTime] = OWNER.exec(name) ?? [];
        if (pid === undefined || startTime === undefined) continue;
        // Groups do not outlive the boot that they were made in.
        if (isRunning({ pid: Number(pid), startTime, bootId: owner.bootId })) continue;
        removeSandboxGroup(join(hierarchy.folder, name), kept);
      }
    },
    close: () => removeSandboxGroup(own),
  };
}

const OWNER = /^kanister-sandbox-(\d+)-(\d+)$/;

function makeGroup({ version }: MemoryHierarchy, own: string, name: string, limit: Bytes): string {
  const group = join(own, name);
  mkdirSync(own, { recursive: true });
  if (version === 2) {
    writeFileSync(join(own, 'cgroup.subtree_control'), '+memory');
    mkdirSync(group, { recursive: true });
    writeFileSync(join(group, 'memory.max'), String(limit));
    // As a kubelet has it: nothing is swapped out, and all of the container ends when one process has to.
    writeIfThere(join(group, 'memory.swap.max'), '0');
    writeIfThere(join(group, 'memory.oom.group'), '1');
  } else {
    mkdirSync(group, { recursive: true });
    writeFileSync(join(group, 'memory.limit_in_bytes'), String(limit));
    writeIfThere(join(group, 'memory.memsw.limit_in_bytes'), String(limit));
  }
  return group;
}

/** Kernels without swap accounting have no such file. */
function writeIfThere(file: string, text: string): void {
  if (existsSync(file)) writeFileSync(file, text);
}

/** Whether a group can be made and a process get into it: who may do what has too many rules to look them all up. */
async function works(create: MemoryGroups['create'], shell: string): Promise<boolean> {
  try {
    const group = create('probe', 64 * 1024 * 1024);
    await promisify(execFile)(shell, ['-c', 'echo 0 >"$1"', 'sh', membersFile(group)], { timeout: 10_000 });
    removeGroup(group);
    return true;
  } catch {
    return false;
  }
}

function removeSandboxGroup(own: string, kept: ReadonlySet<string> = new Set()): void {
  if (!existsSync(own)) return;
  for (const entry of readdirSync(own, { withFileTypes: true })) {
    const group = join(own, entry.name);
    if (entry.isDirectory() && !kept.has(group)) removeIfEmpty(group);
  }
  removeIfEmpty(own);
}

/** The kernel refuses to remove a group that has processes or groups in it; those belong to somebody. */
function removeIfEmpty(group: string): void {
  try {
    rmdirSync(group);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code !== 'EBUSY' && code !== 'ENOTEMPTY' && code !== 'ENOENT') throw error;
  }
}
