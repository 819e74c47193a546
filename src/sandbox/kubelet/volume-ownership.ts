import type { Stats } from 'node:fs';
import { chmod, lchown, lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';

export interface VolumeGroup {
  group: number;
  /** The volume is one that pods can only read. */
  readOnly: boolean;
  /** `OnRootMismatch` leaves a volume alone whose top folder is as it should be. */
  policy?: string | undefined;
}

/** Gives a volume with all that is in it to a group, as a kubelet does for fsGroup: the top folder last, so that it tells when all is done. */
export async function giveToGroup(folder: string, wish: VolumeGroup, signal: AbortSignal): Promise<void> {
  const root = await lstat(folder);
  if (wish.policy === 'OnRootMismatch' && isGiven(root, wish)) return;
  await giveAll(folder, root, wish, signal);
}

const SET_GROUP_ID = 0o2000;
const FOLDER = SET_GROUP_ID | 0o110;
const modeOf = ({ readOnly }: VolumeGroup) => (readOnly ? 0o440 : 0o660);

function isGiven(stats: Stats, wish: VolumeGroup): boolean {
  const wanted = modeOf(wish) | FOLDER;
  return stats.gid === wish.group && stats.isDirectory() && (stats.mode & wanted) === wanted;
}

async function giveAll(path: string, stats: Stats, wish: VolumeGroup, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  if (stats.isDirectory()) {
    for (const name of await readdir(path)) {
      const inside = join(path, name);
      await giveAll(inside, await lstat(inside), wish, signal);
    }
  }
  await lchown(path, stats.uid, wish.group);
  // A link has no mode of its own: it would be that of what it leads to.
  if (!stats.isSymbolicLink())
    await chmod(path, (stats.mode & 0o7777) | modeOf(wish) | (stats.isDirectory() ? FOLDER : 0));
}
