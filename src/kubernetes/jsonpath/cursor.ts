/** A place in a text, which is read by the character. */
export interface Cursor {
  /** The next character, and behind it; '' at the end. */
  next(): string;
  /** The next character; '' at the end. */
  peek(): string;
  /** Before the character that `next` gave last. */
  backUp(): void;
  startsWith(prefix: string): boolean;
  skip(prefix: string): void;
  /** The text since this was last called. */
  consume(): string;
  /** Whether there is text that was not consumed. */
  hasPending(): boolean;
  /** The character two before the place: the one before a delimiter just read. */
  beforeLast(): string;
}

export function cursorOver(text: string): Cursor {
  let start = 0;
  let position = 0;
  let width = 0;
  const next = () => {
    const code = text.codePointAt(position);
    const character = code === undefined ? '' : String.fromCodePoint(code);
    width = character.length;
    position += width;
    return character;
  };
  const backUp = () => {
    position -= width;
  };
  return {
    next,
    backUp,
    peek() {
      const character = next();
      backUp();
      return character;
    },
    startsWith: (prefix) => text.startsWith(prefix, position),
    skip(prefix) {
      position += prefix.length;
    },
    consume() {
      const consumed = text.slice(start, position);
      start = position;
      return consumed;
    },
    hasPending: () => position > start,
    beforeLast: () => text.charAt(position - 2),
  };
}
