import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatDuration, InvalidDuration, parseDuration } from './duration.ts';

describe('Go durations', () => {
  it.each([
    ['0', 0n],
    ['1h30m', 5_400_000_000_000n],
    ['-1.5s', -1_500_000_000n],
    ['+5s', 5_000_000_000n],
    ['300ms', 300_000_000n],
    ['1us', 1000n],
    ['1\u00b5s', 1000n],
    ['1\u03bcs', 1000n],
    ['.5m', 30_000_000_000n],
    ['1.h', 3_600_000_000_000n],
    ['7ns', 7n],
    ['9223372036854775807ns', 2n ** 63n - 1n],
    ['-9223372036854775808ns', -(2n ** 63n)],
    ['0.9999999999999999999s', 1_000_000_000n],
    ['0.3333333333333333333h', 1_200_000_000_000n],
  ])('%s is read', (text, nanoseconds) => {
    expect(parseDuration(text)).toBe(nanoseconds);
  });

  it.each([
    ['', 'time: invalid duration ""'],
    ['-', 'time: invalid duration "-"'],
    ['3', 'time: missing unit in duration "3"'],
    ['1d', 'time: unknown unit "d" in duration "1d"'],
    ['s', 'time: invalid duration "s"'],
    ['.s', 'time: invalid duration ".s"'],
    ['9223372036854775808ns', 'time: invalid duration "9223372036854775808ns"'],
    ['1h ', 'time: unknown unit "h " in duration "1h "'],
  ])('%s is refused with the text of Go', (text, message) => {
    expect(() => parseDuration(text)).toThrow(new InvalidDuration(message));
  });

  it.each([
    [0n, '0s'],
    [1n, '1ns'],
    [1100n, '1.1\u00b5s'],
    [2_200_000n, '2.2ms'],
    [3_300_000_000n, '3.3s'],
    [245_000_000_000n, '4m5s'],
    [18_367_001_000_000n, '5h6m7.001s'],
    [-60_000_000_000n, '-1m0s'],
    [-(2n ** 63n), '-2562047h47m16.854775808s'],
  ])('%d nanoseconds print as %s', (nanoseconds, text) => {
    expect(formatDuration(nanoseconds)).toBe(text);
  });

  it('read back what they print', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (nanoseconds) => {
        expect(parseDuration(formatDuration(nanoseconds))).toBe(nanoseconds);
      }),
    );
  });
});
