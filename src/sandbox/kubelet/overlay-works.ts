import { execFile } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ProcessNode } from './process-runtime.ts';
import { unshareArguments } from './namespaces.ts';
import { canNameInOverlay } from './root-filesystem.ts';

/** Whether overlays can be mounted by this account with layers in this folder: depends on kernel and file system. */
export async function overlayWorks(
  node: Pick<ProcessNode, 'folder' | 'programs' | 'account'>,
): Promise<boolean> {
  const folder = join(node.folder, 'overlay-probe');
  if (!canNameInOverlay(folder)) return false;
  const [layer, work, merged] = ['layer', 'work', 'merged'].map((name) => join(folder, name));
  if (layer === undefined || work === undefined || merged === undefined) return false;
  for (const path of [layer, work, merged]) mkdirSync(path, { recursive: true });
  const mount = ['-t', 'overlay', 'overlay', '-o', `lowerdir=/usr,upperdir=${layer},workdir=${work}`, merged];
  try {
    return await new Promise((resolve) => {
      const args = [...unshareArguments(node.account), node.programs.mount, ...mount];
      execFile(node.programs.unshare, args, { timeout: 10_000 }, (error) => resolve(error === null));
    });
  } finally {
    // Not rmSync, which gives up at the folder of mode 0 that the kernel makes in an ordinary user's work folder.
    await rm(folder, { recursive: true, force: true });
  }
}
