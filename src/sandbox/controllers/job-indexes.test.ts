import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatIndexes, parseIndexes } from './job-indexes.ts';

describe('indexes', () => {
  it('are written as ranges from three on', () => {
    expect(formatIndexes(new Set([7, 0, 2, 3, 4, 9, 10]))).toBe('0,2-4,7,9,10');
    expect(formatIndexes(new Set())).toBe('');
  });

  it('are read as they were written', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(200)), (indexes) => {
        const sorted = indexes.toSorted((a, b) => a - b);
        expect([...parseIndexes(formatIndexes(new Set(indexes)))]).toEqual(sorted);
      }),
    );
  });
});
