import { createHash } from 'node:crypto';

/** The letters from which Kubernetes itself makes random suffixes: no vowels, nothing that looks alike. */
const ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';
const SUFFIX_LENGTH = 10;

/**
 * A name that the same run, asked again, makes again: `prefix` and ten characters hashed from `parts`. So a create that is
 * repeated after a crash finds its first object instead of making a second one.
 */
export function derivedName(prefix: string, ...parts: string[]): string {
  return prefix + derivedSuffix(...parts);
}

export function derivedSuffix(...parts: string[]): string {
  // Lengths are hashed too, so that ("ab", "c") and ("a", "bc") differ.
  const hash = createHash('sha256');
  for (const part of parts) hash.update(`${Buffer.byteLength(part)}:${part}`);
  let number = BigInt(`0x${hash.digest('hex').slice(0, 24)}`);
  let suffix = '';
  for (let i = 0; i < SUFFIX_LENGTH; i++) {
    suffix += ALPHABET[Number(number % BigInt(ALPHABET.length))];
    number /= BigInt(ALPHABET.length);
  }
  return suffix;
}
