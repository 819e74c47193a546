import { createECDH, createPrivateKey } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { FunctionError } from '../function.ts';
import { generatePrime } from './prime.ts';
import type { RandomSource } from './prime.ts';

const EXPONENT = 65537n;

/** An RSA key of so many bits; the same random bytes give the same key. */
export function generateRsaKey(bits: number, random: RandomSource): KeyObject {
  const isUsable = (prime: bigint) => (prime - 1n) % EXPONENT !== 0n;
  const first = generatePrime(bits / 2, random, isUsable);
  const second = generatePrime(bits / 2, random, (prime) => isUsable(prime) && prime !== first);
  const [p, q] = first > second ? [first, second] : [second, first];
  const d = inverse(EXPONENT, ((p - 1n) * (q - 1n)) / greatestDivisor(p - 1n, q - 1n));
  const jwk = {
    kty: 'RSA',
    n: base64Url(p * q),
    e: base64Url(EXPONENT),
    d: base64Url(d),
    p: base64Url(p),
    q: base64Url(q),
    dp: base64Url(d % (p - 1n)),
    dq: base64Url(d % (q - 1n)),
    qi: base64Url(inverse(q, p)),
  };
  return createPrivateKey({ key: jwk, format: 'jwk' });
}

/** The order of the group of P-256. */
const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
const MAXIMUM_DRAWS = 64;

/** A key on P-256; the same random bytes give the same key. */
export function generateEcKey(random: RandomSource): KeyObject {
  for (let draw = 0; draw < MAXIMUM_DRAWS; draw++) {
    const scalar = Buffer.from(random(32));
    const value = BigInt(`0x${scalar.toString('hex')}`);
    if (value > 0n && value < ORDER) return keyOfScalar(scalar);
  }
  throw new FunctionError(`no suitable scalar after ${MAXIMUM_DRAWS} random numbers`);
}

function keyOfScalar(scalar: Buffer): KeyObject {
  const curve = createECDH('prime256v1');
  curve.setPrivateKey(scalar);
  const point = curve.getPublicKey();
  const jwk = {
    kty: 'EC',
    crv: 'P-256',
    d: scalar.toString('base64url'),
    x: point.toString('base64url', 1, 33),
    y: point.toString('base64url', 33, 65),
  };
  return createPrivateKey({ key: jwk, format: 'jwk' });
}

function base64Url(value: bigint): string {
  const digits = value.toString(16);
  return Buffer.from(digits.padStart(digits.length + (digits.length % 2), '0'), 'hex').toString('base64url');
}

function greatestDivisor(a: bigint, b: bigint): bigint {
  return b === 0n ? a : greatestDivisor(b, a % b);
}

/** The number that times `value` leaves 1 by the modulus. */
function inverse(value: bigint, modulus: bigint): bigint {
  let [previous, current, previousFactor, factor] = [value, modulus, 1n, 0n];
  while (current !== 0n) {
    const quotient = previous / current;
    [previous, current] = [current, previous - quotient * current];
    [previousFactor, factor] = [factor, previousFactor - quotient * factor];
  }
  return ((previousFactor % modulus) + modulus) % modulus;
}
