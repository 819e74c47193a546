import { openSync, closeSync, fsyncSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { ApiObject } from '../apiserver/resource-definition.ts';
import type { StoredState } from '../apiserver/store.ts';
import { DamagedState, encodeRecord, readRecordFile } from './record-file.ts';
import { FORMAT, refuseOtherFormat } from './state-format.ts';

interface Head {
  format: number;
  version: number;
  /** How many objects follow. */
  objects: number;
}

interface Entry {
  storage: string;
  object: ApiObject;
}

const CHUNK = 256 * 1024;

/**
 * Writes all objects as a record file, which appears under its name when all of it is on the disk. The objects are written a piece at a
 * time: other work goes on meanwhile. Resolves to its size in bytes.
 */
export async function writeSnapshot(file: string, state: StoredState, signal: AbortSignal): Promise<number> {
  const unfinished = `${file}.new`;
  const handle = await open(unfinished, 'w', 0o600);
  try {
    let size = 0;
    for (const text of chunks(state)) {
      signal.throwIfAborted();
      const bytes = Buffer.from(text);
      await handle.writeFile(bytes);
      size += bytes.length;
    }
    await handle.sync();
    await handle.close();
    await rename(unfinished, file);
    syncFolder(dirname(file));
    return size;
  } catch (error) {
    await handle.close();
    await rm(unfinished, { force: true });
    throw error;
  }
}

/** @throws {Error} in one sentence when it can't be read as it was written. */
export function readSnapshot(file: string): { version: number; entries: Entry[]; size: number } {
  const { records, intact, torn } = readRecordFile(file);
  const [first, ...rest] = records;
  if (first === undefined) throw new DamagedState(file, 'at its beginning');
  const head: Head = JSON.parse(first);
  refuseOtherFormat(file, head.format);
  if (torn > 0 || rest.length !== head.objects) throw new DamagedState(file, `at byte ${intact}`);
  return { version: head.version, entries: rest.map((json): Entry => JSON.parse(json)), size: intact };
}

/** What was renamed in it is then so after a loss of power, too. */
function syncFolder(folder: string): void {
  const handle = openSync(folder, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

function* chunks({ version, objects }: StoredState): Generator<string> {
  const count = [...objects.values()].reduce((sum, { length }) => sum + length, 0);
  const head: Head = { format: FORMAT, version, objects: count };
  let text = encodeRecord(JSON.stringify(head));
  for (const [storage, list] of objects) {
    for (const object of list) {
      const entry: Entry = { storage, object };
      text += encodeRecord(JSON.stringify(entry));
      if (text.length < CHUNK) continue;
      yield text;
      text = '';
    }
  }
  if (text !== '') yield text;
}
