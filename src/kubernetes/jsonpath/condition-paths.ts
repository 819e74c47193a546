import { quote } from '../../gotemplate/quote.ts';
import { compileJsonPath } from './json-path.ts';
import type { JsonPath } from './json-path.ts';
import { JsonPathError } from './json-path-error.ts';

/**
 * The condition of Kanister's Wait with its JSONPaths (`{ $.status.phase }`) replaced by what they print for an object. A path that
 * does not parse prints nothing, as in Kanister. Values stand unquoted; whoever needs a literal writes `"{ $.status.phase }"`.
 * @throws {JsonPathError} where a path finds nothing; names the path, and nothing of the object
 */
export function fillConditionPaths(condition: string, object: unknown): string {
  return condition.replace(CONDITION_PATH, (_, path: string) => {
    const template = `{${path.trim()}}`;
    try {
      return parsed(template)?.print(object) ?? '';
    } catch (error) {
      if (!(error instanceof JsonPathError)) throw error;
      throw new JsonPathError(
        'execute',
        `error executing jsonpath ${quote(template)}: Error executing template: ${error.message}`,
      );
    }
  });
}

/** pkg/jsonpath of Kanister: a brace, blanks, a dollar sign, and all up to the next brace. */
const CONDITION_PATH = /\{[\t\n\f\r ]*\$([^}]*)\}/g;

function parsed(template: string): JsonPath | undefined {
  try {
    return compileJsonPath(template);
  } catch (error) {
    // Kanister goes on with an empty text.
    if (error instanceof JsonPathError) return undefined;
    throw error;
  }
}
