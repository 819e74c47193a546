import { describe, expect, it } from 'vitest';
import { steppedClock, turnOfTheLoop } from '../../test/support/stepped-clock.ts';
import { createProgressBudget } from './progress-budget.ts';

const KIB = 1024;
const { signal: never } = new AbortController();

function spender() {
  const clock = steppedClock();
  const budget = createProgressBudget(clock);
  const written: { name: string; bytes: number; at: number }[] = [];
  const write = (name: string, bytes: number, signal = never) =>
    budget.take(bytes, signal).then(() => void written.push({ name, bytes, at: clock.monotonic() }));
  return { clock, budget, written, write };
}

describe('the budget of progress', () => {
  it('costs a quiet operator no time', async () => {
    const { clock, written, write } = spender();
    for (let second = 0; second < 5; second += 1) {
      await Promise.all([write('a', 100 * KIB), write('b', 100 * KIB)]);
      await clock.advance(1_000);
    }
    expect(written.map(({ at }) => at)).toEqual([0, 0, 1, 1, 2, 2, 3, 3, 4, 4].map((s) => s * 1_000));
    expect(clock.sleeping).toBe(0);
  });

  it('holds a thousand ActionSets that report every second to one MiB per second, each in its turn', async () => {
    const { clock, written, write } = spender();
    const names = Array.from({ length: 1_000 }, (_, index) => `as-${index}`);
    const all = Promise.all(names.map((name) => write(name, 10 * KIB)));
    for (let second = 0; second < 10; second += 1) await clock.advance(1_000);
    await all;
    expect(written.map(({ name }) => name)).toEqual(names);
    for (let second = 1; second <= 10; second += 1) {
      const bytes = written.filter(({ at }) => at < second * 1_000).reduce((sum, one) => sum + one.bytes, 0);
      // A second's worth may be saved up, and the last one may be begun before it is paid for.
      expect(bytes).toBeLessThanOrEqual((second + 1) * KIB * KIB + 10 * KIB);
    }
    expect(clock.sleeping).toBe(0);
  });

  it('lets a large object through, and then waits until it is paid for', async () => {
    const { clock, written, write } = spender();
    await write('large', 3 * KIB * KIB);
    const small = write('small', KIB);
    await clock.advance(1_999);
    expect(written).toHaveLength(1);
    await clock.advance(1);
    await small;
    expect(written[1]).toMatchObject({ name: 'small', at: 2_000 });
  });

  it('leaves no timer behind when those that wait are cancelled, and serves whoever comes then', async () => {
    const { clock, written, write } = spender();
    await write('large', 4 * KIB * KIB);
    const cancel = new AbortController();
    const reason = new Error('the phase has ended');
    const cancelled = write('cancelled', KIB, cancel.signal);
    expect(clock.sleeping).toBe(1);
    cancel.abort(reason);
    const late = write('late', KIB);
    await expect(cancelled).rejects.toBe(reason);
    await turnOfTheLoop();
    expect(clock.sleeping).toBe(1);
    await clock.advance(3_000);
    await late;
    expect(written.map(({ name }) => name)).toEqual(['large', 'late']);
    expect(clock.sleeping).toBe(0);
    await expect(write('cancelled', KIB, cancel.signal)).rejects.toBe(reason);
  });
});
