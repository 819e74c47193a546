/** As many lines as Kanister shows. */
const LINES = 10;
/** Characters of one line: the tail stands in a status that everybody reads. */
const LINE_LENGTH = 1_024;

export interface LastLines {
  add: (line: string) => void;
  /** The last ten lines that are not blank, trimmed. */
  readonly lines: readonly string[];
}

export function createLastLines(): LastLines {
  const lines: string[] = [];
  return {
    lines,
    add(line) {
      const text = line.trim();
      if (text === '') return;
      lines.push(text.length > LINE_LENGTH ? `${text.slice(0, LINE_LENGTH)}…` : text);
      if (lines.length > LINES) lines.shift();
    },
  };
}
