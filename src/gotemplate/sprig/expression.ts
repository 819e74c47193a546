import { RE2JS } from 're2js';

/** A compiled regular expression. */
export interface Expression {
  pattern: RE2JS;
  /** The numbers of the groups that have a name; several can have the same. */
  names: ReadonlyMap<string, readonly number[]>;
}

/** An expression that Go would not compile; the message is Go's, without the expression itself. */
export class InvalidExpression extends Error {
  override name = 'InvalidExpression';
}

/**
 * Compiles a regular expression in Go's syntax.
 * @throws {InvalidExpression}
 */
export function compileExpression(expression: string): Expression {
  if (!expression.isWellFormed()) {
    const fault = expression.slice(expression.search(/[\udc80-\udcff]/u));
    throw new InvalidExpression(`error parsing regexp: invalid UTF-8: \`${fault}\``);
  }
  const { text, names } = withoutRepeatedNames(expression);
  const attempt = compileText(expression);
  const compiled =
    attempt instanceof Error && attempt.message.includes('duplicate capture group name')
      ? compileText(text)
      : attempt;
  if (!(compiled instanceof Error)) return { pattern: compiled, names };
  // Go always quotes the part at fault, if only an empty one.
  const message = compiled.message.endsWith('`') ? compiled.message : `${compiled.message}: \`\``;
  throw new InvalidExpression(message, { cause: compiled });
}

/** The compiled expression, or what is wrong with it. */
function compileText(expression: string): RE2JS | Error {
  try {
    return RE2JS.compile(expression);
  } catch (error) {
    if (error instanceof Error && error.name.startsWith('RE2JS')) return error;
    throw error;
  }
}

/** Escapes and classes, in which brackets are no groups; groups that capture, with their name. */
const tokens = /\\Q[^]*?(?:\\E|$)|\\[^]|\[\^?\]?(?:\\[^]|\[:[^\]]*:\]|[^\]\\])*\]|\(\?P?<(\w+)>|\((?!\?)/g;

/** Go lets several groups have one name, RE2 does not: the later ones lose theirs here. */
function withoutRepeatedNames(expression: string): { text: string; names: Map<string, number[]> } {
  const names = new Map<string, number[]>();
  let groups = 0;
  const text = expression.replaceAll(tokens, (token, name?: string) => {
    if (!token.startsWith('(')) return token;
    groups++;
    if (name === undefined) return token;
    const others = names.get(name);
    names.set(name, [...(others ?? []), groups]);
    return others === undefined ? token : '(';
  });
  return { text, names };
}
