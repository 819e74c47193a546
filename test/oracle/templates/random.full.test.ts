import { describe, expect, it } from 'vitest';
import { differencesToGo, PER_BATCH } from './differences-to-go.ts';
import { goIsHere } from './oracle.ts';
import { randomCases } from './random-case.ts';

const SEED = 20_240_102;
const BATCHES = 40;

describe.skipIf(!goIsHere())('templates made at random (needs Go)', () => {
  it(
    `give what Go gives, errors included: ${BATCHES * PER_BATCH} of them`,
    async () =>
      expect(await differencesToGo(BATCHES, (batch, count) => randomCases(SEED + batch, count))).toEqual([]),
    15 * 60_000,
  );
});
