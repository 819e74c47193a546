import { checkPrimeSync } from 'node:crypto';
import { FunctionError } from '../function.ts';

/** As many bytes as asked for; where keys and random texts come from. */
export type RandomSource = (length: number) => Uint8Array;

/**
 * A prime of exactly so many bits, the two highest of them set, so that the product of two has twice as many. The same bytes
 * give the same prime: the source decides where the search starts, and nothing else does.
 * @throws {FunctionError} when the source yields no prime that `accepts`, as one that repeats itself may not.
 */
export function generatePrime(
  bits: number,
  random: RandomSource,
  accepts: (prime: bigint) => boolean,
): bigint {
  for (let attempt = 0; attempt < MAXIMUM_STARTS; attempt++) {
    const prime = firstPrimeFrom(startingPoint(bits, random), bits);
    if (prime !== undefined && accepts(prime)) return prime;
  }
  throw new FunctionError(`no suitable prime of ${bits} bits after ${MAXIMUM_STARTS} random numbers`);
}

const MAXIMUM_STARTS = 8;

function startingPoint(bits: number, random: RandomSource): bigint {
  const drawn = BigInt(`0x${Buffer.from(random(bits / 8)).toString('hex')}`);
  return drawn | (3n << BigInt(bits - 2)) | 1n;
}

/** Every second number is odd, and one in bits · ln 2 of all a prime: this many steps miss less than once in a million times. */
const STEPS_PER_BIT = 10;

/** Searches upwards; candidates that a small prime divides are skipped without a test. */
function firstPrimeFrom(start: bigint, bits: number): bigint | undefined {
  const remainders = smallPrimes.map((prime) => Number(start % BigInt(prime)));
  for (let step = 0; step < bits * STEPS_PER_BIT; step += 2) {
    const isDivisible = smallPrimes.some((prime, i) => ((remainders[i] ?? 0) + step) % prime === 0);
    if (isDivisible) continue;
    const candidate = start + BigInt(step);
    if (candidate >> BigInt(bits) !== 0n) return undefined;
    if (checkPrimeSync(candidate)) return candidate;
  }
  return undefined;
}

const smallPrimes = primesBelow(4096).slice(1);

function primesBelow(limit: number): number[] {
  const primes: number[] = [];
  for (let n = 2; n < limit; n++) if (primes.every((prime) => n % prime !== 0)) primes.push(n);
  return primes;
}
