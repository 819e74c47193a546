import {
  appendFileSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../kubernetes/clock.ts';
import type { ApiObject } from '../apiserver/resource-definition.ts';
import { createStore, type Store } from '../apiserver/store.ts';
import { openObjectJournal } from './object-journal.ts';
import { encodeRecord } from './record-file.ts';

let folder: string;
let logged: string[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'object-journal-'));
  logged = [];
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function open(options: { bootId?: string; compactAfter?: number } = {}): {
  store: Store;
  close(): Promise<void>;
} {
  const log = (message: string) => void logged.push(message);
  const journal = openObjectJournal(folder, { clock: systemClock, log, bootId: 'boot-1', ...options });
  const { state: initial, changeLog, close } = journal;
  return { store: createStore({ historyLimit: 100, initial, changeLog }), close };
}

const file = (name: string) => join(folder, name);
const object = (name: string, value: unknown = 0, namespace = 'default'): ApiObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace },
  value,
});
const everything = (store: Store) => ({
  version: store.version,
  objects: ['configmaps', 'secrets'].map((storage) => store.list(storage)),
});

describe('the objects of a sandbox', () => {
  it('are the same after any changes and any number of ends, clean ones or not, with compaction or without', async () => {
    const anyStep = fc.oneof(
      {
        weight: 10,
        arbitrary: fc.record({
          name: fc.constantFrom('a', 'b', 'ü\n'),
          storage: fc.constantFrom('configmaps', 'secrets'),
          value: fc.string(),
          remove: fc.boolean(),
        }),
      },
      { weight: 2, arbitrary: fc.constantFrom('close', 'kill') },
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyStep, { maxLength: 40 }),
        fc.constantFrom(1, 500, 1_000_000),
        async (steps, compactAfter) => {
          rmSync(folder, { recursive: true, force: true });
          const abandoned: (() => Promise<void>)[] = [];
          let opened = open({ compactAfter });
          for (const step of steps) {
            const { store, close } = opened;
            if (typeof step === 'string') {
              if (step === 'close') await close();
              else abandoned.push(close);
              const before = everything(store);
              opened = open({ compactAfter });
              expect(everything(opened.store)).toEqual(before);
            } else {
              const there = store.get(step.storage, 'default', step.name);
              if (step.remove && there) store.remove(step.storage, there);
              else store.put(step.storage, object(step.name, step.value));
            }
          }
          for (const close of [...abandoned, opened.close]) await close();
        },
      ),
      { numRuns: 60 },
    );
  });

  it('lose only a last change whose writing was interrupted, and the log says so', async () => {
    const { store, close } = open();
    store.put('configmaps', object('a'));
    const before = everything(store);
    store.put('configmaps', object('b'));
    await close();
    truncateSync(file('journal-1'), statSync(file('journal-1')).size - 3);
    const again = open();
    expect(everything(again.store)).toEqual(before);
    expect(logged).toEqual([expect.stringContaining('was not written to its end')]);
    again.store.put('configmaps', object('c'));
    await again.close();
    const third = open();
    expect(third.store.list('configmaps').map(({ metadata }) => metadata.name)).toEqual(['a', 'c']);
    await third.close();
    expect(logged).toHaveLength(1);
  });

  it('go on after a loss of power that left zeros at the end, with versions that were never given out', async () => {
    const { store, close } = open();
    store.put('configmaps', object('a'));
    await close();
    appendFileSync(file('journal-1'), Buffer.alloc(5000));
    const again = open({ bootId: 'boot-2' });
    expect(again.store.list('configmaps')).toEqual(store.list('configmaps'));
    expect(again.store.version).toBeGreaterThan(store.version + 10_000);
    await again.close();
    const third = open({ bootId: 'boot-2' });
    expect(third.store.version).toBe(again.store.version);
    await third.close();
  });

  it.each([
    ['in the middle of the journal', 'journal-1', (bytes: Buffer) => bytes.fill('x', 300, 310)],
    [
      'in its last change',
      'journal-1',
      (bytes: Buffer) => bytes.fill('x', bytes.length - 10, bytes.length - 5),
    ],
    ['in its first record', 'journal-1', (bytes: Buffer) => bytes.fill('x', 0, 3)],
  ])('are refused where they are damaged %s, in a sentence with the remedy', async (_where, name, damage) => {
    const { store, close } = open();
    for (const each of ['a', 'b', 'c', 'd']) store.put('configmaps', object(each));
    await close();
    const bytes = readFileSync(file(name));
    damage(bytes);
    writeFileSync(file(name), bytes);
    expect(() => open()).toThrow(`the sandbox's state is damaged in ${file(name)} at byte`);
    expect(() => open()).toThrow('begin with an empty cluster (--reset)');
    expect(readFileSync(file(name))).toEqual(bytes);
  });

  it('become one snapshot and a short journal as they change', async () => {
    const { store, close } = open({ compactAfter: 10_000 });
    const found = () => readdirSync(folder).toSorted();
    for (let count = 0; count < 1000; count += 1) {
      store.put('configmaps', object('a', count));
      // A snapshot takes its time, and meanwhile the journal grows.
      if (count % 100 === 99) await expect.poll(() => found().length, { interval: 2 }).toBe(2);
    }
    // A snapshot that is being written when the store is closed stays away.
    await expect
      .poll(() => found().map((name) => name.replace(/\d+/, 'N')))
      .toEqual(['journal-N', 'snapshot-N']);
    await close();
    const names = found();
    for (const name of names) {
      expect(statSync(file(name)).size).toBeLessThan(150_000);
      expect(statSync(file(name)).mode & 0o777).toBe(0o600);
    }
    const [snapshot = ''] = names.slice(1);
    const again = open();
    expect(everything(again.store)).toEqual(everything(store));
    await again.close();
    truncateSync(file(snapshot), 40);
    expect(() => open()).toThrow(`damaged in ${file(snapshot)}`);
    rmSync(file(snapshot));
    expect(() => open()).toThrow(/journal-1 which is missing/);
  });

  it('of a later format are left alone', async () => {
    await open().close();
    const text = JSON.stringify({ format: 2, after: 1, bootId: 'boot-1' });
    writeFileSync(file('journal-1'), encodeRecord(text));
    expect(() => open()).toThrow(/journal-1 is of format 2, and this version knows format 1 only/);
  });
});
