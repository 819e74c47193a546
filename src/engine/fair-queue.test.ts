import { array, assert, constant, nat, oneof, property, record } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FairQueue } from './fair-queue.ts';
import type { Leave } from './linked-queue.ts';

interface Waiting {
  path: [string, string];
  value: number;
  leave: Leave;
}

const operations = array(
  oneof(
    record({ kind: constant('push' as const), outer: nat(3), inner: nat(2) }),
    record({ kind: constant('push' as const), outer: constant(0), inner: nat(2) }),
    record({ kind: constant('shift' as const) }),
    record({ kind: constant('leave' as const), which: nat() }),
  ),
  { maxLength: 120 },
);

describe('a fair queue', () => {
  it('lets keys take turns, and gives the first of each what came first', () => {
    const queue = new FairQueue<string>(2);
    for (const value of ['a1', 'a2', 'a3']) queue.push(['busy', 'a'], value);
    queue.push(['busy', 'b'], 'b1');
    queue.push(['quiet', 'c'], 'c1');
    const served = [];
    for (let value; (value = queue.shift());) served.push(value);
    expect(served).toEqual(['a1', 'c1', 'b1', 'a2', 'a3']);
    expect(queue.isEmpty()).toBe(true);
  });

  it('starves nobody: until a key has its turn, no other one of its level has two; nothing is lost or served twice', () => {
    assert(
      property(operations, (steps) => {
        const queue = new FairQueue<Waiting>(2);
        const waiting: Waiting[] = [];
        /** Turns of others since a key began to wait, or had its last turn. */
        const turns = new Map<string, Map<string, number>>();
        const remove = (gone: Waiting) => {
          waiting.splice(waiting.indexOf(gone), 1);
          for (const key of keysOf(gone)) if (!isWaiting(key, waiting)) turns.delete(key);
        };
        let next = 0;
        for (const step of steps) {
          if (step.kind === 'push') {
            const entry: Waiting = {
              path: [`o${step.outer}`, `i${step.inner}`],
              value: (next += 1),
              leave: () => undefined,
            };
            for (const key of keysOf(entry)) if (!turns.has(key)) turns.set(key, new Map());
            entry.leave = queue.push(entry.path, entry);
            waiting.push(entry);
          } else if (step.kind === 'leave') {
            const leaving = waiting[step.which % Math.max(1, waiting.length)];
            if (!leaving) continue;
            remove(leaving);
            leaving.leave();
            leaving.leave();
          } else {
            const served = queue.shift();
            expect(served === undefined).toBe(waiting.length === 0);
            if (!served) continue;
            const first = waiting.find(({ path }) => path.join() === served.path.join());
            expect(served).toBe(first);
            const [outer, inner] = keysOf(served);
            countTurn(turns, outer, (key) => !key.includes('/'));
            countTurn(turns, inner, (key) => key.startsWith(`${outer}/`));
            remove(served);
            served.leave();
          }
          expect(queue.isEmpty()).toBe(waiting.length === 0);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('is as quick with a hundred thousand that wait, come and go', () => {
    const queue = new FairQueue<number>(2);
    const leaves: Leave[] = [];
    for (let index = 0; index < 100_000; index += 1) {
      leaves.push(queue.push([`n${index % 1_000}`, `s${index % 20_000}`], index));
    }
    // Were each of these a walk over the others, this would take minutes.
    for (let index = 0; index < 100_000; index += 2) leaves[index]?.();
    let served = 0;
    for (; queue.shift() !== undefined; served += 1) {
      if (served % 10 === 0) queue.push(['late', 'comer'], -1)();
    }
    expect(served).toBe(50_000);
  });
});

function keysOf({ path: [outer, inner] }: Waiting): [string, string] {
  return [outer, `${outer}/${inner}`];
}

function isWaiting(key: string, waiting: Waiting[]): boolean {
  return waiting.some((entry) => keysOf(entry).includes(key));
}

function countTurn(
  turns: Map<string, Map<string, number>>,
  turn: string,
  isPeer: (key: string) => boolean,
): void {
  turns.get(turn)?.clear();
  for (const [key, seen] of turns) {
    if (key === turn || !isPeer(key)) continue;
    const count = (seen.get(turn) ?? 0) + 1;
    expect(count).toBe(1);
    seen.set(turn, count);
  }
}
