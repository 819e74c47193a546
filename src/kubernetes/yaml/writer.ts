/** A text that grows, and how far the writing has come in its last line. */
export interface Writer {
  /** In characters, from 0. */
  column(): number;
  write(character: string): void;
  /** '\n', or another break, which stands as it is. */
  writeBreak(character: string): void;
  /** Goes to a column, in a new line unless there is nothing but indentation in this one. */
  indent(column: number): void;
  /** A sign of YAML's own. With `keepsIndention` what follows can begin in the same line. */
  indicator(sign: string, options: { needsBlank?: boolean; keepsIndention?: boolean }): void;
  /** What follows stands apart from a blank, or from indentation. */
  setState(state: { isBehindBlank?: boolean; isIndention?: boolean }): void;
  isBehindBlank(): boolean;
  text(): string;
}

export function createWriter(): Writer {
  const parts: string[] = [];
  let column = 0;
  let isBehindBlank = true;
  let isIndention = true;
  const write = (character: string) => {
    parts.push(character);
    column += 1;
  };
  const writeBreak = (character: string) => {
    parts.push(character);
    column = 0;
  };
  return {
    column: () => column,
    write,
    writeBreak,
    indent(target) {
      if (!isIndention || column > target || (column === target && !isBehindBlank)) writeBreak('\n');
      while (column < target) write(' ');
      isBehindBlank = true;
      isIndention = true;
    },
    indicator(sign, { needsBlank = false, keepsIndention = false }) {
      if (needsBlank && !isBehindBlank) write(' ');
      for (const character of sign) write(character);
      isBehindBlank = false;
      isIndention = isIndention && keepsIndention;
    },
    setState(state) {
      isBehindBlank = state.isBehindBlank ?? isBehindBlank;
      isIndention = state.isIndention ?? isIndention;
    },
    isBehindBlank: () => isBehindBlank,
    text: () => parts.join(''),
  };
}
