import { randomUUID } from 'node:crypto';
import { open, realpath, rename, rm, stat } from 'node:fs/promises';
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

/**
 * Opens a file for writing: under a temporary name beside it, renamed at the end. An existing file keeps its mode; what is not a
 * regular file (a FIFO, /dev/null) is written to as it is.
 * @throws with the text `open FILE: no such file or directory`
 */
export async function openTargetFile(target: string): Promise<TargetFile> {
  try {
    const existing = await stat(target).catch((error: unknown) => {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
      throw error;
    });
    if (existing && !existing.isFile()) return await openInPlace(target);
    const path = existing ? await realpath(target) : target; // a symbolic link stays one
    const temporary = join(dirname(path), `.${basename(path)}.${randomUUID()}`);
    const file = await open(temporary, 'wx', NEW_FILE_MODE);
    if (existing) await file.chmod(existing.mode & 0o7777);
    const stream = file.createWriteStream({ highWaterMark: 1024 * 1024, flush: true });
    return {
      stream,
      commit: () => rename(temporary, path),
      async discard() {
        stream.destroy();
        await rm(temporary, { force: true });
      },
    };
  } catch (error) {
    throw new Error(`open ${target}: ${systemErrorText(error)}`, { cause: error });
  }
}

async function openInPlace(target: string): Promise<TargetFile> {
  const file = await open(target, 'w');
  const stream = file.createWriteStream();
  return { stream, commit: async () => undefined, discard: async () => void stream.destroy() };
}
