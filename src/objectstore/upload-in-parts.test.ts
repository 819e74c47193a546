import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { StreamTooLarge } from './object-store.ts';
import { S3_PARTS } from './s3-upload.ts';
import type { PartPlan, PartUpload } from './upload-in-parts.ts';
import { maxStreamSize, partSize, uploadInParts } from './upload-in-parts.ts';

const SMALL: PartPlan = { firstSize: 4, doubleEvery: 3, maxParts: 7, maxBuffers: 3, memory: 12 };

describe('uploadInParts', () => {
  it('puts together what came, whatever the chunks and parts', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 9 }), { maxLength: 8 }), async (chunks) => {
        const store = memoryStore();
        const total = await uploadInParts(from(chunks), { ...SMALL, maxParts: 20 }, store.upload, {});
        expect(total).toBe(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
        expect(store.content).toEqual(Buffer.concat(chunks));
        expect(store.mostAtOnce).toBeLessThanOrEqual(SMALL.maxBuffers);
      }),
    );
  });

  it('sends a stream of one full part as a whole, and begins an upload with the next byte', async () => {
    const whole = memoryStore();
    await uploadInParts(from([Buffer.alloc(4)]), SMALL, whole.upload, {});
    expect(whole.calls).toEqual(['whole 4']);
    const parts = memoryStore();
    await uploadInParts(from([Buffer.alloc(5)]), SMALL, parts.upload, {});
    expect(parts.calls).toEqual(['begin', 'part 1: 4', 'part 2: 1', 'complete 2']);
  });

  it('takes exactly what the parts can hold, and fails beyond it without leaving anything', async () => {
    const limit = maxStreamSize(SMALL); // 3 × 4 + 3 × 8 + 16
    expect(limit).toBe(52);
    const fits = memoryStore();
    await uploadInParts(from([Buffer.alloc(limit)]), SMALL, fits.upload, {});
    expect(fits.calls.at(-1)).toBe('complete 7');
    const tooLong = memoryStore();
    let closed = false;
    async function* endless() {
      try {
        for (;;) yield Buffer.alloc(10);
      } finally {
        closed = true;
      }
    }
    await expect(uploadInParts(endless(), SMALL, tooLong.upload, {})).rejects.toThrow(StreamTooLarge);
    expect(tooLong.calls.at(-1)).toBe('abort');
    expect(closed).toBe(true);
  });

  it.each([0, 1, 2, 3, 4, 5, 6, 8, 12])(
    'ends when it is aborted %i microtasks after a chunk, although no other chunk ever comes',
    async (ticks) => {
      const abort = new AbortController();
      let chunks = 0;
      const source: AsyncIterable<Uint8Array> = {
        [Symbol.asyncIterator]: () => ({
          next() {
            chunks += 1;
            if (chunks > 1) return new Promise(() => undefined);
            void later(ticks).then(() => abort.abort(new Error('stopped')));
            return Promise.resolve({ done: false, value: Buffer.from('a') });
          },
        }),
      };
      const store = memoryStore();
      await expect(uploadInParts(source, SMALL, store.upload, { signal: abort.signal })).rejects.toThrow(
        'stopped',
      );
      expect(store.calls).toEqual([]);
    },
  );

  it('ends with a failing part even when the producer never says anything again', async () => {
    const store = memoryStore({ failPart: 1 });
    let returned = false;
    const source: AsyncIterable<Uint8Array> = {
      [Symbol.asyncIterator]() {
        let first = true;
        return {
          next() {
            if (!first) return new Promise(() => undefined);
            first = false;
            return Promise.resolve({ done: false, value: Buffer.alloc(9) });
          },
          return() {
            returned = true;
            return Promise.resolve({ done: true, value: undefined });
          },
        };
      },
    };
    await expect(uploadInParts(source, SMALL, store.upload, {})).rejects.toThrow('part 1 failed');
    expect(store.calls.at(-1)).toBe('abort');
    expect(returned).toBe(true);
  });
});

it('S3 objects may have 484 GiB, in parts that S3 allows', () => {
  expect(Math.floor(maxStreamSize(S3_PARTS) / 2 ** 30)).toBe(484);
  expect(partSize(S3_PARTS, 1)).toBeGreaterThanOrEqual(5 * 2 ** 20);
  expect(partSize(S3_PARTS, S3_PARTS.maxParts)).toBe(128 * 2 ** 20);
});

async function* from(chunks: Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* chunks;
}

/** The other side of the contract: keeps copies, as a network would. */
function memoryStore({ failPart = 0 } = {}) {
  const parts: Buffer[] = [];
  const state = { content: undefined as Buffer | undefined, calls: [] as string[], mostAtOnce: 0 };
  let sending = 0;
  const upload: PartUpload<number> = {
    async putWhole(body) {
      state.calls.push(`whole ${body.length}`);
      state.content = Buffer.from(body);
    },
    async begin() {
      state.calls.push('begin');
    },
    async putPart(number, body) {
      sending += 1;
      state.mostAtOnce = Math.max(state.mostAtOnce, sending);
      await new Promise((resolve) => setImmediate(resolve));
      sending -= 1;
      if (number === failPart) throw new Error(`part ${number} failed`);
      state.calls.push(`part ${number}: ${body.length}`);
      parts[number - 1] = Buffer.from(body);
      return number;
    },
    async complete(numbers) {
      state.calls.push(`complete ${numbers.length}`);
      state.content = Buffer.concat(numbers.map((number) => parts[number - 1] ?? Buffer.alloc(0)));
    },
    async abort() {
      state.calls.push('abort');
    },
  };
  return Object.assign(state, { upload });
}

async function later(ticks: number): Promise<void> {
  for (let tick = 0; tick < ticks; tick++) await Promise.resolve();
}
