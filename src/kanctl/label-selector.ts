/**
 * Checks a label selector: `a=b,c!=d,e in (f,g),h notin (i),j,!k,l>1`. The API server evaluates it; this is for an answer
 * before anything is asked of a server, in the words of the original (apimachinery's parser).
 * @throws {Error}
 */
export function parseLabelSelector(selector: string): void {
  const tokens = tokensOf(selector);
  if (tokens.peek() === '') return;
  for (;;) {
    parseRequirement(tokens);
    const separator = tokens.next();
    if (separator === '') return;
    if (separator !== ',') throw new Error(`found '${separator}', expected: ',' or 'end of string'`);
    if (!isIdentifier(tokens.peek()) && tokens.peek() !== '!') {
      throw new Error(`found '${tokens.peek()}', expected: identifier after ','`);
    }
  }
}

interface Tokens {
  /** Empty at the end. */
  peek(): string;
  next(): string;
}

function tokensOf(selector: string): Tokens {
  const tokens = selector.match(/[(),]|==|!=|[=!<>]|[^\s(),=!<>]+/g) ?? [];
  let position = 0;
  return {
    peek: () => tokens[position] ?? '',
    next: () => tokens[position++] ?? '',
  };
}

const isIdentifier = (token: string): boolean => /^[^\s(),=!<>]+$/.test(token);
const isKeyword = (token: string): boolean => token === 'in' || token === 'notin';

function parseRequirement(tokens: Tokens): void {
  const negated = tokens.peek() === '!';
  if (negated) tokens.next();
  const key = tokens.next();
  if (!isIdentifier(key)) {
    throw new Error(
      negated
        ? `unable to parse requirement: found '${key}', expected: identifier`
        : `found '${key}', expected: !, identifier, or 'end of string'`,
    );
  }
  if (negated || tokens.peek() === '' || tokens.peek() === ',') return;
  const operator = tokens.next();
  if (isKeyword(operator)) parseValues(tokens);
  else if (['=', '==', '!=', '<', '>'].includes(operator)) parseValue(tokens, operator);
  else {
    throw new Error(
      `unable to parse requirement: found '${operator}', expected: in, notin, =, ==, !=, gt, lt`,
    );
  }
}

function parseValue(tokens: Tokens, operator: string): void {
  const comparison = operator === '<' || operator === '>';
  // `a=` and `a=,b` ask for the empty value.
  if (!comparison && (tokens.peek() === '' || tokens.peek() === ',')) return;
  const value = tokens.next();
  if (!isIdentifier(value)) {
    throw new Error(`unable to parse requirement: found '${value}', expected: identifier`);
  }
  if (comparison && !/^[+-]?\d+$/.test(value)) {
    throw new Error(
      `unable to parse requirement: values[0]: Invalid value: "${value}": for 'Gt', 'Lt' operators, the value must be an integer`,
    );
  }
}

function parseValues(tokens: Tokens): void {
  const open = tokens.next();
  if (open !== '(') throw new Error(`unable to parse requirement: found '${open}' expected: '('`);
  for (;;) {
    const token = tokens.next();
    if (token === ')') return;
    if (token !== ',' && !isIdentifier(token)) {
      throw new Error(`unable to parse requirement: found '${token}', expected: ',', or ')'`);
    }
  }
}
