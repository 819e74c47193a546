import { mkdir, readdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Makes a control group in each hierarchy of the machine (version 1, 2 or both), for all pods of the cluster. */
export async function makeControlGroup(group: string): Promise<void> {
  for (const { root, version } of await hierarchies()) {
    const folder = join(root, group);
    await mkdir(folder, { recursive: true });
    if (version === 2) await handDown(root);
    // A new group of cpuset has no processors, and takes no process until it has.
    else if (root.endsWith('/cpuset')) {
      for (const setting of ['cpuset.cpus', 'cpuset.mems']) {
        await writeFile(join(folder, setting), await readFile(join(root, setting)));
      }
    }
  }
}

/** Removes the group and those in it. Processes that are still ending are waited for, up to `bound` milliseconds. */
export async function removeControlGroup(group: string, bound: number): Promise<void> {
  const deadline = performance.now() + bound;
  for (const { root } of await hierarchies()) {
    for (;;) {
      try {
        await removeTree(join(root, group));
        break;
      } catch (error) {
        if (!isBusy(error) || performance.now() > deadline) throw error;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  }
}

async function hierarchies(): Promise<{ root: string; version: 1 | 2 }[]> {
  const lines = (await readFile('/proc/mounts', 'utf8')).split('\n').map((line) => line.split(' '));
  const found = new Map<string, 1 | 2>();
  for (const [, root = '', type] of lines) {
    if (type === 'cgroup') found.set(root, 1);
    if (type === 'cgroup2') found.set(root, 2);
  }
  return [...found].map(([root, version]) => ({ root, version }));
}

/** Lets the groups below have every controller that the root has. */
async function handDown(root: string): Promise<void> {
  const controllers = (await readFile(join(root, 'cgroup.controllers'), 'utf8'))
    .trim()
    .split(' ')
    .filter(Boolean);
  const wanted = controllers.map((controller) => `+${controller}`).join(' ');
  if (wanted !== '') await writeFile(join(root, 'cgroup.subtree_control'), wanted);
}

/** Files of a control group can't be removed, and go with their folder. */
async function removeTree(folder: string): Promise<void> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
    if (isAbsent(error)) return [];
    throw error;
  });
  for (const entry of entries) if (entry.isDirectory()) await removeTree(join(folder, entry.name));
  await rmdir(folder).catch((error: unknown) => {
    if (!isAbsent(error)) throw error;
  });
}

const codeOf = (error: unknown) => (error instanceof Error && 'code' in error ? error.code : undefined);
const isAbsent = (error: unknown) => codeOf(error) === 'ENOENT';
const isBusy = (error: unknown) => codeOf(error) === 'EBUSY' || codeOf(error) === 'ENOTEMPTY';
