import { randomUUID } from 'node:crypto';
import type { Stats } from 'node:fs';
import { copyFile, open, realpath, rename, rm, stat } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Writable } from 'node:stream';
import { systemErrorText } from './system-error-text.ts';

/** A file that gets its new content at once, or keeps its old one. */
export interface TargetFile {
  stream: Writable;
  /** Puts the content, which must be complete, in place. */
  commit(): Promise<void>;
  discard(): Promise<void>;
}

/** New files may be executed, as the original makes them: Blueprints pull scripts. The umask applies. */
const NEW_FILE_MODE = 0o755;
const WRITE_SIZE = 1024 * 1024;

/**
 * Opens a file for writing: under a temporary name beside it, renamed at the end. An existing file keeps its mode and its owner. Where
 * that is not allowed (a writable file in a folder that is not), and for what is no regular file (a FIFO, /dev/null), it is written to as
 * it is.
 * @throws with the text `open FILE: no such file or directory`
 */
export async function openTargetFile(target: string): Promise<TargetFile> {
  try {
    const existing = await stat(target).catch((error: unknown) => {
      if (hasCode(error, 'ENOENT')) return undefined;
      throw error;
    });
    if (!existing) return await openBeside(target, undefined);
    if (!existing.isFile()) return await openSpecial(target);
    const path = await realpath(target); // a symbolic link stays one
    await (await open(path, 'r+')).close(); // what may not be written may not be replaced either
    return await openBeside(path, existing).catch((error: unknown) => {
      if (hasCode(error, 'EACCES', 'EPERM', 'EROFS')) return openInPlace(path);
      throw error;
    });
  } catch (error) {
    throw new Error(`open ${target}: ${systemErrorText(error)}`, { cause: error });
  }
}

async function openBeside(path: string, existing: Stats | undefined): Promise<TargetFile> {
  const temporary = join(dirname(path), `.${basename(path)}.${randomUUID()}`);
  const file = await open(temporary, 'wx', NEW_FILE_MODE);
  try {
    if (existing) await copyOwnerAndMode(file, existing);
  } catch (error) {
    await file.close();
    await rm(temporary, { force: true });
    throw error;
  }
  const stream = file.createWriteStream({ highWaterMark: WRITE_SIZE, flush: true });
  return {
    stream,
    async commit() {
      try {
        await rename(temporary, path);
      } catch (error) {
        if (!hasCode(error, 'EBUSY')) throw error;
        // A file that is a mount point, such as a volume's subPath, can't be replaced.
        await copyFile(temporary, path);
        await rm(temporary, { force: true });
      }
    },
    async discard() {
      stream.destroy();
      await rm(temporary, { force: true });
    },
  };
}

async function copyOwnerAndMode(file: FileHandle, { uid, gid, mode }: Stats): Promise<void> {
  const made = await file.stat();
  if (made.uid !== uid || made.gid !== gid) await file.chown(uid, gid);
  await file.chmod(mode & 0o7777); // after the owner: a change of that drops set-user-ID
}

/** The older content stays until there is new one, and what of it is longer goes at the end. */
async function openInPlace(path: string): Promise<TargetFile> {
  const file = await open(path, 'r+');
  const stream = file.createWriteStream({ highWaterMark: WRITE_SIZE, flush: true, autoClose: false });
  return {
    stream,
    async commit() {
      await file.truncate(stream.bytesWritten);
      await file.close();
    },
    async discard() {
      stream.destroy();
      await file.close();
    },
  };
}

async function openSpecial(path: string): Promise<TargetFile> {
  const stream = (await open(path, 'w')).createWriteStream({ highWaterMark: WRITE_SIZE });
  return { stream, commit: async () => undefined, discard: async () => void stream.destroy() };
}

function hasCode(error: unknown, ...codes: string[]): boolean {
  return error instanceof Error && 'code' in error && codes.some((code) => code === error.code);
}
