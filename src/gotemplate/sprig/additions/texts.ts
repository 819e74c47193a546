import { createHash } from 'node:crypto';
import { define, defineVariadic, FunctionError } from '../../function.ts';
import type { FunctionMap } from '../../function.ts';
import { toBytes } from '../../go-string.ts';
import { int, string } from '../../value.ts';
import { integerSteps } from '../numbers.ts';
import type { RandomSource } from '../prime.ts';

const MAXIMUM_BYTES = 16 * 1024 * 1024;

export function textAdditions(random: RandomSource): FunctionMap {
  return {
    sha512sum: define(['string'], (text) => string(createHash('sha512').update(toBytes(text)).digest('hex'))),
    regexQuoteMeta: define(['string'], (text) => string(text.replaceAll(/[\\.+*?()|[\]{}^$]/g, '\\$&'))),
    randBytes: define(['int'], (count) => {
      if (count < 0n) throw new FunctionError('runtime error: makeslice: len out of range');
      if (count > MAXIMUM_BYTES) throw new FunctionError(`more than ${MAXIMUM_BYTES} random bytes`);
      return string(Buffer.from(random(Number(count))).toString('base64'));
    }),
    randInt: define(['int', 'int'], (from, to) => {
      const count = BigInt.asIntN(64, to - from);
      if (count <= 0n) throw new FunctionError('invalid argument to Intn');
      return int(from + below(count, random));
    }),
    seq: defineVariadic([], 'int', (bounds) => string(sequence(bounds))),
  };
}

/** Unbiased: draws of 128 bits are so many that the remainder of one does not matter. */
function below(limit: bigint, random: RandomSource): bigint {
  return BigInt(`0x${Buffer.from(random(16)).toString('hex')}`) % limit;
}

/** The numbers that the shell's `seq` prints, between spaces. */
function sequence(bounds: readonly bigint[]): string {
  if (bounds.length === 0 || bounds.length > 3) return '';
  const [first = 0n, second = 0n, third = 0n] = bounds;
  const start = bounds.length === 1 ? 1n : first;
  const end = bounds.length === 1 ? first : bounds.length === 2 ? second : third;
  const direction = end < start ? -1n : 1n;
  const step = bounds.length === 3 ? second : direction;
  if (direction < 0n && step > 0n) return '';
  return integerSteps(start, end + direction, step).join(' ');
}
