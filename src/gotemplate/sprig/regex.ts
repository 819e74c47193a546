import { define, FunctionError } from '../function.ts';
import type { FunctionMap } from '../function.ts';
import { canBackquote, quote } from '../quote.ts';
import { bool, string, strings } from '../value.ts';
import { compileExpression, InvalidExpression } from './expression.ts';
import type { Expression } from './expression.ts';
import { stringsOrNil } from './strings.ts';

/** sprig's regular expressions, in RE2 syntax. */
export const regexFunctions: FunctionMap = {
  regexMatch: define(['string', 'string'], (expression, text) => bool(matches(expression, text))),
  regexFind: define(['string', 'string'], (expression, text) =>
    string(findAll(compile(expression), text, 1)[0]?.text ?? ''),
  ),
  regexFindAll: define(['string', 'string', 'int'], (expression, text, limit) =>
    stringsOrNil(findAll(compile(expression), text, Number(limit)).map((match) => match.text)),
  ),
  regexReplaceAll: define(['string', 'string', 'string'], (expression, text, replacement) => {
    const pattern = compile(expression);
    return string(replaceAll(pattern, text, (match) => expand(replacement, match, pattern)));
  }),
  regexReplaceAllLiteral: define(['string', 'string', 'string'], (expression, text, replacement) =>
    string(replaceAll(compile(expression), text, () => replacement)),
  ),
  regexSplit: define(['string', 'string', 'int'], (expression, text, limit) =>
    split(expression, text, Number(limit)),
  ),
};

function matches(expression: string, text: string): boolean {
  try {
    return compileExpression(expression).pattern.matcher(withoutBytes(text)).find();
  } catch (error) {
    // sprig answers false for an expression that is none.
    if (error instanceof InvalidExpression) return false;
    throw error;
  }
}

function compile(expression: string): Expression {
  try {
    return compileExpression(expression);
  } catch (error) {
    if (!(error instanceof InvalidExpression)) throw error;
    const shown = canBackquote(expression) ? `\`${expression}\`` : quote(expression);
    throw new FunctionError(`regexp: Compile(${shown}): ${error.message}`, { cause: error });
  }
}

interface Match {
  start: number;
  end: number;
  text: string;
  groups: (string | null)[];
}

/** Go's `FindAll`: an empty match right after another match is none. */
function findAll({ pattern }: Expression, text: string, limit: number): Match[] {
  const found: Match[] = [];
  const matcher = pattern.matcher(withoutBytes(text));
  let previousEnd = -1;
  for (let at = 0; at <= text.length && (limit < 0 || found.length < limit) && matcher.find(at);) {
    const [start, end] = [matcher.start(), matcher.end()];
    const isEmpty = start === end;
    if (!isEmpty || start !== previousEnd) {
      const groups = Array.from({ length: matcher.groupCount() + 1 }, (_, i) => {
        const from = matcher.start(i);
        return from < 0 ? null : text.slice(from, matcher.end(i));
      });
      found.push({ start, end, text: text.slice(start, end), groups });
    }
    previousEnd = end;
    at = isEmpty ? end + ((text.codePointAt(end) ?? 0) > 0xffff ? 2 : 1) : end;
  }
  return found;
}

/** Go matches a byte that is no character as U+FFFD; so it stands in the same place. */
function withoutBytes(text: string): string {
  return text.toWellFormed();
}

function replaceAll(pattern: Expression, text: string, replacement: (match: Match) => string): string {
  let result = '';
  let end = 0;
  for (const match of findAll(pattern, text, -1)) {
    result += text.slice(end, match.start) + replacement(match);
    end = match.end;
  }
  return result + text.slice(end);
}

/** Go's `Expand`: `$1`, `${1}`, `$name`, `$$`; a name is as long as it can be, and an unknown one is empty. */
function expand(template: string, match: Match, { names }: Expression): string {
  return template.replace(
    /\$(?:\$|\{([\p{L}\p{Nd}_]+)\}|([\p{L}\p{Nd}_]+))/gu,
    (all, braced?: string, plain?: string) => {
      if (all === '$$') return '$';
      const name = braced ?? plain ?? '';
      // Zeros in front make a name of a number, and so do more than eight digits.
      const indexes = /^(?:0|[1-9][0-9]{0,8})$/.test(name) ? [Number(name)] : (names.get(name) ?? []);
      return indexes.map((index) => match.groups[index]).find((group) => typeof group === 'string') ?? '';
    },
  );
}

function split(expression: string, text: string, limit: number) {
  const pattern = compile(expression);
  if (limit === 0) return stringsOrNil([]);
  if (expression !== '' && text === '') return strings(['']);
  const parts: string[] = [];
  let begin = 0;
  let end = 0;
  for (const match of findAll(pattern, text, limit)) {
    if (limit > 0 && parts.length === limit - 1) break;
    end = match.start;
    if (match.end !== 0) parts.push(text.slice(begin, end));
    begin = match.end;
  }
  if (end !== text.length) parts.push(text.slice(begin));
  return strings(parts);
}
