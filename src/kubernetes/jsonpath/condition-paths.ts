import { quote } from '../../gotemplate/quote.ts';
import { compileJsonPath } from './json-path.ts';
import { JsonPathError } from './json-path-error.ts';

/**
 * The condition of Kanister's Wait with its JSONPaths (`{ $.status.phase }`) replaced by what they print for an object. Values stand
 * unquoted; whoever needs a literal writes `"{ $.status.phase }"`.
 * @throws {JsonPathError} where a path does not parse (in Kanister it prints nothing, and the wait ends at its timeout, or at once), or
 * finds nothing; names the path, and nothing of the object
 */
export function fillConditionPaths(condition: string, object: unknown): string {
  return condition.replace(CONDITION_PATH, (_, path: string) => {
    const template = `{${path.trim()}}`;
    try {
      return compileJsonPath(template).print(object);
    } catch (error) {
      if (!(error instanceof JsonPathError)) throw error;
      throw new JsonPathError(error.kind, `${failedTo[error.kind](template)}${error.message}`);
    }
  });
}

/** pkg/jsonpath of Kanister: a brace, blanks, a dollar sign, and all up to the next brace. */
const CONDITION_PATH = /\{[\t\n\f\r ]*\$([^}]*)\}/g;

/** The words that Kanister has for the one, and kubectl for the other. */
const failedTo = {
  parse: (template: string) => `error parsing jsonpath ${template}, `,
  execute: (template: string) => `error executing jsonpath ${quote(template)}: Error executing template: `,
};
