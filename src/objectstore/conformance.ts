/** What every store must do; each store's test registers it with a store of its own. */
import { createHash, randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { deleteLocation } from './delete-location.ts';
import { AccessDenied, BucketNotFound, ObjectNotFound } from './object-store.ts';
import type { ObjectStore } from './object-store.ts';

export interface StoreUnderTest {
  /** An open store on an existing bucket. */
  open(): Promise<ObjectStore>;
  /** The same with a bucket that does not exist. */
  openMissingBucket(): Promise<ObjectStore>;
  /** The same with a secret that is wrong. */
  openWithWrongCredentials(): Promise<ObjectStore>;
  /** How many unfinished uploads the bucket has. */
  unfinishedUploads(): Promise<number>;
}

const MIB = 1024 * 1024;
const SIZES = [0, 1, 8 * MIB - 1, 8 * MIB, 8 * MIB + 1, 20 * MIB];
const ODD_KEYS = [
  'with space',
  'plus+plus',
  'percent%41%2F%',
  'ünï/çødé/日本/😀',
  'quotes\'"<&>',
  'a=b&c?d#e',
  'trailing.',
  'tilde~(paren)!*',
  'k',
  'k/sub',
];

export function objectStoreConformance(name: string, store: StoreUnderTest): void {
  describe(`object store ${name}`, () => {
    it.each(SIZES)('gives back a stream of %i bytes whose size nobody announced', async (size) => {
      await using opened = await openForTest(store);
      const key = `${opened.folder}/object`;
      const sent = createHash('sha256');
      expect(await opened.store.put(key, pieces(size, sent))).toBe(size);
      expect(await opened.store.head(key)).toMatchObject({ key, size });
      const found = await opened.store.get(key);
      expect(found.size).toBe(size);
      expect(await digest(found.body)).toBe(sent.digest('hex'));
      expect(await store.unfinishedUploads()).toBe(0);
    });

    it('accepts a source that reuses its one buffer', async () => {
      await using opened = await openForTest(store);
      const key = `${opened.folder}/object`;
      const buffer = Buffer.alloc(64 * 1024);
      async function* reusing() {
        for (let round = 0; round < 200; round += 1) {
          buffer.fill(round);
          yield buffer;
        }
      }
      await opened.store.put(key, reusing());
      const expected = createHash('sha256');
      for (let round = 0; round < 200; round += 1) expected.update(Buffer.alloc(64 * 1024, round));
      expect(await digest((await opened.store.get(key)).body)).toBe(expected.digest('hex'));
    });

    it('reads ranges', async () => {
      await using opened = await openForTest(store);
      const key = `${opened.folder}/object`;
      await opened.store.put(key, bytes('0123456789'));
      const read = async (first: number, last?: number) => {
        const found = await opened.store.get(key, { range: { first, ...(last !== undefined && { last }) } });
        expect(found.size).toBe(10);
        return await text(found.body);
      };
      expect(await read(0, 0)).toBe('0');
      expect(await read(3, 5)).toBe('345');
      expect(await read(7)).toBe('789');
      expect(await read(8, 100)).toBe('89');
    });

    it('replaces an object', async () => {
      await using opened = await openForTest(store);
      const key = `${opened.folder}/object`;
      await opened.store.put(key, bytes('first, and longer'));
      await opened.store.put(key, bytes('second'));
      expect(await text((await opened.store.get(key)).body)).toBe('second');
    });

    it('says that an object is not there', async () => {
      await using opened = await openForTest(store);
      await expect(opened.store.get(`${opened.folder}/none`)).rejects.toThrow(ObjectNotFound);
      await expect(opened.store.head(`${opened.folder}/none`)).rejects.toThrow(ObjectNotFound);
      await expect(opened.store.get(`${opened.folder}/none`)).rejects.toThrow(/^not found$/);
    });

    it('says that a bucket is not there', async () => {
      const error = await store.openMissingBucket().catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(BucketNotFound);
      expect(String(error)).toMatch(/failed to get bucket [\w-]+: not found$/);
    });

    it('says that credentials are wrong before anything is sent', async () => {
      const error = await store.openWithWrongCredentials().catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(AccessDenied);
      expect(String(error)).toMatch(/failed to get bucket [\w-]+: \w+: \w+: /);
    });

    it('keeps odd keys apart', async () => {
      await using opened = await openForTest(store);
      for (const key of ODD_KEYS)
        await opened.store.put(`${opened.folder}/${key}`, bytes(`content of ${key}`));
      for (const key of ODD_KEYS) {
        expect(await text((await opened.store.get(`${opened.folder}/${key}`)).body)).toBe(
          `content of ${key}`,
        );
      }
      const listed = await keys(opened.store, `${opened.folder}/`);
      expect(new Set(listed)).toEqual(new Set(ODD_KEYS.map((key) => `${opened.folder}/${key}`)));
      expect(await opened.store.delete(listed)).toBe(ODD_KEYS.length);
      expect(await keys(opened.store, `${opened.folder}/`)).toEqual([]);
    });

    it('lists and deletes more keys than one page has', async () => {
      await using opened = await openForTest(store);
      const names = Array.from(
        { length: 1101 },
        (_, index) => `${opened.folder}/many/${String(index).padStart(5, '0')}`,
      );
      for (let at = 0; at < names.length; at += 20) {
        await Promise.all(names.slice(at, at + 20).map((key) => opened.store.put(key, bytes(''))));
      }
      await opened.store.put(`${opened.folder}/manyother`, bytes('stays'));
      expect(await keys(opened.store, `${opened.folder}/many/`)).toEqual(names);
      expect(await deleteLocation(opened.store, `${opened.folder}/many`)).toBe(names.length);
      expect(await keys(opened.store, `${opened.folder}/`)).toEqual([`${opened.folder}/manyother`]);
    });

    it('deletes an object and its folder, not what merely begins like it', async () => {
      await using opened = await openForTest(store);
      const all = ['a/b', 'a/b/c', 'a/b/c/d', 'a/b-c', 'a/bc', 'a/bc/d', 'b'].map(
        (key) => `${opened.folder}/${key}`,
      );
      for (const key of all) await opened.store.put(key, bytes(key));
      expect(await deleteLocation(opened.store, `${opened.folder}/a/b`)).toBe(3);
      const rest = ['a/b-c', 'a/bc', 'a/bc/d', 'b'].map((key) => `${opened.folder}/${key}`);
      expect(await keys(opened.store, `${opened.folder}/`)).toEqual(rest);
      expect(await deleteLocation(opened.store, `${opened.folder}/a/b`)).toBe(0);
      expect(await deleteLocation(opened.store, `${opened.folder}/a/b`, { prefix: true })).toBe(3);
      expect(await keys(opened.store, `${opened.folder}/`)).toEqual([`${opened.folder}/b`]);
    });

    it('takes deletion of what is not there for success', async () => {
      await using opened = await openForTest(store);
      expect(await opened.store.delete([`${opened.folder}/none`])).toBe(1);
      expect(await deleteLocation(opened.store, `${opened.folder}/none`)).toBe(0);
    });

    it.each([
      ['a small stream', 100],
      ['a stream of many parts', 20 * MIB],
    ])('stores nothing when %s fails, and keeps the object that was there', async (_, size) => {
      await using opened = await openForTest(store);
      const key = `${opened.folder}/object`;
      await opened.store.put(key, bytes('older'));
      async function* failing() {
        yield* pieces(size);
        throw new Error('the dump failed');
      }
      await expect(opened.store.put(key, failing())).rejects.toThrow('the dump failed');
      expect(await text((await opened.store.get(key)).body)).toBe('older');
      expect(await store.unfinishedUploads()).toBe(0);
    });

    it('stops at once when aborted while the source is silent, and leaves nothing', async () => {
      await using opened = await openForTest(store);
      const key = `${opened.folder}/object`;
      const abort = new AbortController();
      async function* silent() {
        yield* pieces(10 * MIB);
        setImmediate(() => abort.abort(new Error('cancelled')));
        await new Promise<void>((resolve) =>
          abort.signal.addEventListener('abort', () => setTimeout(resolve, 10)),
        );
      }
      await expect(opened.store.put(key, silent(), { signal: abort.signal })).rejects.toThrow('cancelled');
      await expect(opened.store.head(key)).rejects.toThrow(ObjectNotFound);
      expect(await store.unfinishedUploads()).toBe(0);
    });

    it('stops a download when aborted', async () => {
      await using opened = await openForTest(store);
      const key = `${opened.folder}/object`;
      await opened.store.put(key, pieces(20 * MIB));
      const abort = new AbortController();
      const { body } = await opened.store.get(key, { signal: abort.signal });
      const reading = (async () => {
        for await (const _ of body) abort.abort(new Error('cancelled'));
      })();
      await expect(reading).rejects.toThrow('cancelled');
    });

    it('does nothing when it was aborted before', async () => {
      await using opened = await openForTest(store);
      const signal = AbortSignal.abort(new Error('too late'));
      const key = `${opened.folder}/object`;
      await expect(opened.store.put(key, bytes('x'), { signal })).rejects.toThrow('too late');
      await expect(opened.store.head(key, { signal })).rejects.toThrow('too late');
      await expect(opened.store.head(key)).rejects.toThrow(ObjectNotFound);
    });
  });
}

/** A store with a folder of its own, emptied and closed at the end of the test. */
async function openForTest({ open }: StoreUnderTest) {
  const store = await open();
  const folder = `conformance-${randomUUID()}`;
  return {
    store,
    folder,
    async [Symbol.asyncDispose]() {
      await deleteLocation(store, folder);
      store.close();
    },
  };
}

/** `size` bytes that differ everywhere, in pieces of an odd size. */
async function* pieces(
  size: number,
  hash?: { update(chunk: Uint8Array): unknown },
): AsyncGenerator<Uint8Array> {
  const block = Buffer.alloc(256 * 1024 + 7);
  for (let at = 0; at < block.length; at += 1) block[at] = (at * 131) % 251;
  for (let left = size, round = 0; left > 0; round += 1) {
    const piece = Buffer.from(block.subarray(0, Math.min(left, block.length)));
    piece.writeUInt8(round % 256, 0);
    left -= piece.length;
    hash?.update(piece);
    yield piece;
  }
}

async function* bytes(content: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(content);
}

async function digest(body: AsyncIterable<Uint8Array>): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of body) hash.update(chunk);
  return hash.digest('hex');
}

async function text(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

async function keys(store: ObjectStore, prefix: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { key } of store.list(prefix)) found.push(key);
  return found;
}
