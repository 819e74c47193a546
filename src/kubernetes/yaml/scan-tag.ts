import { fromBytes } from '../../gotemplate/go-string.ts';
import { isBlank, isBlankOrEnd, isBreak, isBreakOrEnd, isWordCharacter } from './source.ts';
import type { Mark, Source } from './source.ts';
import { tokenOf } from './token.ts';
import type { Token } from './token.ts';
import { scannerFault } from './yaml-fault.ts';

/** `!!str`, `!local`, `!<tag:…>`. @throws {YamlFault} */
export function scanTag(source: Source): Token {
  const start = source.mark();
  let handle = '';
  let suffix = '';
  if (source.peek(1) === '<') {
    source.take(2);
    suffix = scanUri(source, '', start);
    if (source.peek() !== '>') throw scannerFault("did not find the expected '>'", source.mark(), start);
    source.take();
  } else {
    handle = scanHandle(source, false, start);
    if (handle.length > 1 && handle.endsWith('!')) suffix = scanUri(source, '', start);
    else {
      suffix = scanUri(source, handle, start);
      handle = '!';
      // A lone exclamation mark is the whole tag.
      if (suffix === '') [handle, suffix] = ['', '!'];
    }
  }
  if (!isBlankOrEnd(source.peek()))
    throw scannerFault('did not find expected whitespace or line break', source.mark(), start);
  return tokenOf('tag', start, source.mark(), { value: handle, suffix });
}

/** `%YAML 1.1`, `%TAG ! prefix`. @throws {YamlFault} */
export function scanDirective(source: Source): Token {
  const start = source.mark();
  source.take();
  const name = source.takeWhile(isWordCharacter);
  if (name === '') throw scannerFault('could not find expected directive name', source.mark(), start);
  if (!isBlankOrEnd(source.peek()))
    throw scannerFault('found unexpected non-alphabetical character', source.mark(), start);
  if (name !== 'YAML' && name !== 'TAG')
    throw scannerFault('found unknown directive name', source.mark(), start);
  const token = name === 'YAML' ? scanVersion(source, start) : scanTagPrefix(source, start);
  source.takeWhile(isBlank);
  if (source.peek() === '#') source.takeWhile((character) => !isBreak(character));
  if (!isBreakOrEnd(source.peek()))
    throw scannerFault('did not find expected comment or line break', source.mark(), start);
  source.takeBreak();
  return token;
}

function scanVersion(source: Source, start: Mark): Token {
  source.takeWhile(isBlank);
  const major = scanVersionNumber(source, start);
  if (source.peek() !== '.')
    throw scannerFault("did not find expected digit or '.' character", source.mark(), start);
  source.take();
  const minor = scanVersionNumber(source, start);
  return tokenOf('version directive', start, source.mark(), { value: `${major}.${minor}` });
}

function scanVersionNumber(source: Source, start: Mark): number {
  let digits = '';
  while (/^[0-9]$/.test(source.peek())) {
    if (digits.length === 2) throw scannerFault('found extremely long version number', source.mark(), start);
    digits += source.take();
  }
  if (digits === '') throw scannerFault('did not find expected version number', source.mark(), start);
  return Number(digits);
}

function scanTagPrefix(source: Source, start: Mark): Token {
  source.takeWhile(isBlank);
  const handle = scanHandle(source, true, start);
  if (!isBlank(source.peek())) throw scannerFault('did not find expected whitespace', source.mark(), start);
  source.takeWhile(isBlank);
  const prefix = scanUri(source, '', start);
  if (!isBlankOrEnd(source.peek()))
    throw scannerFault('did not find expected whitespace or line break', source.mark(), start);
  return tokenOf('tag directive', start, source.mark(), { value: handle, suffix: prefix });
}

function scanHandle(source: Source, isDirective: boolean, start: Mark): string {
  const missing = () => scannerFault("did not find expected '!'", source.mark(), start);
  if (source.peek() !== '!') throw missing();
  const handle = source.take() + source.takeWhile(isWordCharacter);
  if (source.peek() === '!') return handle + source.take();
  if (isDirective && handle !== '!') throw missing();
  return handle;
}

/** `head` is a handle that turned out to be the beginning of the tag. */
function scanUri(source: Source, head: string, start: Mark): string {
  let uri = head.slice(1);
  let isEmpty = head === '';
  while (/^[0-9A-Za-z_\-;/?:@&=+$,.!~*'()[\]%]$/.test(source.peek())) {
    uri += source.peek() === '%' ? scanEscapedCharacter(source, start) : source.take();
    isEmpty = false;
  }
  if (isEmpty) throw scannerFault('did not find expected tag URI', source.mark(), start);
  return uri;
}

/** `%C3%A9`: the bytes of one character. */
function scanEscapedCharacter(source: Source, start: Mark): string {
  const octets: number[] = [];
  let size = 1;
  while (octets.length < size) {
    const digits = source.peek(1) + source.peek(2);
    if (source.peek() !== '%' || !/^[0-9a-fA-F]{2}$/.test(digits))
      throw scannerFault('did not find URI escaped octet', source.mark(), start);
    const octet = parseInt(digits, 16);
    if (octets.length === 0) {
      size = sizeOf(octet);
      if (size === 0) throw scannerFault('found an incorrect leading UTF-8 octet', source.mark(), start);
    } else if ((octet & 0xc0) !== 0x80) {
      throw scannerFault('found an incorrect trailing UTF-8 octet', source.mark(), start);
    }
    octets.push(octet);
    source.take(3);
  }
  return fromBytes(Uint8Array.from(octets));
}

function sizeOf(octet: number): number {
  if ((octet & 0x80) === 0) return 1;
  if ((octet & 0xe0) === 0xc0) return 2;
  if ((octet & 0xf0) === 0xe0) return 3;
  return (octet & 0xf8) === 0xf0 ? 4 : 0;
}
