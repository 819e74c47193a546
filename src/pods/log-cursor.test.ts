import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLogCursor } from './log-cursor.ts';

/** Reads `log` (the times of its lines) as a server gives it: from the whole second of `sinceTime` on. */
function readOn(cursor: ReturnType<typeof createLogCursor>, log: bigint[], restarts = 0): string {
  cursor.reopen(restarts);
  const since = cursor.sinceTime ? BigInt(Date.parse(cursor.sinceTime)) * 1_000_000n : 0n;
  const verdicts = log.filter((time) => time >= since).map((time) => cursor.judge(time));
  return verdicts.includes('gap') ? 'gap' : String(verdicts.filter((verdict) => verdict === 'new').length);
}

const second = 1_000_000_000n;

describe('a log that is opened again', () => {
  it('gives each line once, wherever it broke and however many lines share a time', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(3), { minLength: 1, maxLength: 40 }),
        fc.array(fc.nat(40), { maxLength: 5 }),
        fc.boolean(),
        (steps, breaks, restarted) => {
          let now = 5n * second;
          const log = steps.map((step) => (now += BigInt(step) * 400_000_000n));
          let cursor = createLogCursor(undefined);
          let lines = 0;
          for (const length of [...breaks.toSorted((a, b) => a - b), log.length]) {
            if (restarted) cursor = createLogCursor(cursor.position && { ...cursor.position });
            const verdict = readOn(cursor, log.slice(0, length));
            expect(verdict).not.toBe('gap');
            lines += Number(verdict);
            expect(lines).toBe(Math.max(0, Math.min(length, log.length)));
          }
          expect(cursor.caughtUp).toBe(true);
        },
      ),
    );
  });

  it('gives each line once also where times are not in order', () => {
    const jitter = fc.record({
      back: fc.integer({ min: 0, max: 40 }),
      lines: fc.integer({ min: 1, max: 3 }),
    });
    fc.assert(
      fc.property(
        fc.array(jitter, { minLength: 1, maxLength: 20 }),
        fc.array(fc.nat(60), { maxLength: 5 }),
        fc.boolean(),
        (groups, breaks, restarted) => {
          const log = groups.flatMap(({ back, lines }, index) =>
            Array<bigint>(lines).fill(BigInt(100 - back) * second + BigInt(index)),
          );
          let cursor = createLogCursor(undefined);
          let lines = 0;
          for (const length of [...breaks.toSorted((a, b) => a - b), log.length]) {
            if (restarted) cursor = createLogCursor(cursor.position && { ...cursor.position });
            lines += Number(readOn(cursor, log.slice(0, length)));
            expect(lines).toBe(Math.min(length, log.length));
          }
          expect(cursor.caughtUp).toBe(true);
        },
      ),
    );
  });

  it('has a gap when its last line was rotated away, and lines of other times before it were not', () => {
    const cursor = createLogCursor(undefined);
    readOn(cursor, [5n * second, 7n * second, 6n * second]);
    expect(readOn(cursor, [7n * second])).toBe('0');
    expect(cursor.caughtUp).toBe(false);
    expect(readOn(cursor, [7n * second, 8n * second])).toBe('gap');
  });

  it('gives the line of its position again that was not read, with all that follows', () => {
    const log = [5n, 6n, 6n, 6n, 7n].map((time) => time * second);
    const position = { time: String(6n * second), lines: 2, unread: true, restarts: 0 } as const;
    const cursor = createLogCursor(position);
    expect(cursor.position).toEqual(position);
    expect(readOn(cursor, log)).toBe('3');
    expect(readOn(cursor, log)).toBe('0');
    const rotated = createLogCursor(position);
    expect(readOn(rotated, log.slice(4))).toBe('gap');
  });

  it('has a gap when its last line was rotated away', () => {
    const cursor = createLogCursor(undefined);
    readOn(cursor, [5n * second, 6n * second]);
    expect(readOn(cursor, [8n * second])).toBe('gap');
  });

  it('has a gap when only some lines of the last time are left', () => {
    const cursor = createLogCursor(undefined);
    readOn(cursor, [6n * second, 6n * second, 6n * second]);
    expect(readOn(cursor, [6n * second, 7n * second])).toBe('gap');
  });

  it('is not caught up while it is shorter than before', () => {
    const cursor = createLogCursor({ time: String(6n * second), lines: 1, restarts: 0 });
    expect(readOn(cursor, [])).toBe('0');
    expect(cursor.caughtUp).toBe(false);
  });

  it('begins anew when the container was started again', () => {
    const cursor = createLogCursor(undefined);
    readOn(cursor, [5n * second]);
    expect(readOn(cursor, [9n * second, 10n * second], 1)).toBe('2');
    expect(cursor.position?.restarts).toBe(1);
  });
});
