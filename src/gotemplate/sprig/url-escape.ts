import { FunctionError } from '../function.ts';
import { fromBytes, toBytes } from '../go-string.ts';
import { quote } from '../quote.ts';

/** The part of a URL that a text is: each leaves other characters as they are. */
export type UrlPart = 'path' | 'host' | 'zone' | 'user' | 'fragment';

/** What needs no escape in each part, besides letters, digits and `-_.~`. */
const plain: Readonly<Record<UrlPart, string>> = {
  path: '$&+,/:;=@',
  host: '!"$&\'()*+,:;<=>[]',
  zone: '!"$&\'()*+,:;<=>[]',
  user: '$&+,;=',
  fragment: '!$&()*+,/:;=?@',
};

/** Go's `net/url` escaping: `%` and two capital hexadecimal digits for each byte. */
export function escapeUrl(text: string, part: UrlPart): string {
  let result = '';
  for (const byte of toBytes(text)) {
    const char = String.fromCharCode(byte);
    result += needsEscape(char, part) ? `%${byte.toString(16).toUpperCase().padStart(2, '0')}` : char;
  }
  return result;
}

/**
 * The reverse, with the checks that Go makes.
 * @throws {FunctionError} with Go's text.
 */
export function unescapeUrl(text: string, part: UrlPart): string {
  const isHost = part === 'host' || part === 'zone';
  const bytes = Buffer.from(toBytes(text));
  const result: number[] = [];
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes.readUInt8(i);
    const char = String.fromCharCode(byte);
    if (char === '%') {
      const escape = bytes.toString('latin1', i, i + 3);
      const value = Number.parseInt(escape.slice(1), 16);
      if (!/^%[0-9a-fA-F]{2}$/.test(escape) || !isAllowed(escape, value, part))
        throw new FunctionError(`invalid URL escape ${quote(fromBytes(bytes.subarray(i, i + 3)))}`);
      result.push(value);
      i += 2;
    } else {
      if (isHost && byte < 0x80 && needsEscape(char, part))
        throw new FunctionError(`invalid character ${quote(char)} in host name`);
      result.push(byte);
    }
  }
  return fromBytes(Uint8Array.from(result));
}

function needsEscape(char: string, part: UrlPart): boolean {
  return !/[A-Za-z0-9_.~-]/.test(char) && !plain[part].includes(char);
}

/** Hosts may have escaped what is not ASCII; their zones also spaces and what a host may have. */
function isAllowed(escape: string, value: number, part: UrlPart): boolean {
  if (escape === '%25') return true;
  if (part === 'host') return value >= 0x80;
  const char = String.fromCharCode(value);
  return part !== 'zone' || char === ' ' || !needsEscape(char, 'host');
}
