import { FunctionError } from '../function.ts';
import { sliceBytes } from '../go-string.ts';
import { quote } from '../quote.ts';

export interface IpAddress {
  /** 4 or 16 of them. */
  bytes: Uint8Array;
  /** Of a scoped IPv6 address: `eth0`; empty without one. */
  zone: string;
}

/**
 * Go's `netip.ParseAddr`.
 * @throws {FunctionError} with Go's text.
 */
export function parseIpAddress(text: string): IpAddress {
  const refuse = (message: string, at = ''): never => {
    throw new FunctionError(`ParseAddr(${quote(text)}): ${message}${at === '' ? '' : ` (at ${quote(at)})`}`);
  };
  const first = /[.:%]/.exec(text)?.[0];
  if (first === '.') return { bytes: parseIpv4(text, refuse), zone: '' };
  if (first === ':') return parseIpv6(text, refuse);
  return refuse(first === '%' ? 'missing IPv6 address' : 'unable to parse IP');
}

/** An address without abbreviation: `10.0.0.1`, `2001:db8:0:0:0:0:0:1`; an IPv4 address within an IPv6 one is what it contains. */
export function plainNotation({ bytes }: IpAddress): string {
  const view = Buffer.from(bytes);
  const isMapped = bytes.length === 16 && view.toString('hex').startsWith('00000000000000000000ffff');
  if (bytes.length === 4 || isMapped) return view.subarray(-4).join('.');
  return Array.from({ length: 8 }, (_, i) => view.readUInt16BE(i * 2).toString(16)).join(':');
}

type Refuse = (message: string, at?: string) => never;

function parseIpv4(text: string, refuse: Refuse): Uint8Array {
  const fields: number[] = [];
  let field = '';
  for (let i = 0; i < text.length; i++) {
    const char = text.charAt(i);
    if (/[0-9]/.test(char)) {
      if (field === '0') refuse('IPv4 field has octet with leading zero');
      field += char;
      if (Number(field) > 255) refuse('IPv4 field has value >255');
    } else if (char === '.') {
      if (field === '' || i === text.length - 1)
        refuse('IPv4 field must have at least one digit', text.slice(i));
      if (fields.length === 3) refuse('IPv4 address too long');
      fields.push(Number(field));
      field = '';
    } else {
      refuse('unexpected character', text.slice(i));
    }
  }
  if (fields.length < 3) refuse('IPv4 address too short');
  return Uint8Array.from([...fields, Number(field)]);
}

function parseIpv6(text: string, refuse: Refuse): IpAddress {
  const percent = text.indexOf('%');
  const zone = percent < 0 ? '' : text.slice(percent + 1);
  if (percent >= 0 && zone === '') refuse('zone must be a non-empty string');
  let rest = percent < 0 ? text : text.slice(0, percent);
  const bytes: number[] = [];
  let ellipsis: number | undefined;
  if (rest.startsWith('::')) {
    ellipsis = 0;
    rest = rest.slice(2);
    if (rest === '') return { bytes: new Uint8Array(16), zone };
  }
  while (bytes.length < 16) {
    const digits = /^[0-9a-fA-F]*/.exec(rest)?.[0] ?? '';
    if (digits.length > 4) refuse('each group must have 4 or less digits', rest);
    if (digits === '') refuse('each colon-separated field must have at least one digit', rest);
    if (rest.charAt(digits.length) === '.') {
      if (ellipsis === undefined && bytes.length !== 12)
        refuse('embedded IPv4 address must replace the final 2 fields of the address', rest);
      if (bytes.length > 12)
        refuse('too many hex fields to fit an embedded IPv4 at the end of the address', rest);
      bytes.push(...parseIpv4(rest, refuse));
      rest = '';
      break;
    }
    const value = Number.parseInt(digits, 16);
    bytes.push(value >> 8, value & 0xff);
    rest = rest.slice(digits.length);
    if (rest === '') break;
    if (!rest.startsWith(':')) refuse('unexpected character, want colon', rest);
    if (sliceBytes(rest, 1, 2) === '') refuse('colon must be followed by more characters', rest);
    rest = rest.slice(1);
    if (!rest.startsWith(':')) continue;
    if (ellipsis !== undefined) refuse('multiple :: in address', rest);
    ellipsis = bytes.length;
    rest = rest.slice(1);
    if (rest === '') break;
  }
  if (rest !== '') refuse('trailing garbage after address', rest);
  if (bytes.length < 16 && ellipsis === undefined) refuse('address string too short');
  if (bytes.length === 16 && ellipsis !== undefined)
    refuse('the :: must expand to at least one field of zeros');
  if (ellipsis !== undefined)
    bytes.splice(ellipsis, 0, ...Array.from({ length: 16 - bytes.length }, () => 0));
  return { bytes: Uint8Array.from(bytes), zone };
}
