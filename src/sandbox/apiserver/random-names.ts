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
  const digits = (count: number): string =>
    Math.floor(random() * 16 ** count)
      .toString(16)
      .padStart(count, '0');
  const variant = (8 + Math.floor(random() * 4)).toString(16);
  return `${digits(8)}-${digits(4)}-4${digits(3)}-${variant}${digits(3)}-${digits(4)}${digits(8)}`;
}
