import { byteLength } from './go-string.ts';
import { quote } from './quote.ts';
import { isDigit, isLetter, isPrint } from './unicode.ts';

const keywords = [
  'block',
  'break',
  'continue',
  'define',
  'else',
  'end',
  'if',
  'nil',
  'range',
  'template',
  'with',
] as const;

type Keyword = (typeof keywords)[number];

export type TokenKind =
  | Keyword
  | 'error'
  | 'bool'
  | 'char'
  | 'charConstant'
  | 'complex'
  | 'assign'
  | 'declare'
  | 'dot'
  | 'eof'
  | 'field'
  | 'identifier'
  | 'leftDelim'
  | 'leftParen'
  | 'number'
  | 'pipe'
  | 'rawString'
  | 'rightDelim'
  | 'rightParen'
  | 'space'
  | 'string'
  | 'text'
  | 'variable';

export interface Token {
  kind: TokenKind;
  /** Offset in UTF-16 units. */
  position: number;
  /** The text itself; for an error, what is wrong. */
  text: string;
  line: number;
}

/**
 * Splits a template into tokens, by the rules of Go's text/template with its default delimiters. The last token is `eof` or
 * `error`. Spaces between operands are tokens, because they separate `$x .y` from `$x.y`; comments are not.
 */
export function lex(text: string): Token[] {
  const lexer = new Lexer(text);
  lexer.run();
  return lexer.tokens;
}

/** How a token is named in an error. */
export function describeToken(token: Token): string {
  if (token.kind === 'eof') return 'EOF';
  if (token.kind === 'error') return token.text;
  if (token.kind === 'dot' || isKeyword(token.kind)) return `<${token.text}>`;
  if (byteLength(token.text) > 10) return `${quote(Array.from(token.text).slice(0, 10).join(''))}...`;
  return quote(token.text);
}

function isKeyword(word: string): word is Keyword {
  return (keywords as readonly string[]).includes(word);
}

const spaces = ' \t\r\n';
const number =
  /[+-]?(?:0[xX][0-9a-fA-F_]*(?:\.[0-9a-fA-F_]*)?(?:[pP][+-]?[0-9_]*)?|0[oO][0-7_]*(?:\.[0-7_]*)?|0[bB][01_]*(?:\.[01_]*)?|[0-9_]*(?:\.[0-9_]*)?(?:[eE][+-]?[0-9_]*)?)i?/y;

class Lexer {
  readonly tokens: Token[] = [];
  private readonly text: string;
  private position = 0;
  private start = 0;
  private line = 1;
  private lineCountedTo = 0;
  private parenthesisDepth = 0;
  private failed = false;

  constructor(text: string) {
    this.text = text;
  }

  run(): void {
    while (!this.failed && this.lexText()) {
      if (!this.lexLeftDelim()) continue;
      while (!this.failed && this.lexInsideAction());
    }
    if (!this.failed) this.emit('eof');
  }

  /** Up to the next action; false at the end of the template. */
  private lexText(): boolean {
    const next = this.text.indexOf('{{', this.position);
    const end = next < 0 ? this.text.length : next;
    let kept = end;
    if (next >= 0 && this.hasLeftTrimMarker(next + 2)) {
      while (kept > this.position && spaces.includes(this.text.charAt(kept - 1))) kept--;
    }
    if (kept > this.position) {
      this.position = kept;
      this.emit('text');
    }
    this.skipTo(end);
    return next >= 0;
  }

  /** The left delimiter; false when a comment was there instead. */
  private lexLeftDelim(): boolean {
    const markerEnd = this.position + 2 + (this.hasLeftTrimMarker(this.position + 2) ? 2 : 0);
    if (this.text.startsWith('/*', markerEnd)) {
      this.skipTo(markerEnd);
      this.lexComment();
      return false;
    }
    this.position += 2;
    this.emit('leftDelim');
    this.skipTo(markerEnd);
    this.parenthesisDepth = 0;
    return true;
  }

  private lexComment(): void {
    const end = this.text.indexOf('*/', this.position + 2);
    if (end < 0) return this.fail('unclosed comment');
    this.position = end + 2;
    const delimiter = this.rightDelimiter(this.position);
    if (delimiter === undefined) return this.fail('comment ends before closing delimiter');
    this.skipTo(this.position + delimiter.length);
    if (delimiter.trims) this.skipSpaces();
  }

  /** One token of an action; false after its right delimiter. */
  private lexInsideAction(): boolean {
    const delimiter = this.rightDelimiter(this.position);
    if (delimiter !== undefined) {
      if (this.parenthesisDepth > 0) return this.failInside('unclosed left paren');
      this.skipTo(this.position + delimiter.length - 2);
      this.position += 2;
      this.emit('rightDelim');
      if (delimiter.trims) this.skipSpaces();
      return false;
    }
    const char = this.charAt(this.position);
    if (char === '') return this.failInside('unclosed action');
    if (spaces.includes(char)) return this.lexSpace();
    switch (char) {
      case '=':
        return this.take(1, 'assign');
      case ':':
        if (this.text.charAt(this.position + 1) !== '=') return this.failInside('expected :=');
        return this.take(2, 'declare');
      case '|':
        return this.take(1, 'pipe');
      case '"':
        return this.lexQuoted('"', 'string', 'unterminated quoted string');
      case "'":
        return this.lexQuoted("'", 'charConstant', 'unterminated character constant');
      case '`':
        return this.lexRawString();
      case '$':
        return this.lexName(1, 'variable');
      case '(':
        this.parenthesisDepth++;
        return this.take(1, 'leftParen');
      case ')':
        if (--this.parenthesisDepth < 0) return this.failInside('unexpected right paren');
        return this.take(1, 'rightParen');
    }
    if (
      char === '.' &&
      !/^[0-9]/.test(this.text.charAt(this.position + 1)) &&
      this.position + 1 < this.text.length
    ) {
      return this.lexName(1, 'field');
    }
    if (/^[.+\-0-9]/.test(char)) return this.lexNumber();
    if (isAlphanumeric(char)) return this.lexName(0, 'identifier');
    const code = char.codePointAt(0) ?? 0;
    if (code < 0x80 && isPrint(code)) return this.take(1, 'char');
    return this.failInside(`unrecognized character in action: ${unicodeName(char)}`);
  }

