/** Characters; a longer line is handed on in pieces, so that memory does not grow with it. */
const LONGEST_PIECE = 64 * 1024;

export interface TextLines {
  write(chunk: Uint8Array): void;
  /** Hands on the last line, which needs no line end. */
  end(): void;
}

/** Cuts UTF-8 text into lines without their ends, whatever the chunks in which it comes. Empty lines are left out. */
export function createTextLines(take: (line: string) => void): TextLines {
  const decoder = new TextDecoder();
  let pending = '';

  const hand = (line: string) => {
    const text = line.endsWith('\r') ? line.slice(0, -1) : line;
    if (text !== '') take(text);
  };
  const add = (text: string) => {
    const lines = (pending + text).split('\n');
    pending = lines.pop() ?? '';
    lines.forEach(hand);
    while (pending.length > LONGEST_PIECE) {
      hand(pending.slice(0, LONGEST_PIECE));
      pending = pending.slice(LONGEST_PIECE);
    }
  };
  return {
    write: (chunk) => add(decoder.decode(chunk, { stream: true })),
    end() {
      add(decoder.decode());
      hand(pending);
      pending = '';
    },
  };
}
