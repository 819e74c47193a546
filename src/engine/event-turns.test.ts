import { expect, it } from 'vitest';
import { systemClock } from '../kubernetes/clock.ts';
import { createEventTurns } from './event-turns.ts';

/** Posts that end when they are told to. */
function posts(hurry = new AbortController()) {
  let time = 0;
  const clock = { ...systemClock, monotonic: () => time };
  const turns = createEventTurns(clock, hurry.signal);
  const begun: number[] = [];
  const ends: (() => void)[] = [];
  const all: Promise<void>[] = [];
  const post = (count: number) => {
    for (let index = 0; index < count; index += 1) {
      const own = all.length;
      const { promise, resolve } = Promise.withResolvers<void>();
      ends[own] = resolve;
      all.push(
        turns.take(() => {
          begun.push(own);
          return promise;
        }),
      );
    }
    return settled();
  };
  const settled = () => new Promise<void>((resolve) => setImmediate(resolve));
  const end = async (own: number) => {
    ends[own]?.();
    await settled();
  };
  const pass = (milliseconds: number) => {
    time += milliseconds;
  };
  return { post, begun, end, hurry, turns, pass };
}

it('while many wait events are posted one at a time, in the order in which they came; while few do, several', async () => {
  const { post, begun, end } = posts();
  await post(50);
  const first = Array.from({ length: 8 }, (_, index) => index);
  expect(begun).toEqual(first);
  for (const own of first) await end(own);
  expect(begun).toEqual([...first, 8]);
  for (let own = 8; own < 16; own += 1) await end(own);
  expect(begun).toEqual(Array.from({ length: 17 }, (_, index) => index));
  await end(16);
  expect(begun).toEqual(Array.from({ length: 25 }, (_, index) => index));
});

it('one that has waited for ten seconds waits no longer, however many are being posted', async () => {
  const { post, begun, pass } = posts();
  await post(50);
  pass(9_000);
  await post(5);
  expect(begun.length).toBe(8);
  pass(1_000);
  await post(40);
  expect(begun.length).toBe(50);
});

it('one that fails makes room for the next one, and fails alone', async () => {
  const { turns, post, begun } = posts();
  const failed = turns.take(() => Promise.reject(new Error('refused')));
  await expect(failed).rejects.toThrow('refused');
  await post(5);
  expect(begun).toEqual([0, 1, 2, 3, 4]);
});

it('all are posted at once when the operator stops', async () => {
  const { post, begun, end, hurry } = posts();
  await post(60);
  hurry.abort(new Error('stopped'));
  await end(0);
  expect(begun.length).toBe(60);
  await post(5);
  expect(begun.length).toBe(65);
});
