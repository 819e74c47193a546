import type { Random } from './server-context.ts';

/** Without vowels and what looks like them, as Kubernetes' own: no words come about. */
const ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';

/** Kubernetes cuts a generated name's base so that the whole fits into a label. */
const MAXIMUM_BASE = 63 - 5;

export const generateName = (base: string, random: Random): string =>
  base.slice(0, MAXIMUM_BASE) + randomText(5, random);

export const randomText = (length: number, random: Random): string =>
  Array.from({ length }, () => ALPHABET[Math.floor(random() * ALPHABET.length)]).join('');

/** A version 4 UUID. */
export function randomUid(random: Random): string {
  const digits = Array.from({ length: 32 }, () => Math.floor(random() * 16).toString(16));
  digits[12] = '4';
  digits[16] = (8 + Math.floor(random() * 4)).toString(16);
  const text = digits.join('');
  return [text.slice(0, 8), text.slice(8, 12), text.slice(12, 16), text.slice(16, 20), text.slice(20)].join(
    '-',
  );
}
