import { describe, expect, it } from 'vitest';
import { bytesText } from './bytes-text.ts';

describe('a size for people', () => {
  it.each([
    [0, '0 B'],
    [1023, '1023 B'],
    [1024, '1.0 KiB'],
    [1536, '1.5 KiB'],
    [10 * 1024 ** 2, '10 MiB'],
    [1024 ** 3 - 1, '1023 MiB'],
    [3.25 * 1024 ** 4, '3.2 TiB'],
    [2 ** 63, '8192 PiB'],
  ])('of %d bytes is %s', (bytes, text) => {
    expect(bytesText(bytes)).toBe(text);
  });
});
