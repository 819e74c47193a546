import { define } from '../function.ts';
import type { FunctionMap } from '../function.ts';
import { FunctionError } from '../function.ts';
import { string } from '../value.ts';

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const digits = '0123456789';
const printable = Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i)).join('');
const maximumLength = 1_000_000n;

/** sprig's random texts. */
export function randomFunctions(random: (length: number) => Uint8Array): FunctionMap {
  const from = (alphabet: string) => define(['int'], (count) => string(randomText(alphabet, count, random)));
  return {
    randAlphaNum: from(letters + digits),
    randAlpha: from(letters),
    randNumeric: from(digits),
    randAscii: from(printable),
    shuffle: define(['string'], (text) => string(shuffle(Array.from(text), random).join(''))),
  };
}

function randomText(alphabet: string, count: bigint, random: (length: number) => Uint8Array): string {
  if (count > maximumLength)
    throw new FunctionError(`random text is longer than ${maximumLength} characters`);
  let result = '';
  for (let i = 0n; i < count; i++) result += alphabet.charAt(below(alphabet.length, random));
  return result;
}

function shuffle(items: string[], random: (length: number) => Uint8Array): string[] {
  const result = [...items];
  for (let i = result.length - 1; i > 0; i--) {
    const j = below(i + 1, random);
    [result[i], result[j]] = [result[j] ?? '', result[i] ?? ''];
  }
  return result;
}

/** An unbiased whole number below `limit`. */
function below(limit: number, random: (length: number) => Uint8Array): number {
  const ceiling = Math.floor(2 ** 32 / limit) * limit;
  for (;;) {
    const value = Buffer.from(random(4)).readUInt32BE();
    if (value < ceiling) return value % limit;
  }
}
