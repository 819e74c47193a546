/**
 * Whether a pattern matches a whole text: `*` any characters, `?` one, `[a-z]` and `[^a-z]` one of a class, `\` takes the next one as
 * it is. A pattern that is wrong matches nothing.
 */
export function matchesGlob(pattern: string, text: string): boolean {
  const tokens = tokensOf(Array.from(pattern));
  if (!tokens) return false;
  const characters = Array.from(text);
  let [token, position] = [0, 0];
  // Where to go on when what follows the last asterisk does not fit: the asterisk takes one character more.
  let retry: { token: number; position: number } | undefined;
  while (position < characters.length || token < tokens.length) {
    const current = tokens[token];
    const character = characters[position];
    if (current === 'any') {
      retry = { token, position: position + 1 };
      token += 1;
    } else if (current && character !== undefined && current(character)) {
      token += 1;
      position += 1;
    } else if (retry && retry.position <= characters.length) {
      ({ token, position } = retry);
    } else return false;
  }
  return true;
}

type Token = 'any' | ((character: string) => boolean);

function tokensOf(pattern: string[]): Token[] | undefined {
  const tokens: Token[] = [];
  for (let i = 0; i < pattern.length; i += 1) {
    const character = pattern[i];
    if (character === '*') tokens.push('any');
    else if (character === '?') tokens.push(() => true);
    else if (character === '[') {
      const found = classAt(pattern, i + 1);
      if (!found) return undefined;
      tokens.push(found.token);
      i = found.end;
    } else {
      if (character === '\\') i += 1;
      const literal = pattern[i];
      if (literal === undefined) return undefined;
      tokens.push((candidate) => candidate === literal);
    }
  }
  return tokens;
}

function classAt(pattern: string[], start: number): { token: Token; end: number } | undefined {
  const isNegated = pattern[start] === '^';
  let i = isNegated ? start + 1 : start;
  const ranges: [low: number, high: number][] = [];
  const bound = (): number | undefined => {
    if (pattern[i] === '-' || pattern[i] === ']') return undefined;
    if (pattern[i] === '\\') i += 1;
    const code = pattern[i]?.codePointAt(0);
    i += 1;
    return code;
  };
  while (pattern[i] !== ']' || ranges.length === 0) {
    const low = bound();
    let high = low;
    if (pattern[i] === '-') {
      i += 1;
      high = bound();
    }
    if (low === undefined || high === undefined || i >= pattern.length) return undefined;
    ranges.push([low, high]);
  }
  const token = (character: string) => {
    const code = character.codePointAt(0) ?? 0;
    return ranges.some(([low, high]) => low <= code && code <= high) !== isNegated;
  };
  return { token, end: i };
}
