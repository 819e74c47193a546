import { fromBytes, toBytes } from '../go-string.ts';

/**
 * Go searches bytes. For valid text that is the same as searching characters; where what is looked for has bytes that are no
 * characters by themselves, both texts come back with one character for each byte.
 */
export function bytewise(text: string, wanted: string): [text: string, wanted: string] {
  return wanted.isWellFormed() ? [text, wanted] : [byteText(text), byteText(wanted)];
}

/** A part of a text as `bytewise` gave it, turned back. */
export function restored(part: string, isBytes: boolean): string {
  return isBytes ? fromBytes(Buffer.from(part, 'latin1')) : part;
}

function byteText(text: string): string {
  return Buffer.from(toBytes(text)).toString('latin1');
}
