import { quote } from '../../gotemplate/quote.ts';
import { compileJsonPath } from './json-path.ts';
import { JsonPathError } from './json-path-error.ts';

/** The JSONPaths in a condition of Kanister's Wait: `{ $.status.phase }`. */
export interface ConditionPaths {
  areAbsent: boolean;
  /**
   * The condition with its paths replaced by what they print for an object. Values stand unquoted; whoever needs a literal writes
   * `"{ $.status.phase }"`.
   * @throws {JsonPathError} of kind `execute` where a path finds nothing; names the path, and nothing of the object
   */
  fill(object: unknown): string;
}

/** @throws {JsonPathError} of kind `parse`. In Kanister such a path prints nothing, and the wait ends at its timeout, or at once. */
export function compileConditionPaths(condition: string): ConditionPaths {
  const paths = Array.from(condition.matchAll(CONDITION_PATH), ({ 0: text, 1: path = '', index }) => {
    const template = `{${path.trim()}}`;
    return {
      start: index,
      end: index + text.length,
      template,
      path: named(template, () => compileJsonPath(template)),
    };
  });
  return {
    areAbsent: paths.length === 0,
    fill(object) {
      let filled = '';
      let rest = 0;
      for (const { start, end, template, path } of paths) {
        filled += condition.slice(rest, start) + named(template, () => path.print(object));
        rest = end;
      }
      return filled + condition.slice(rest);
    },
  };
}

/** The condition filled in at once. @throws {JsonPathError} */
export function fillConditionPaths(condition: string, object: unknown): string {
  return compileConditionPaths(condition).fill(object);
}

/** pkg/jsonpath of Kanister: a brace, blanks, a dollar sign, and all up to the next brace. */
const CONDITION_PATH = /\{[\t\n\f\r ]*\$([^}]*)\}/g;

function named<T>(template: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof JsonPathError)) throw error;
    throw new JsonPathError(error.kind, `${failedTo[error.kind](template)}${error.message}`);
  }
}

/** The words that Kanister has for the one, and kubectl for the other. */
const failedTo = {
  parse: (template: string) => `error parsing jsonpath ${template}, `,
  execute: (template: string) => `error executing jsonpath ${quote(template)}: Error executing template: `,
};
