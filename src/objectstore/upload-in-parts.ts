import type { RequestOptions } from './object-store.ts';
import { StreamTooLarge } from './object-store.ts';

/** How large parts are. Sizes in bytes. */
export interface PartPlan {
  firstSize: number;
  /** After so many parts the next ones are twice as large. */
  doubleEvery: number;
  maxParts: number;
  /** Buffers in use at most, while they fit in `memory`; never fewer than two: one is filled, one is sent. */
  maxBuffers: number;
  memory: number;
}

/**
 * What a store does with the parts. `P` is what it gives back for a part. Requests that are cut off may have been carried out: what
 * makes something that would stay (`putWhole`, `begin`, `complete`) should rather come to its end when the signal aborts.
 */
export interface PartUpload<P> {
  /** A stream of at most one part. */
  putWhole(body: Uint8Array, signal: AbortSignal): Promise<void>;
  begin(signal: AbortSignal): Promise<void>;
  /** Parts are numbered from 1 and may be sent at the same time. */
  putPart(number: number, body: Uint8Array, signal: AbortSignal): Promise<P>;
  complete(parts: P[], signal: AbortSignal): Promise<void>;
  /** Removes what an upload left; its own failure must not hide why it was called. */
  abort(): Promise<void>;
}

/** Size of part `number`, from 1. */
export function partSize(plan: PartPlan, number: number): number {
  return plan.firstSize * 2 ** Math.floor((number - 1) / plan.doubleEvery);
}

/** The longest stream that fits, in bytes. */
export function maxStreamSize(plan: PartPlan): number {
  let size = 0;
  for (let number = 1; number <= plan.maxParts; number += 1) size += partSize(plan, number);
  return size;
}

/**
 * Sends a stream of unknown length in parts, several at a time, from buffers that are used again and again. The first failure of
 * source, store or signal stops everything, aborts the upload and is thrown. Returns the number of bytes, also when the signal aborted
 * too late: the object is stored then.
 */
export async function uploadInParts<P>(
  source: AsyncIterable<Uint8Array>,
  plan: PartPlan,
  upload: PartUpload<P>,
  { signal: outer }: RequestOptions,
): Promise<number> {
  const stop = new AbortController();
  const signal = outer ? AbortSignal.any([outer, stop.signal]) : stop.signal;
  const chunks = interruptible(source, signal);
  const sending = new Set<Promise<void>>();
  const spare: Buffer[] = [];
  const parts: P[] = [];
  let begun = false;
  let number = 1;
  let total = 0;
  let buffer: Buffer = Buffer.allocUnsafeSlow(Math.min(SMALL, plan.firstSize));
  let filled = 0;

  const send = (body: Buffer, length: number) => {
    const index = number - 1;
    const sent = upload.putPart(number, body.subarray(0, length), signal).then(
      (part) => {
        parts[index] = part;
        spare.push(body);
      },
      (error: unknown) => stop.abort(error),
    );
    const tracked = sent.finally(() => sending.delete(tracked));
    sending.add(tracked);
    number += 1;
  };

  const nextBuffer = async () => {
    const size = partSize(plan, number);
    const buffers = Math.max(2, Math.min(plan.maxBuffers, Math.floor(plan.memory / size)));
    while (sending.size >= buffers) await Promise.race(sending);
    signal.throwIfAborted();
    const candidate = spare.pop();
    if (candidate?.length === size) return candidate;
    spare.length = 0; // of the size before
    return Buffer.allocUnsafeSlow(size);
  };

  const flush = async () => {
    if (number > plan.maxParts) throw new StreamTooLarge(maxStreamSize(plan));
    if (!begun) {
      await upload.begin(signal);
      begun = true;
    }
    send(buffer, filled);
  };

  try {
    signal.throwIfAborted();
    for await (const chunk of chunks) {
      for (let offset = 0; offset < chunk.length;) {
        if (filled === buffer.length && filled < plan.firstSize) {
          buffer = grown(buffer, plan.firstSize);
        } else if (filled === buffer.length) {
          await flush();
          buffer = await nextBuffer();
          filled = 0;
        }
        const length = Math.min(chunk.length - offset, buffer.length - filled);
        buffer.set(chunk.subarray(offset, offset + length), filled);
        offset += length;
        filled += length;
        total += length;
      }
    }
    signal.throwIfAborted();
    if (!begun && filled <= buffer.length && number === 1) {
      await upload.putWhole(buffer.subarray(0, filled), signal);
      return total;
    }
    await flush();
    await Promise.all(sending);
    signal.throwIfAborted();
    await upload.complete(parts, signal);
    return total;
  } catch (error) {
    stop.abort(error);
    await Promise.all(sending); // the store must not see a part after the abort
    if (begun) await upload.abort();
    throw error;
  }
}

/** Bytes. Most objects are as small, and a buffer of a whole part for each would be most of what it costs to store them. */
const SMALL = 64 * 1024;

function grown(buffer: Buffer, limit: number): Buffer {
  const larger = Buffer.allocUnsafeSlow(Math.min(buffer.length * 8, limit));
  buffer.copy(larger);
  return larger;
}

/** The source, whose pending `next` rejects as soon as the signal aborts: a silent producer must not keep a failed upload waiting. */
async function* interruptible(
  source: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const iterator = source[Symbol.asyncIterator]();
  let interrupt: (() => void) | undefined;
  let ended = false;
  const onAbort = () => interrupt?.();
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    for (;;) {
      // An abort while the last chunk was being sent came when nobody listened.
      signal.throwIfAborted();
      const next = await new Promise<IteratorResult<Uint8Array>>((resolve, reject) => {
        interrupt = () => reject(signal.reason);
        iterator.next().then(resolve, reject);
      });
      ended = next.done === true;
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    signal.removeEventListener('abort', onAbort);
    // Not awaited: a generator that waits for its producer answers only when that moves. The failure that led here is thrown.
    if (!ended) iterator.return?.().catch(() => undefined);
  }
}
