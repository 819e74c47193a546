import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { concurrently } from './concurrently.ts';

describe('work on many items', () => {
  it('is done for a few at a time, and gives the results in the order of the items', async () => {
    let working = 0;
    let most = 0;
    const results = await concurrently([3, 1, 2, 0], 2, async (item) => {
      most = Math.max(most, (working += 1));
      for (let count = 0; count < item; count += 1) await turn();
      working -= 1;
      return item * 10;
    });
    expect(results).toEqual([30, 10, 20, 0]);
    expect(most).toBe(2);
  });

  it('is not begun for further items once it has failed', async () => {
    const begun: number[] = [];
    const failing = concurrently([1, 2, 3, 4, 5], 2, async (item) => {
      begun.push(item);
      await turn();
      throw new Error(`item ${item}`);
    });
    await expect(failing).rejects.toThrow('item 1');
    await turn();
    expect(begun).toEqual([1, 2]);
  });
});
