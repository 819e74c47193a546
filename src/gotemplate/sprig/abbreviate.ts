import { byteLength, fromBytes, sliceBytes, toBytes } from '../go-string.ts';
import { isSpace } from '../unicode.ts';

const marker = '...';

/** Shortens to `width` bytes with ellipses; `offset` is a place that stays visible. */
export function abbreviate(text: string, offset: number, width: number): string {
  const size = byteLength(text);
  if (size <= width) return text;
  let left = Math.min(offset, size);
  if (size - left < width - marker.length) left = size - (width - marker.length);
  if (left <= 4) return sliceBytes(text, 0, width - marker.length) + marker;
  if (width < 7) return '';
  if (left + width - marker.length < size) {
    const rest = sliceBytes(text, left, size);
    return marker + (width - marker.length < 4 ? '' : abbreviate(rest, 0, width - marker.length));
  }
  return marker + sliceBytes(text, size - (width - marker.length), size);
}

/** The first byte of each word, taken for a character. */
export function initials(text: string): string {
  let result = '';
  let afterGap = true;
  for (const byte of toBytes(text)) {
    const char = String.fromCharCode(byte);
    if (isSpace(char)) afterGap = true;
    else if (afterGap) {
      result += char;
      afterGap = false;
    }
  }
  return result;
}

/** Wraps one line at spaces after at most `columns` bytes; `breakWords` cuts words that are longer. */
export function wrap(text: string, columns: bigint, separator: string, breakWords: boolean): string {
  const bytes = Buffer.from(toBytes(text)).toString('latin1');
  const width = columns < 1n ? 1 : Number(columns);
  let result = '';
  let offset = 0;
  const take = (end: number, next: number) => {
    result += bytes.slice(offset, end) + Buffer.from(toBytes(separator)).toString('latin1');
    offset = next;
  };
  while (bytes.length - offset > width) {
    if (bytes.charAt(offset) === ' ') {
      offset++;
      continue;
    }
    const space = bytes.slice(offset, offset + width + 1).lastIndexOf(' ') + offset;
    if (space >= offset) take(space, space + 1);
    else if (breakWords) take(offset + width, offset + width);
    else {
      const end = bytes.indexOf(' ', offset + width);
      if (end < 0) break;
      take(end, end + 1);
    }
  }
  return fromBytes(Buffer.from(result + bytes.slice(offset), 'latin1'));
}
