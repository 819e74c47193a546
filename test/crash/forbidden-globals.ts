import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import type { Random } from './seeded-random.ts';

/** Frames of this project's own code: what else lives in the process (a test runner) may go on as ever. */
const OURS = /\/(src|test\/crash|node_modules\/\.cache\/crash)\/[^\n]*\.[jt]s/;

/**
 * Takes real time, randomness and the network away from the program while `work` runs: what asks for them would not happen the same way
 * again. Random bytes come from the seed.
 * @throws what `work` throws; Error naming what was asked for
 */
export async function withoutRealTime<T>(random: Random, work: () => Promise<T>): Promise<T> {
  const asked: string[] = [];
  const restore = [
    ...['setTimeout', 'setInterval', 'fetch'].map((name) => forbid(globalThis, name, asked)),
    forbid(Date, 'now', asked),
    forbid(Math, 'random', asked),
    forbid(AbortSignal, 'timeout', asked),
    forbid(performance, 'now', asked),
    forbidDate(asked),
    seedCrypto(random),
  ];
  try {
    const result = await work();
    if (asked.length > 0) throw new Error(`the program asked for ${asked.join(', ')}`);
    return result;
  } finally {
    for (const undo of restore.toReversed()) undo();
  }
}

function refuse(what: string, asked: string[]): void {
  const frames = (new Error('where').stack ?? '').split('\n').filter((frame) => OURS.test(frame));
  // The frames of this file come first.
  const [frame] = frames.filter((each) => !each.includes(import.meta.filename));
  if (frame === undefined) return;
  asked.push(`${what} ${frame.trim()}`);
  throw new Error(`${what} in a run on virtual time`);
}

/** Puts a refusal in the place of a function; returns how to put it back. */
function forbid(holder: object, name: string, asked: string[]): () => void {
  const own = Object.getOwnPropertyDescriptor(holder, name);
  const real: unknown = Reflect.get(holder, name);
  if (typeof real !== 'function') throw new Error(`there is no function ${name}`);
  const guarded = function guarded(this: unknown, ...args: unknown[]): unknown {
    refuse(name, asked);
    return Reflect.apply(real, this === undefined ? holder : this, args);
  };
  Object.defineProperty(holder, name, { value: guarded, configurable: true, writable: true });
  return () => {
    if (own) Object.defineProperty(holder, name, own);
    else Reflect.deleteProperty(holder, name);
  };
}

/** `new Date()` without an argument. */
function forbidDate(asked: string[]): () => void {
  const real = Date;
  globalThis.Date = new Proxy(real, {
    construct(target, args, newTarget) {
      if (args.length === 0) refuse('new Date()', asked);
      return Reflect.construct(target, args, newTarget);
    },
  });
  return () => {
    globalThis.Date = real;
  };
}

/** Identities and keys that are made in a run; imports by name see it, too. */
function seedCrypto(random: Random): () => void {
  const { randomBytes, randomUUID } = crypto;
  const replace = (bytes: unknown, uuid: unknown) => {
    Object.assign(crypto, { randomBytes: bytes, randomUUID: uuid });
    syncBuiltinESMExports();
  };
  replace(
    (length: number) => Buffer.from(random.bytes(length)),
    () =>
      Buffer.from(random.bytes(16))
        .toString('hex')
        .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5'),
  );
  return () => replace(randomBytes, randomUUID);
}
