import {
  closeSync,
  fdatasync,
  fdatasyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { promisify } from 'node:util';
import type { Clock } from '../../kubernetes/clock.ts';
import type { ChangeLog, StoredState } from '../apiserver/store.ts';
import {
  type Change,
  type Opening,
  journalFile,
  readObjects,
  removeBefore,
  snapshotFile,
} from './object-files.ts';
import { encodeRecord } from './record-file.ts';
import { writeSnapshot } from './snapshot.ts';
import { FORMAT } from './state-format.ts';

/** The objects of an API server on a disk: what was there, and where changes go. */
export interface ObjectJournal {
  state: StoredState;
  changeLog: ChangeLog;
  /** Brings everything to the disk. */
  close(): Promise<void>;
}

export interface ObjectJournalOptions {
  clock: Clock;
  log(message: string): void;
  /** Of the machine's present start: what it had not brought to its disk before may be lost. */
  bootId: string;
  /** How large a journal becomes before a snapshot takes its place, at least; bytes. */
  compactAfter?: number;
}

const COMPACT_AFTER = 16 * 1024 * 1024;
const SYNC_INTERVAL = 1000;
/** More than any machine writes between two syncs, so that no version is given out twice after one of them was lost. */
const VERSIONS_LOST_AT_MOST = 100_000;

/**
 * Opens the objects in a folder, which is made when absent; one process at a time may.
 *
 * A change is written before anybody can see it, so it outlives this process however that ends; within a second it is on the disk, and
 * outlives the machine's power.
 * @throws {Error} in one sentence when what is there can't be read: nothing is skipped but a last change whose writing was interrupted.
 */
export function openObjectJournal(folder: string, options: ObjectJournalOptions): ObjectJournal {
  const { clock, log, bootId, compactAfter = COMPACT_AFTER } = options;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const found = readObjects(folder, log);
  const restarted = found.bootId !== undefined && found.bootId !== bootId;
  const version = found.version + (restarted ? VERSIONS_LOST_AT_MOST : 0);
  let number = found.number;
  let snapshotSize = found.snapshotSize;
  let journal = openJournal(journalFile(folder, number), found.journalSize);
  const closed = new AbortController();
  let compacting: Promise<void> | undefined;
  let syncing: Promise<void> | undefined;

  const write = (record: string) => {
    try {
      journal.write(record);
    } catch (error) {
      throw new Error(`the change can't be kept in ${folder}: ${String(error)}`, { cause: error });
    }
    syncing ??= sync();
  };
  const sync = async () => {
    // close() does not wait for the next time.
    await clock.sleep(SYNC_INTERVAL, closed.signal).catch(() => undefined);
    syncing = undefined;
    if (closed.signal.aborted) return;
    await journal.sync().catch((error: unknown) => {
      log(`changes may not be on the disk of ${folder}: ${String(error)}`);
    });
  };
  /** From here on changes go to a new journal; when a snapshot of what was before is written, the old journal goes. */
  const compact = async (state: StoredState) => {
    const next = openJournal(journalFile(folder, number + 1), 0);
    try {
      journal.syncNow();
      next.write(opening(state.version, bootId));
    } catch (error) {
      await next.close();
      rmSync(journalFile(folder, number + 1));
      throw error;
    }
    const previous = journal;
    [journal, number] = [next, number + 1];
    try {
      snapshotSize = await writeSnapshot(snapshotFile(folder, number), state, closed.signal);
      removeBefore(folder, number);
    } finally {
      await previous.close();
    }
  };

  if (found.journalSize === 0 || found.bootId !== bootId) write(opening(version, bootId));
  return {
    state: { version, objects: found.objects },
    changeLog: {
      append(change, state) {
        if (journal.size > Math.max(compactAfter, snapshotSize) && !compacting) {
          compacting = compact(state())
            .catch((error: unknown) => {
              if (!closed.signal.aborted)
                log(`the journal in ${folder} could not be made smaller: ${String(error)}`);
            })
            .finally(() => (compacting = undefined));
        }
        write(encodeChange(change));
      },
    },
    async close() {
      closed.abort();
      await Promise.all([compacting, syncing]);
      journal.syncNow();
      await journal.close();
    },
  };
}

function opening(after: number, bootId: string): string {
  const record: Opening = { format: FORMAT, after, bootId };
  return encodeRecord(JSON.stringify(record));
}

/** The object comes as JSON already. */
function encodeChange({ version, storage, key, json }: Parameters<ChangeLog['append']>[0]): string {
  const subject: Change = { version, storage, key };
  const text = JSON.stringify(subject);
  return encodeRecord(json === undefined ? text : `${text.slice(0, -1)},"object":${json}}`);
}

interface OpenJournal {
  /** Bytes. */
  readonly size: number;
  /** All of it or, by throwing, nothing. */
  write(record: string): void;
  sync(): Promise<void>;
  syncNow(): void;
  close(): Promise<void>;
}

/** @param size of what is to stay of the file */
function openJournal(file: string, initialSize: number): OpenJournal {
  const descriptor = openSync(file, 'a', 0o600);
  ftruncateSync(descriptor, initialSize);
  let size = initialSize;
  let broken: unknown;
  let syncing: Promise<void> = Promise.resolve();
  return {
    get size() {
      return size;
    },
    write(record) {
      if (broken !== undefined) throw broken;
      const bytes = Buffer.from(record);
      try {
        for (let done = 0; done < bytes.length;) done += writeSync(descriptor, bytes, done);
        size += bytes.length;
      } catch (error) {
        try {
          ftruncateSync(descriptor, size);
        } catch {
          broken = error; // a part of a record must stay the last in the file
        }
        throw error;
      }
    },
    sync: () => (syncing = promisify(fdatasync)(descriptor)),
    syncNow: () => fdatasyncSync(descriptor),
    async close() {
      await syncing.catch(() => undefined); // whoever asked for it was told
      closeSync(descriptor);
    },
  };
}
