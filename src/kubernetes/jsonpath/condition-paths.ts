import { quote } from '../../gotemplate/quote.ts';
import { compileJsonPath } from './json-path.ts';
import { JsonPathError } from './json-path-error.ts';

/** The JSONPaths in a condition of Kanister's Wait: `{ $.status.phase }`. */
export interface ConditionPaths {
  /** How many different ones there are. */
  count: number;
  /**
   * The condition with its paths replaced by what they print for an object. Values stand unquoted; whoever needs a literal writes
   * `"{ $.status.phase }"`.
   * @throws {JsonPathError} of kind `execute` where a path finds nothing; names the path, and nothing of the object
   */
  fill(object: unknown): string;
  /** The condition with `values` in the places of its different paths, in their order. */
  fillWith(values: readonly string[]): string;
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
  const distinct = [...new Set(paths.map(({ template }) => template))];
  const filled = (valueOf: (path: (typeof paths)[number]) => string) => {
    let text = '';
    let rest = 0;
    for (const path of paths) {
      text += condition.slice(rest, path.start) + valueOf(path);
      rest = path.end;
    }
    return text + condition.slice(rest);
  };
  return {
    count: distinct.length,
    fill: (object) => filled(({ template, path }) => named(template, () => path.print(object))),
    fillWith: (values) => filled(({ template }) => values[distinct.indexOf(template)] ?? ''),
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
