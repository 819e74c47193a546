import type { SecretIndex, SecretSpan } from './secret-index.ts';
import { readingsOf, unquotedForms, type TextReading } from './text-reading.ts';

/** Masks the lines of one stream, given in their order. */
export type LineMask = (line: string) => string;

/** What of a mask is needed for that. */
export interface LineMaskOptions {
  find(line: string, readings: TextReading[]): SecretSpan[];
  index(): SecretIndex;
  hide(line: string, spans: SecretSpan[]): string;
}

/** Another stream's lines may stand between two that belong together. */
const LINES_BETWEEN = 3;
/** Beginnings of values that are remembered, and characters of one. */
const MOST_OPEN = 8;
const LONGEST_OPEN = 64 * 1024;
/** A shorter beginning of a value is told, if there is more of the value to come than it. */
const SHORTEST_HIDDEN = 4;
const ALWAYS_HIDDEN = 8;

/** The beginning of a value at the end of a line, or of several. */
interface OpenValue {
  text: string;
  age: number;
}

/**
 * Lines are told at once, and none is held back: what may be the beginning of a value at the end of one is remembered, and what goes on with
 * it in the next ones is hidden. At most seven characters of a value stay, less than half of it, where it is broken so early that they
 * could be the beginning of anything. It remembers 512 KiB at most, however much a stream has.
 */
export function createLineMask({ find, index, hide }: LineMaskOptions): LineMask {
  let open: OpenValue[] = [];

  return (line) => {
    const readings = readingsOf(line);
    const spans = find(line, readings);
    const whole = contentOf(line);
    const next = new Map<string, number>();
    for (const reading of [whole, ...readings]) {
      for (const span of continued(index(), open, reading, next)) spans.push(span);
      for (const span of begun(index(), reading, next)) spans.push(span);
    }
    for (const { text, age } of open) if (age < LINES_BETWEEN && !next.has(text)) next.set(text, age + 1);
    open = [...next].map(([text, age]) => ({ text, age })).slice(0, MOST_OPEN);
    return hide(line, spans);
  };
}

/** The line without its indentation, which is no part of what is broken over lines. */
function contentOf(line: string): TextReading {
  const indentation = line.length - line.trimStart().length;
  return {
    text: line.trim(),
    locate: (from, to) => ({ from: indentation + from, to: indentation + to }),
  };
}

/** What goes on at the beginning of this line. */
function continued(
  index: SecretIndex,
  open: OpenValue[],
  { text: content, locate }: TextReading,
  next: Map<string, number>,
): SecretSpan[] {
  return open.flatMap(({ text }) => {
    const joined = text + content;
    const found = index.atStart(joined);
    if (found === undefined || found.length <= text.length) return [];
    if (found.isCut && joined.length <= LONGEST_OPEN) next.set(joined, 0);
    return [{ ...locate(0, found.length - text.length), source: found.source }];
  });
}

/** What begins at the end of this line. */
function begun(
  index: SecretIndex,
  { text: content, locate }: TextReading,
  next: Map<string, number>,
): SecretSpan[] {
  return index.openEnds(content).flatMap(({ from, whole, source }) => {
    const text = content.slice(from);
    // The next line may be quoted, though this one has nothing to quote.
    for (const form of [text, ...unquotedForms(text)]) {
      if (form !== '' && form.length <= LONGEST_OPEN) next.set(form, 0);
    }
    const isTelling = text.length >= ALWAYS_HIDDEN || text.length * 2 >= whole;
    if (!isTelling || text.length < SHORTEST_HIDDEN) return [];
    return [{ ...locate(from, content.length), source }];
  });
}
