import type { SecretIndex, SecretSpan } from './secret-index.ts';

/** Masks the lines of one stream, given in their order. */
export type LineMask = (line: string) => string;

/** Another stream's lines may stand between two that belong together. */
const LINES_BETWEEN = 3;
/** Beginnings of values that are remembered, and characters of one. */
const MOST_OPEN = 8;
const LONGEST_OPEN = 64 * 1024;
/** From here on the beginning of a value at a line's end is hidden by `find`, as the value was cut off. */
const HIDDEN_AT_END = 8;
const SHORTEST_HIDDEN = 4;

/**
 * Lines are told at once, and none is held back: what may be the beginning of a value at the end of one is remembered, and what goes on with it in the next
 * ones is hidden. At most seven characters of a value stay, less than half of it, where it is broken so early that they could be the beginning
 * of anything. It remembers 512 KiB at most, however much a stream has.
 */
export function createLineMask(
  find: (line: string) => SecretSpan[],
  index: () => SecretIndex,
  hide: (line: string, spans: SecretSpan[]) => string,
): LineMask {
  let open: { text: string; age: number }[] = [];

  return (line) => {
    const spans = find(line);
    const head = line.length - line.trimStart().length;
    const content = line.trim();
    const stillOpen: typeof open = [];
    for (const { text, age } of open) {
      const joined = text + content;
      const found = index().atStart(joined);
      if (found === undefined || found.length <= text.length) {
        if (age < LINES_BETWEEN) stillOpen.push({ text, age: age + 1 });
        continue;
      }
      spans.push({ from: head, to: head + found.length - text.length, source: found.source });
      if (found.isCut && joined.length <= LONGEST_OPEN) stillOpen.push({ text: joined, age: 0 });
    }
    for (const { from, whole } of index().openEnds(content)) {
      const text = content.slice(from);
      if (text.length <= LONGEST_OPEN) stillOpen.push({ text, age: 0 });
      const isTelling = text.length >= SHORTEST_HIDDEN && text.length * 2 >= whole;
      if (isTelling || text.length >= HIDDEN_AT_END)
        spans.push({ from: head + from, to: head + content.length, source: '' });
    }
    open = stillOpen.slice(-MOST_OPEN);
    return hide(line, spans);
  };
}
