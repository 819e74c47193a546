import { describe, expect, it } from 'vitest';
import { differencesToGo, PER_BATCH } from './differences-to-go.ts';
import { goIsHere } from './oracle.ts';
import { randomSprigCases } from './random-sprig-case.ts';

const SEED = 20_240_229;
const BATCHES = 20;

describe.skipIf(!goIsHere())("calls of sprig's functions made at random (needs Go)", () => {
  it(
    `give what Go gives, errors included: ${BATCHES * PER_BATCH} of them`,
    async () =>
      expect(await differencesToGo(BATCHES, (batch, count) => randomSprigCases(SEED + batch, count))).toEqual(
        [],
      ),
    15 * 60_000,
  );
});
