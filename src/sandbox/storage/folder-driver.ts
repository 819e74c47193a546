import { createHash } from 'node:crypto';
import { chmod, lstat, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { copyFolder } from './copy-folder.ts';

/** The name under which the sandbox's volumes are asked for: a StorageClass's provisioner, a CSIDriver, a snapshot class's driver. */
export const FOLDER_DRIVER = 'folder.sandbox.kanister.io';

/** What a new volume begins with. */
export type VolumeSource = { volume: string } | { snapshot: string };

/**
 * Volumes that are folders of this machine. Whatever is made has a name that its maker chose, and is made once: asking again for the same
 * name finds it. What is copied appears under its name only when it is whole.
 */
export interface FolderDriver {
  /** Returns the handle. @throws {MissingStorage} when there is no such source. */
  createVolume(name: string, options: { source?: VolumeSource; signal: AbortSignal }): Promise<string>;
  /** Where a volume's files are. */
  pathOf(handle: string): string;
  /** Removes a volume with all that is in it; one that is not there is as good. */
  deleteVolume(handle: string): Promise<void>;
  /** A copy of a volume as it is now. `size`: what the volume is said to hold, in bytes. @throws {MissingStorage} when there is no such volume. */
  createSnapshot(
    name: string,
    volume: string,
    options: { size: number | undefined; signal: AbortSignal },
  ): Promise<string>;
  /** What is known of a snapshot; nothing where there is none. */
  readSnapshot(handle: string): Promise<{ size?: number } | undefined>;
  deleteSnapshot(handle: string): Promise<void>;
}

/** A volume or snapshot that is asked for by its handle is not there. */
export class MissingStorage extends Error {
  constructor(kind: 'volume' | 'snapshot', handle: string) {
    super(`rpc error: code = NotFound desc = ${kind} ${handle} does not exist`);
    this.name = 'MissingStorage';
  }
}

/** @param folder made when it is missing; it belongs to the driver alone. */
export function folderDriver(folder: string): FolderDriver {
  const volumes = folder;
  const snapshots = join(folder, '.snapshots');
  const unfinished = join(folder, '.unfinished');
  const pathIn = (parent: string, prefix: string, handle: string): string => {
    // Handles come back from objects that anybody may write: none leads out of the folder.
    if (!isHandle(prefix, handle)) {
      throw new MissingStorage(prefix === 'vol' ? 'volume' : 'snapshot', handle);
    }
    return join(parent, handle);
  };
  const volumePath = (handle: string): string => pathIn(volumes, 'vol', handle);
  const snapshotPath = (handle: string): string => pathIn(snapshots, 'snap', handle);

  /** Copies beside the place where it shall be, and moves it there in one step. */
  async function copyTo(source: string, target: string, signal: AbortSignal): Promise<void> {
    await mkdir(unfinished, { recursive: true });
    const copy = join(unfinished, target.slice(target.lastIndexOf('/') + 1));
    try {
      await rm(copy, { recursive: true, force: true });
      await copyFolder(source, copy, signal);
      await rename(copy, target);
    } finally {
      await rm(copy, { recursive: true, force: true });
    }
  }

  return {
    async createVolume(name, { source, signal }) {
      const handle = `vol-${shortHash(name)}`;
      const path = volumePath(handle);
      if (await exists(path)) return handle;
      await mkdir(volumes, { recursive: true });
      if (!source) {
        await mkdir(path, { recursive: true });
        await chmod(path, 0o777);
        return handle;
      }
      const origin = 'volume' in source ? volumePath(source.volume) : snapshotPath(source.snapshot);
      if (!(await exists(origin))) {
        throw 'volume' in source
          ? new MissingStorage('volume', source.volume)
          : new MissingStorage('snapshot', source.snapshot);
      }
      await copyTo(origin, path, signal);
      return handle;
    },
    pathOf: volumePath,
    deleteVolume: (handle) => remove(volumePath(handle)),
    async createSnapshot(name, volume, { size, signal }) {
      const handle = `snap-${shortHash(name)}`;
      const path = snapshotPath(handle);
      if (await exists(path)) return handle;
      const origin = volumePath(volume);
      if (!(await exists(origin))) throw new MissingStorage('volume', volume);
      await mkdir(snapshots, { recursive: true });
      // The size first: a copy that is there is known in full.
      await writeFile(sizeFile(path), JSON.stringify({ size }));
      await copyTo(origin, path, signal);
      return handle;
    },
    async readSnapshot(handle) {
      if (!isHandle('snap', handle) || !(await exists(snapshotPath(handle)))) return undefined;
      return JSON.parse(await readFile(sizeFile(snapshotPath(handle)), 'utf8')) as { size?: number };
    },
    async deleteSnapshot(handle) {
      await remove(snapshotPath(handle));
      await remove(sizeFile(snapshotPath(handle)));
    },
  };
}

const isHandle = (prefix: string, handle: string): boolean =>
  new RegExp(`^${prefix}-[0-9a-f]{20}$`).test(handle);

const sizeFile = (snapshot: string): string => `${snapshot}.json`;

const shortHash = (name: string): string => createHash('sha256').update(name).digest('hex').slice(0, 20);

const remove = (path: string): Promise<void> => rm(path, { recursive: true, force: true, maxRetries: 3 });

async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}
