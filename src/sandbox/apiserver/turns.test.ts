import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createTurns } from './turns.ts';

describe('turns', () => {
  it('run what waits in its order, a share in each turn of the loop', async () => {
    const soon = createTurns();
    const run: number[] = [];
    for (let index = 0; index < 1000; index += 1) soon(() => run.push(index));
    await nextTurn();
    expect(run.length).toBeGreaterThan(0);
    expect(run.length).toBeLessThan(200);
    while (run.length < 1000) await nextTurn();
    expect(run).toEqual(Array.from({ length: 1000 }, (_, index) => index));
  });

  it('leave nobody behind who comes while others have their turn', async () => {
    const soon = createTurns();
    const run: string[] = [];
    soon(() => {
      run.push('first');
      soon(() => run.push('second'));
    });
    await nextTurn();
    await nextTurn();
    expect(run).toEqual(['first', 'second']);
  });
});
