import { scanBlockScalar, scanPlainScalar, scanQuotedScalar } from './scan-scalar.ts';
import { scanDirective, scanTag } from './scan-tag.ts';
import { isBlankOrEnd, isBreak, isWordCharacter, openSource } from './source.ts';
import type { Mark } from './source.ts';
import { tokenOf } from './token.ts';
import type { Token, TokenType } from './token.ts';
import { scannerFault } from './yaml-fault.ts';

/** The tokens of a text, as libyaml divides it. Both throw YamlFault. */
export interface Scanner {
  peek(): Token;
  next(): Token;
}

/** Something that is a key, should a colon follow. */
interface SimpleKey {
  isPossible: boolean;
  /** Nothing else could stand here. */
  isRequired: boolean;
  tokenNumber: number;
  /** Whether its token is held back until it is clear what it is. */
  isAwaited: boolean;
  mark: Mark;
}

const MAX_DEPTH = 10_000;

/** @throws {YamlFault} */
export function createScanner(text: string): Scanner {
  const source = openSource(text);
  const tokens: Token[] = [];
  let taken = 0;
  let indent = -1;
  const indents: number[] = [];
  let flowLevel = 0;
  let allowsSimpleKey = true;
  let end: Mark | undefined;
  // One for the block context and one for each flow collection.
  const simpleKeys: SimpleKey[] = [noKey()];

  return { peek, next };

  function peek(): Token {
    while (needsMore() && end === undefined) fetch();
    const [head] = tokens;
    if (!head) throw new Error('nothing follows the end of a stream');
    return head;
  }

  function next(): Token {
    const token = peek();
    if (token.type === 'stream end') return token;
    tokens.shift();
    taken += 1;
    return token;
  }

  /** Whether the next token is not known, or could yet turn out to be a key. */
  function needsMore(): boolean {
    if (tokens.length === 0) return true;
    const key = simpleKeys.find((candidate) => candidate.isAwaited && candidate.tokenNumber === taken);
    return key !== undefined && isStillPossible(key);
  }

  function fetch(): void {
    skipToToken();
    unrollIndent(source.place.column);
    const { column } = source.place;
    const character = source.peek();
    const isFollowedByBlank = isBlankOrEnd(source.peek(1));
    if (character === '') fetchStreamEnd();
    else if (column === 0 && character === '%') {
      beginDocumentPart();
      tokens.push(scanDirective(source));
    } else if (source.isAtDocumentIndicator()) {
      beginDocumentPart();
      fetchIndicator(character === '-' ? 'document start' : 'document end', 3);
    } else if (character === '[') openFlow('flow sequence start');
    else if (character === '{') openFlow('flow mapping start');
    else if (character === ']') closeFlow('flow sequence end');
    else if (character === '}') closeFlow('flow mapping end');
    else if (character === ',') {
      removeSimpleKey();
      allowsSimpleKey = true;
      fetchIndicator('flow entry');
    } else if (character === '-' && isFollowedByBlank) fetchBlockEntry();
    else if (character === '?' && (flowLevel > 0 || isFollowedByBlank)) fetchKey();
    else if (character === ':' && (flowLevel > 0 || isFollowedByBlank)) fetchValue();
    else if (character === '*') fetchName('alias');
    else if (character === '&') fetchName('anchor');
    else if (character === '!') fetchAsKey(() => scanTag(source));
    else if ((character === '|' || character === '>') && flowLevel === 0) {
      removeSimpleKey();
      allowsSimpleKey = true;
      tokens.push(scanBlockScalar(source, indent));
    } else if (character === "'" || character === '"') fetchAsKey(() => scanQuotedScalar(source));
    else if (startsPlain(character)) fetchPlain();
    else {
      const here = source.mark();
      throw scannerFault('found character that cannot start any token', here, here);
    }
  }

  function skipToToken(): void {
    for (;;) {
      if (source.place.column === 0 && source.peek() === '\ufeff') source.take();
      source.takeWhile(
        (character) => character === ' ' || (character === '\t' && (flowLevel > 0 || !allowsSimpleKey)),
      );
      if (source.peek() === '#') source.takeWhile((character) => !isBreak(character));
      if (source.takeBreak() === '') return;
      if (flowLevel === 0) allowsSimpleKey = true;
    }
  }

  function startsPlain(character: string): boolean {
    if (character === '-') return !isBlankOrEnd(source.peek(1)) || isBreak(source.peek(1));
    if (character === '?' || character === ':') return flowLevel === 0;
    return !isBlankOrEnd(character) && !',[]{}#&*!|>\'"%@`'.includes(character);
  }

  function isStillPossible(key: SimpleKey): boolean {
    if (!key.isPossible) return false;
    const place = end ?? source.place;
    if (key.mark.line >= place.line && key.mark.index + 1024 >= place.index) return true;
    if (key.isRequired) throw scannerFault("could not find expected ':'", { ...place }, key.mark);
    key.isPossible = false;
    return false;
  }

  function saveSimpleKey(): void {
    if (!allowsSimpleKey) return;
    const isRequired = flowLevel === 0 && indent === source.place.column;
    removeSimpleKey();
    simpleKeys[simpleKeys.length - 1] = {
      isPossible: true,
      isRequired,
      tokenNumber: taken + tokens.length,
      isAwaited: true,
      mark: source.mark(),
    };
  }

  function removeSimpleKey(mark = source.mark()): void {
    const key = simpleKeys.at(-1);
    if (!key?.isPossible) return;
    if (key.isRequired) throw scannerFault("could not find expected ':'", mark, key.mark);
    key.isPossible = false;
    key.isAwaited = false;
  }

  function rollIndent(column: number, type: TokenType, mark: Mark, at = tokens.length): void {
    if (flowLevel > 0 || indent >= column) return;
    indents.push(indent);
    indent = column;
    if (indents.length > MAX_DEPTH)
      throw scannerFault(`exceeded max depth of ${MAX_DEPTH}`, source.mark(), mark);
    tokens.splice(at, 0, tokenOf(type, mark, mark));
  }

  function unrollIndent(column: number, mark = source.mark()): void {
    if (flowLevel > 0) return;
    while (indent > column) {
      tokens.push(tokenOf('block end', mark, mark));
      indent = indents.pop() ?? -1;
    }
  }

  function fetchStreamEnd(): void {
    const { index, line, column } = source.place;
    // Behind a last line without a break the end counts as the next line.
    const mark = { index, line: column === 0 ? line : line + 1, column: 0 };
    unrollIndent(-1, mark);
    removeSimpleKey(mark);
    allowsSimpleKey = false;
    tokens.push(tokenOf('stream end', mark, mark));
    end = mark;
  }

  function beginDocumentPart(): void {
    unrollIndent(-1);
    removeSimpleKey();
    allowsSimpleKey = false;
  }

  function fetchIndicator(type: TokenType, length = 1): void {
    const start = source.mark();
    source.take(length);
    tokens.push(tokenOf(type, start, source.mark()));
  }

  function openFlow(type: TokenType): void {
    saveSimpleKey();
    simpleKeys.push({ ...noKey(), tokenNumber: taken + tokens.length });
    flowLevel += 1;
    if (flowLevel > MAX_DEPTH)
      throw scannerFault(`exceeded max depth of ${MAX_DEPTH}`, source.mark(), source.mark());
    allowsSimpleKey = true;
    fetchIndicator(type);
  }

  function closeFlow(type: TokenType): void {
    removeSimpleKey();
    if (flowLevel > 0) {
      flowLevel -= 1;
      const inner = simpleKeys.pop();
      // The library gives up on an empty collection as a key: both have the number of its first token.
      for (const key of simpleKeys) if (key.tokenNumber === inner?.tokenNumber) key.isAwaited = false;
    }
    allowsSimpleKey = false;
    fetchIndicator(type);
  }

  function fetchBlockEntry(): void {
    if (flowLevel === 0) {
      requireSimpleKey('block sequence entries are not allowed in this context');
      rollIndent(source.place.column, 'block sequence start', source.mark());
    }
    removeSimpleKey();
    allowsSimpleKey = true;
    fetchIndicator('block entry');
  }

  function fetchKey(): void {
    if (flowLevel === 0) {
      requireSimpleKey('mapping keys are not allowed in this context');
      rollIndent(source.place.column, 'block mapping start', source.mark());
    }
    removeSimpleKey();
    allowsSimpleKey = flowLevel === 0;
    fetchIndicator('key');
  }

  function fetchValue(): void {
    const key = simpleKeys.at(-1);
    if (key && isStillPossible(key)) {
      // Behind what is not there any more there is only the end.
      const at = () => (key.tokenNumber < taken ? tokens.length : key.tokenNumber - taken);
      tokens.splice(at(), 0, tokenOf('key', key.mark, key.mark));
      rollIndent(key.mark.column, 'block mapping start', key.mark, at());
      key.isPossible = false;
      key.isAwaited = false;
      allowsSimpleKey = false;
    } else {
      if (flowLevel === 0) {
        requireSimpleKey('mapping values are not allowed in this context');
        rollIndent(source.place.column, 'block mapping start', source.mark());
      }
      allowsSimpleKey = flowLevel === 0;
    }
    fetchIndicator('value');
  }

  function requireSimpleKey(problem: string): void {
    if (!allowsSimpleKey) throw scannerFault(problem, source.mark(), source.mark());
  }

  function fetchName(type: 'alias' | 'anchor'): void {
    fetchAsKey(() => {
      const start = source.mark();
      source.take();
      const value = source.takeWhile(isWordCharacter);
      const behind = source.mark();
      if (value === '' || !(isBlankOrEnd(source.peek()) || '?:,]}%@`'.includes(source.peek())))
        throw scannerFault('did not find expected alphabetic or numeric character', behind, start);
      return tokenOf(type, start, behind, { value });
    });
  }

  function fetchAsKey(scan: () => Token): void {
    saveSimpleKey();
    allowsSimpleKey = false;
    tokens.push(scan());
  }

  function fetchPlain(): void {
    saveSimpleKey();
    allowsSimpleKey = false;
    const { token, endedLine } = scanPlainScalar(source, indent, flowLevel > 0);
    tokens.push(token);
    if (endedLine) allowsSimpleKey = true;
  }
}

function noKey(): SimpleKey {
  return {
    isPossible: false,
    isRequired: false,
    tokenNumber: -1,
    isAwaited: false,
    mark: { index: 0, line: 0, column: 0 },
  };
}
