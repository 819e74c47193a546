import { createHash } from 'node:crypto';
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What a container shows of an entry at the top of the machine's file system. */
export type TopEntry =
  | { name: string; shown: 'link'; to: string }
  /** A folder of the container's own, an empty one that looks like the machine's, or a mount point. */
  | { name: string; shown: 'private' | 'mount' }
  | ({ name: string; shown: 'empty' | 'layered' } & FolderAttributes);

export interface FolderAttributes {
  mode: number;
  uid: number;
  gid: number;
}

/** Devices of the machine that every container sees. */
export const DEVICES = ['null', 'zero', 'full', 'random', 'urandom', 'tty'];

/**
 * A folder with everything that stands in a new container's root before anything is mounted; containers with the same entries share it, as the
 * lower layer of their own.
 * @param folder where skeletons are kept; what is there is never changed, because containers of an earlier sandbox may still run on it.
 */
export function sharedSkeleton(folder: string, entries: TopEntry[]): string {
  const name = createHash('sha256').update(JSON.stringify(entries)).digest('hex').slice(0, 16);
  const skeleton = join(folder, name);
  if (existsSync(skeleton)) return skeleton;
  mkdirSync(folder, { recursive: true });
  const unfinished = mkdtempSync(join(folder, 'new-'));
  try {
    chmodSync(unfinished, 0o755);
    makeSkeleton(unfinished, entries);
    renameSync(unfinished, skeleton);
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true });
    // Another container that begins at the same time made it.
    if (!existsSync(skeleton)) throw error;
  }
  return skeleton;
}

/** The same as the one container's own. */
export function makeSkeleton(root: string, entries: TopEntry[]): void {
  for (const entry of entries) {
    const path = join(root, entry.name);
    if (entry.shown === 'link') symlinkSync(entry.to, path);
    else if (entry.shown === 'private') makePrivate(path, entry.name);
    else if (entry.shown === 'empty') makeFolder(path, entry);
    else mkdirSync(path);
  }
  makeDevices(join(root, 'dev'));
}

/** Makes a folder with the attributes of another. */
export function makeFolder(path: string, { mode, uid, gid }: FolderAttributes): void {
  mkdirSync(path);
  if (process.getuid?.() === 0) chownSync(path, uid, gid);
  chmodSync(path, mode & 0o7777);
}

function makePrivate(path: string, name: string): void {
  mkdirSync(path);
  chmodSync(path, name === 'tmp' ? 0o1777 : 0o755);
  // Servers that an ordinary account runs keep their sockets here; images make these folders themselves.
  if (name === 'run') mkdirSync(join(path, 'lock'));
}

function makeDevices(dev: string): void {
  for (const folder of ['', 'pts', 'shm']) mkdirSync(join(dev, folder));
  chmodSync(join(dev, 'shm'), 0o1777);
  const links = { fd: '/proc/self/fd', stdin: 'fd/0', stdout: 'fd/1', stderr: 'fd/2', ptmx: 'pts/ptmx' };
  for (const [name, to] of Object.entries(links)) symlinkSync(to, join(dev, name));
  for (const name of DEVICES) writeFileSync(join(dev, name), '');
}
