import { expect, it } from 'vitest';
import { durationText } from './duration-text.ts';

it.each([
  [0, '0ms'],
  [999.6, '999ms'],
  [1000, '1.0s'],
  [9_999, '9.9s'],
  [10_000, '10s'],
  [59_999, '59s'],
  [60_000, '1m'],
  [75_000, '1m15s'],
  [3_600_000, '1h'],
  [7_800_000, '2h10m'],
  [273_600_000, '3d4h'],
])('%d milliseconds read %s', (milliseconds, text) => {
  expect(durationText(milliseconds)).toBe(text);
});
