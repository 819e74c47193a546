import { define } from '../function.ts';
import type { FunctionMap } from '../function.ts';
import { fromBytes, toBytes } from '../go-string.ts';
import { string } from '../value.ts';

/** sprig's base64 and base32. What can't be decoded gives the error's text as the result. */
export const encodingFunctions: FunctionMap = {
  b64enc: define(['string'], (text) => string(Buffer.from(toBytes(text)).toString('base64'))),
  b64dec: define(['string'], (text) => string(base64Text(text))),
  b32enc: define(['string'], (text) => string(encodeBase32(toBytes(text)))),
  b32dec: define(['string'], (text) => string(base32Text(text))),
};

const base64Alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const base32Alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const padding = 0x3d;

/** Go's standard base64, decoded; undefined when malformed. */
export function decodeBase64(text: string): Uint8Array | undefined {
  return faultInBase64(toBytes(text)) === undefined ? Buffer.from(text, 'base64') : undefined;
}

function base64Text(text: string): string {
  const fault = faultInBase64(toBytes(text));
  return fault === undefined
    ? fromBytes(Buffer.from(text, 'base64'))
    : `illegal base64 data at input byte ${fault}`;
}

/** Where Go finds base64 malformed: it needs padding, and allows line ends anywhere. */
export function faultInBase64(input: Uint8Array): number | undefined {
  const significant = [...input.entries()].filter(([, byte]) => !isLineEnd(byte));
  const firstBad = significant.findIndex(([, byte]) => !isIn(base64Alphabet, byte));
  if (firstBad < 0) {
    const rest = significant.length % 4;
    return rest === 0 ? undefined : input.length - rest;
  }
  const [offset, byte] = significant[firstBad] ?? [0, 0];
  const place = firstBad % 4;
  if (byte !== padding || place < 2) return offset;
  let end = firstBad + 1;
  if (place === 2) {
    const second = significant[end];
    if (second === undefined) return input.length;
    if (second[1] !== padding) return second[0] - 1;
    end++;
  }
  return significant[end]?.[0];
}

function base32Text(text: string): string {
  const input = toBytes(text).filter((byte) => !isLineEnd(byte));
  const decoded: number[] = [];
  for (let at = 0; at < input.length; at += 8) {
    const group = input.subarray(at, at + 8);
    const count = group.findIndex((byte) => !isIn(base32Alphabet, byte));
    const kept = count < 0 ? group.length : count;
    const isLastGroup = input.length - at - kept - 1 < 8;
    const isPadded = kept < group.length && group[kept] === padding && kept >= 2 && isLastGroup;
    if (kept < group.length && !isPadded) return illegalBase32(at + kept);
    if (!isPadded && kept < 8) return illegalBase32(at);
    const fault = isPadded ? faultInPadding(input, at, kept) : undefined;
    if (fault !== undefined) return illegalBase32(fault);
    decoded.push(...bytesOfGroup(group.subarray(0, kept)));
    if (isPadded) break;
  }
  return fromBytes(Uint8Array.from(decoded));
}

function illegalBase32(offset: number): string {
  return `illegal base32 data at input byte ${offset}`;
}

/** Only 1, 3, 4 and 6 paddings make whole bytes. What follows a complete group is not looked at, as in Go. */
function faultInPadding(input: Uint8Array, at: number, kept: number): number | undefined {
  const group = input.subarray(at, at + 8);
  if (group.length < 8) return input.length;
  const wrong = group.findIndex((byte, i) => i > kept && byte !== padding);
  if (wrong >= 0) return at + wrong - 1;
  return kept === 3 || kept === 6 ? at + kept : undefined;
}

function bytesOfGroup(group: Uint8Array): number[] {
  const bits = group.reduce(
    (sum, byte) => (sum << 5n) | BigInt(base32Alphabet.indexOf(String.fromCharCode(byte))),
    0n,
  );
  const count = Math.trunc((group.length * 5) / 8);
  const spare = BigInt(group.length * 5 - count * 8);
  return Array.from({ length: count }, (_, i) =>
    Number((bits >> (spare + BigInt(8 * (count - 1 - i)))) & 0xffn),
  );
}

function isLineEnd(byte: number): boolean {
  return byte === 10 || byte === 13;
}

function isIn(alphabet: string, byte: number): boolean {
  return alphabet.includes(String.fromCharCode(byte));
}

function encodeBase32(bytes: Uint8Array): string {
  let result = '';
  for (let at = 0; at < bytes.length; at += 5) {
    const group = bytes.subarray(at, at + 5);
    const bits =
      group.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n) << BigInt(8 * (5 - group.length));
    const chars = Math.ceil((group.length * 8) / 5);
    for (let i = 0; i < 8; i++) {
      result += i < chars ? base32Alphabet.charAt(Number((bits >> BigInt(35 - 5 * i)) & 31n)) : '=';
    }
  }
  return result;
}
