import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { ApiObject } from '../apiserver/resource-definition.ts';
import { FIRST_VERSION } from '../apiserver/store.ts';
import type { StoredState } from '../apiserver/store.ts';
import { DamagedState, readRecordFile } from './record-file.ts';
import { readSnapshot } from './snapshot.ts';
import { refuseOtherFormat } from './state-format.ts';

/** A journal's first record, and one more for each start of the machine that goes on with it. */
export interface Opening {
  format: number;
  /** The version of the last change before it. */
  after: number;
  bootId: string;
}

/** A journal's record of one change: the object as it is now, or none when it was removed. */
export interface Change {
  version: number;
  storage: string;
  /** `NAMESPACE/NAME`; the namespace is empty for objects of the cluster. */
  key: string;
  object?: ApiObject;
}

export interface ReadObjects extends StoredState {
  /** Of the journal that is to be continued, and what is to stay of it, bytes. */
  number: number;
  journalSize: number;
  snapshotSize: number;
  /** Of the last opening; `undefined` where nothing was kept yet. */
  bootId: string | undefined;
}

const FIRST = 1;

export const journalFile = (folder: string, number: number): string => join(folder, `journal-${number}`);
export const snapshotFile = (folder: string, number: number): string => join(folder, `snapshot-${number}`);

/**
 * Reads the objects in a folder: `snapshot-N` is all of them at one version, `journal-N` the changes since, `journal-N+1` those after it.
 * The last change is left out, and the log told, when its writing was interrupted.
 * @throws {Error} in one sentence when anything else can't be read as it was written.
 */
export function readObjects(folder: string, log: (message: string) => void): ReadObjects {
  const names = readdirSync(folder);
  const snapshots = numbersOf(names, /^snapshot-(\d+)$/);
  const journals = numbersOf(names, /^journal-(\d+)$/);
  const base = snapshots.at(-1) ?? FIRST;
  const last = journals.at(-1) ?? base;
  removeBefore(folder, base); // left by an interrupted compaction
  const objects = new Map<string, Map<string, ApiObject>>();
  const objectsIn = (storage: string) => {
    const known = objects.get(storage) ?? new Map<string, ApiObject>();
    objects.set(storage, known);
    return known;
  };
  let version = FIRST_VERSION;
  let bootId: string | undefined;
  let journalSize = 0;
  let snapshotSize = 0;
  if (snapshots.length > 0) {
    const snapshot = readSnapshot(snapshotFile(folder, base));
    ({ version, size: snapshotSize } = snapshot);
    for (const { storage, object } of snapshot.entries) objectsIn(storage).set(keyOf(object), object);
  }
  for (let number = base; number <= last && snapshots.length + journals.length > 0; number += 1) {
    const file = journalFile(folder, number);
    if (!journals.includes(number)) throw new DamagedState(file, 'which is missing');
    const { records, intact, torn } = readRecordFile(file);
    if (torn > 0 && number < last) throw new DamagedState(file, `at byte ${intact}`);
    if (torn > 0) {
      log(
        `the last change was not written to its end when the sandbox was interrupted, and is dropped (${file})`,
      );
    }
    journalSize = intact;
    for (const [index, json] of records.entries()) {
      const record: Opening | Change = JSON.parse(json);
      if ('format' in record) {
        refuseOtherFormat(file, record.format);
        // Only a new start of the machine leaves out versions.
        const isNext = record.after === version || (record.after > version && record.bootId !== bootId);
        if (!isNext) throw new DamagedState(file, `at its opening after version ${record.after}`);
        bootId = record.bootId;
        version = record.after;
        continue;
      }
      if (index === 0 || record.version <= version)
        throw new DamagedState(file, `at change ${record.version}`);
      version = record.version;
      if (record.object) objectsIn(record.storage).set(record.key, record.object);
      else objectsIn(record.storage).delete(record.key);
    }
  }
  return {
    version,
    objects: new Map([...objects].map(([storage, known]) => [storage, [...known.values()]])),
    number: last,
    journalSize,
    snapshotSize,
    bootId,
  };
}

/** Removes what a snapshot of this number has taken the place of, and parts of snapshots that were never finished. */
export function removeBefore(folder: string, number: number): void {
  for (const name of readdirSync(folder)) {
    const [, own] = /^(?:snapshot|journal)-(\d+)$/.exec(name) ?? [];
    const isPart = /^snapshot-\d+\.new$/.test(name);
    if (isPart || (own !== undefined && Number(own) < number)) rmSync(join(folder, name));
  }
}

const numbersOf = (names: string[], pattern: RegExp): number[] =>
  names
    .flatMap((name) => pattern.exec(name)?.[1] ?? [])
    .map(Number)
    .toSorted((a, b) => a - b);

const keyOf = ({ metadata }: ApiObject): string => `${metadata.namespace ?? ''}/${metadata.name}`;
