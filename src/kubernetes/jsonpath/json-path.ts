import { format } from '../../gotemplate/format.ts';
import { encodeJson, fromJson } from '../../gotemplate/json.ts';
import { evaluateJsonPath } from './evaluate.ts';
import type { EvaluationOptions, Found } from './evaluate.ts';
import { parseJsonPath } from './parse.ts';

/** A JSONPath template as `kubectl get -o jsonpath` reads it. */
export interface JsonPath {
  /**
   * What the template prints for an object: text, and what the expressions between braces find, separated by blanks. Maps and lists
   * are printed as JSON.
   * @param object parsed JSON; whole numbers may be bigint
   * @throws {JsonPathError} of kind `execute`
   */
  print(object: unknown): string;
}

/**
 * Compiles a template of k8s.io/client-go/util/jsonpath: `{.items[*].metadata.name}`, `{range .items[?(@.ready == true)]}{.name}{"\n"}{end}`.
 * @param options.allowMissingKeys is what kubectl's printer has and Kanister's conditions have not; absent is false
 * @throws {JsonPathError} of kind `parse`
 */
export function compileJsonPath(template: string, options: Partial<EvaluationOptions> = {}): JsonPath {
  const root = parseJsonPath(template.toWellFormed());
  const { allowMissingKeys = false } = options;
  return {
    print(object) {
      const data = fromJson(object, { integers: 'int64' });
      return evaluateJsonPath(root, data, { allowMissingKeys }).map(printed).join('');
    },
  };
}

function printed(results: Found[]): string {
  return results.map(textOf).join(' ');
}

function textOf(value: Found): string {
  if (value === undefined) return '<no value>';
  if (value.kind === 'nil') return 'null';
  return value.kind === 'map' || value.kind === 'list' ? encodeJson(value) : format(value);
}
