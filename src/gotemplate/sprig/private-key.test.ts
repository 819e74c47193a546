import { createPublicKey, randomBytes, sign, verify } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { generateEcKey, generateRsaKey } from './private-key.ts';

describe('private keys', () => {
  it.each([512, 1024, 2048])('RSA keys of %i bits have exactly so many, and sign', (bits) => {
    const key = generateRsaKey(bits, randomBytes);
    expect(key.asymmetricKeyDetails).toEqual({ modulusLength: bits, publicExponent: 65537n });
    const message = Buffer.from('message');
    const signature = sign('sha1', message, key);
    expect(verify('sha1', message, createPublicKey(key), signature)).toBe(true);
    expect(verify('sha1', Buffer.from('other'), createPublicKey(key), signature)).toBe(false);
  });

  it('the primes of an RSA key differ, the greater one first', () => {
    const { p = '', q = '' } = generateRsaKey(512, randomBytes).export({ format: 'jwk' });
    expect(Buffer.from(p, 'base64url').compare(Buffer.from(q, 'base64url'))).toBe(1);
  });

  it('draw no scalar outside the curve', () => {
    const draws = [Buffer.alloc(32), Buffer.alloc(32, 0xff), Buffer.alloc(32, 7)];
    const key = generateEcKey(() => draws.shift() ?? Buffer.alloc(32, 9));
    expect(key.export({ format: 'jwk' }).d).toBe(Buffer.alloc(32, 7).toString('base64url'));
    expect(
      verify('sha256', Buffer.from('m'), createPublicKey(key), sign('sha256', Buffer.from('m'), key)),
    ).toBe(true);
  });
});
