import { array, assert, asyncProperty, nat } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { steppedClock, turnOfTheLoop } from '../../../test/support/stepped-clock.ts';
import { Agenda } from './agenda.ts';

describe('an agenda', () => {
  it('has one timer for all its tasks, and gives each when it is due, to the second', async () => {
    await assert(
      asyncProperty(array(nat(60_000), { minLength: 1, maxLength: 40 }), async (delays) => {
        const clock = steppedClock();
        const agenda = new Agenda<number>(clock);
        const stop = new AbortController();
        const done: { delay: number; at: number }[] = [];
        const work = async () => {
          for (;;) {
            for (const delay of await agenda.due(stop.signal)) done.push({ delay, at: clock.monotonic() });
          }
        };
        const ended = work().catch((error: unknown) => error);
        // Half of them while somebody waits for the first.
        for (const [index, delay] of delays.entries()) {
          if (index === Math.ceil(delays.length / 2)) await turnOfTheLoop();
          agenda.add(delay, delay);
        }
        await turnOfTheLoop();
        expect(clock.sleeping).toBeLessThanOrEqual(1);
        await clock.advance(60_000);
        expect(done.map(({ delay }) => delay).toSorted((a, b) => a - b)).toEqual(
          delays.toSorted((a, b) => a - b),
        );
        for (const { delay, at } of done) expect(at).toBe(Math.ceil(delay / 1_000) * 1_000);
        stop.abort('over');
        expect(await ended).toBe('over');
        expect(clock.sleeping).toBe(0);
      }),
      { numRuns: 30 },
    );
  });
});