  private lexSpace(): boolean {
    let end = this.position;
    while (end < this.text.length && spaces.includes(this.text.charAt(end))) end++;
    // The last space may belong to a trim marker.
    if (this.rightDelimiter(end - 1)?.trims === true) end--;
    return end === this.position || this.take(end - this.position, 'space');
  }

  private lexQuoted(delimiter: string, kind: TokenKind, unterminated: string): boolean {
    for (let at = this.position + 1; ; at++) {
      const char = this.text.charAt(at);
      if (char === delimiter) return this.take(at + 1 - this.position, kind);
      const escaped = char === '\\' ? this.text.charAt(++at) : char;
      if (char === '' || escaped === '' || escaped === '\n') return this.failInside(unterminated);
    }
  }

  private lexRawString(): boolean {
    const end = this.text.indexOf('`', this.position + 1);
    if (end < 0) return this.failInside('unterminated raw quoted string');
    return this.take(end + 1 - this.position, 'rawString');
  }

  private lexName(sigilLength: number, kind: 'identifier' | 'field' | 'variable'): boolean {
    let end = this.position + sigilLength;
    if (sigilLength > 0 && this.isTerminator(end)) return this.take(1, kind === 'field' ? 'dot' : 'variable');
    for (let char = this.charAt(end); isAlphanumeric(char); char = this.charAt(end)) end += char.length;
    if (!this.isTerminator(end)) return this.failInside(`bad character ${unicodeName(this.charAt(end))}`);
    const word = this.text.slice(this.position, end);
    if (kind === 'identifier' && isKeyword(word)) return this.take(word.length, word);
    return this.take(word.length, word === 'true' || word === 'false' ? 'bool' : kind);
  }

  private lexNumber(): boolean {
    let end = this.scanNumber(this.position);
    if (isAlphanumeric(this.charAt(end))) return this.failNumber(end + this.charAt(end).length);
    if (!/^[+-]/.test(this.text.charAt(end))) return this.take(end - this.position, 'number');
    end = this.scanNumber(end);
    if (isAlphanumeric(this.charAt(end))) return this.failNumber(end + this.charAt(end).length);
    if (this.text.charAt(end - 1) !== 'i') return this.failNumber(end);
    return this.take(end - this.position, 'complex');
  }

  private scanNumber(from: number): number {
    number.lastIndex = from;
    return from + (number.exec(this.text)?.[0].length ?? 0);
  }

  private failNumber(end: number): boolean {
    return this.failInside(`bad number syntax: ${quote(this.text.slice(this.position, end))}`);
  }

  private rightDelimiter(at: number): { length: number; trims: boolean } | undefined {
    const char = this.text.charAt(at);
    if (char !== '' && spaces.includes(char) && this.text.startsWith('-}}', at + 1))
      return { length: 4, trims: true };
    return this.text.startsWith('}}', at) ? { length: 2, trims: false } : undefined;
  }

  private hasLeftTrimMarker(at: number): boolean {
    const space = this.text.charAt(at + 1);
    return this.text.charAt(at) === '-' && space !== '' && spaces.includes(space);
  }

  private isTerminator(at: number): boolean {
    const char = this.text.charAt(at);
    return char === '' || spaces.includes(char) || '.,|:)('.includes(char) || this.text.startsWith('}}', at);
  }

  private charAt(at: number): string {
    const code = this.text.codePointAt(at);
    return code === undefined ? '' : String.fromCodePoint(code);
  }

  private skipSpaces(): void {
    let end = this.position;
    while (end < this.text.length && spaces.includes(this.text.charAt(end))) end++;
    this.skipTo(end);
  }

  private skipTo(position: number): void {
    this.position = position;
    this.start = position;
  }

  private take(length: number, kind: TokenKind): true {
    this.position += length;
    this.emit(kind);
    return true;
  }

  private emit(kind: TokenKind): void {
    this.push(kind, this.text.slice(this.start, this.position));
    this.start = this.position;
  }

  private failInside(message: string): boolean {
    this.fail(message);
    return false;
  }

  private fail(message: string): void {
    this.push('error', message);
    this.failed = true;
  }

  private push(kind: TokenKind, text: string): void {
    for (; this.lineCountedTo < this.start; this.lineCountedTo++) {
      if (this.text.charCodeAt(this.lineCountedTo) === 10) this.line++;
    }
    this.tokens.push({ kind, position: this.start, text, line: this.line });
  }
}

function isAlphanumeric(char: string): boolean {
  return /^[A-Za-z0-9_]$/.test(char) || (char > '\x7f' && (isLetter(char) || isDigit(char)));
}

/** Go's %#U. */
function unicodeName(char: string): string {
  const code = char.codePointAt(0) ?? 0;
  const name = `U+${code.toString(16).toUpperCase().padStart(4, '0')}`;
  return isPrint(code) ? `${name} '${char}'` : name;
}
