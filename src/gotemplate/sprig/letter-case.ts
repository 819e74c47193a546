import { isLower, isSpace, isUpper, toLower, toTitle, toUpper } from '../unicode.ts';

/** Lower-cases the first letter of every word. */
export function untitle(text: string): string {
  let afterSpace = true;
  return Array.from(text.toWellFormed())
    .map((char) => {
      const starts = afterSpace && !isSpace(char);
      afterSpace = isSpace(char);
      return starts ? toLower(char) : char;
    })
    .join('');
}

/** Swaps cases; a lower-case letter at the start of a word becomes title case. */
export function swapCase(text: string): string {
  let afterSpace = true;
  return Array.from(text.toWellFormed())
    .map((char) => {
      const starts = afterSpace;
      const isTitle = /^\p{Lt}$/u.test(char);
      if (!isUpper(char) && !isTitle && !isLower(char)) {
        afterSpace = isSpace(char);
        return char;
      }
      afterSpace = false;
      if (!isLower(char)) return toLower(char);
      return starts ? toTitle(char) : toUpper(char);
    })
    .join('');
}

/** `some_words` to `SomeWords`, as xstrings did until 1.4: connectors at the start stay, and so do doubled ones less one. */
export function camelCase(text: string): string {
  const chars = Array.from(text.toWellFormed());
  const start = chars.findIndex((char) => !isConnector(char));
  // Quirk: a text of connectors only gets its last one twice.
  if (start < 0) return text + (chars.at(-1) ?? '');
  let result = chars.slice(0, start).join('');
  let pending = toUpper(chars[start] ?? '');
  for (const char of chars.slice(start + 1)) {
    const afterConnector = isConnector(pending);
    if (isConnector(char) && afterConnector) {
      result += pending;
      pending = char;
    } else if (afterConnector) {
      pending = toUpper(char);
    } else {
      result += pending;
      pending = char;
    }
  }
  return result + pending;
}

type WordKind = 'number' | 'upper' | 'alphabet' | 'connector' | 'punctuation' | 'other' | 'end';

interface Word {
  kind: WordKind;
  text: string;
}

/** `FirstName` to `first_name`, `HTTPServer` to `http_server`, `http2xx` to `http_2xx`: words in lower case around a connector. */
export function joinWords(text: string, connector: string): string {
  const words = splitWords(text);
  let at = 0;
  let result = '';
  const next = (): Word => words[at++] ?? { kind: 'end', text: '' };
  const write = (word: Word) => (result += inLowerCase(word, connector));
  let word = next();
  while (at < words.length) {
    if (word.kind !== 'connector') write(word);
    const previous = word;
    word = next();
    switch (previous.kind) {
      case 'number':
        while (word.kind === 'alphabet' || word.kind === 'number') {
          write(word);
          word = next();
        }
        if (word.kind !== 'end' && word.kind !== 'punctuation' && word.kind !== 'connector')
          result += connector;
        break;
      case 'connector':
        write(previous);
        break;
      case 'punctuation':
        break;
      default: {
        if (word.kind !== 'number') {
          if (word.kind !== 'connector' && word.kind !== 'punctuation') result += connector;
          break;
        }
        if (at >= words.length) break;
        const digits = word;
        word = next();
        if (word.kind !== 'alphabet') {
          // The number belongs to the word before it: Bld4Floor is bld4_floor.
          write(digits);
          if (word.kind !== 'connector' && word.kind !== 'punctuation') result += connector;
          break;
        }
        result += connector;
        write(digits);
        while (word.kind === 'alphabet' || word.kind === 'number') {
          write(word);
          word = next();
        }
        if (word.kind !== 'end' && word.kind !== 'connector' && word.kind !== 'punctuation')
          result += connector;
      }
    }
  }
  write(word);
  return result;
}

/** A byte that is no character belongs to the character after it, or to the last word. */
const clusters = /[\udc80-\udcff\ufffd]*(?:[^\udc80-\udcff\ufffd]|$)/gu;

function splitWords(text: string): Word[] {
  const words: Word[] = [];
  const chars = (text.match(clusters) ?? []).filter((cluster) => cluster !== '');
  const kinds: WordKind[] = [];
  for (const cluster of chars) {
    const last = Array.from(cluster).at(-1) ?? '';
    kinds.push(/[\udc80-\udcff\ufffd]/u.test(last) ? (kinds.at(-1) ?? 'other') : kindOf(last));
  }
  const runFrom = (start: number, kind: WordKind): number => {
    // Quirk: connectors are punctuation, too, once a run of it has begun.
    const belongs = (i: number) =>
      kinds[i] === kind || (kind === 'punctuation' && /\p{P}$/u.test(chars[i] ?? ''));
    let end = start;
    while (end < chars.length && belongs(end)) end++;
    return end;
  };
  for (let at = 0; at < chars.length;) {
    const kind = kinds[at] ?? 'other';
    let end = runFrom(at + 1, kind);
    if (kind === 'upper') {
      const followed = kinds[end] === 'alphabet';
      // HTTPStatus is HTTP and Status: the last capital belongs to the letters after it.
      if (end - at > 1 && followed) end--;
      else if (followed) end = runFrom(end, 'alphabet');
    }
    words.push({ kind, text: chars.slice(at, end).join('') });
    at = end;
  }
  return words;
}

function kindOf(char: string): WordKind {
  if (isConnector(char)) return 'connector';
  if (/^\p{P}$/u.test(char)) return 'punctuation';
  if (isUpper(char)) return 'upper';
  if (/^\p{L}$/u.test(char) && !/^[\u4e00-\u9fcc\u3400-\u4d85\u{20000}-\u{2b81d}]$/u.test(char))
    return 'alphabet';
  return /^\p{N}$/u.test(char) ? 'number' : 'other';
}

function inLowerCase(word: Word, connector: string): string {
  if (word.kind !== 'upper' && word.kind !== 'connector') return word.text;
  return Array.from(word.text)
    .map((char) => (isConnector(char) ? connector : toLower(char)))
    .join('');
}

function isConnector(char: string): boolean {
  return char === '-' || char === '_' || isSpace(char);
}
