import type { Json } from '../objects.ts';
import { applySubstitution, defaultOperators } from './functions.ts';
import { InvalidSubstitution } from './invalid-substitution.ts';
import { parseSubstitutions } from './parse.ts';
import type { Part } from './parse.ts';

/** Values by the names of variables. */
export type Inputs = Readonly<Record<string, string>>;

/**
 * Replaces `${name}` in a text, as KubeStash's Functions have it (gomodules.xyz/envsubst). `${name:=default}` is the default only where
 * there is no value: an empty value counts, unlike in a shell. `$name` stays as it is, `$$` is a dollar sign. Besides: `${#name}`,
 * `^ ^^ , ,,` (case), `# ## % %%` (cuts by pattern), `:offset:length`, `/ // /# /%` (replaces).
 * @throws {InvalidSubstitution} which names the variable without a value, or says where the text is wrong
 */
export function substitute(text: string, inputs: Inputs): string {
  return evaluate(parseSubstitutions(text), inputs);
}

/**
 * The same in all strings and keys of an object. A value stays within its string, whatever quotes it holds; of the original it is
 * said to break out of it.
 * @throws {InvalidSubstitution}
 */
export function substituteInObject(object: Json, inputs: Inputs): Json {
  if (typeof object === 'string') return substitute(object, inputs);
  if (Array.isArray(object)) return object.map((item) => substituteInObject(item, inputs));
  if (typeof object !== 'object' || object === null) return object;
  return Object.fromEntries(
    Object.entries(object).map(([key, value]) => [
      substitute(key, inputs),
      value === undefined ? value : substituteInObject(value, inputs),
    ]),
  );
}

function evaluate(parts: readonly Part[], inputs: Inputs): string {
  return parts.map((part) => (typeof part === 'string' ? part : valueOf(part, inputs))).join('');
}

function valueOf({ name, operator, args }: Exclude<Part, string>, inputs: Inputs): string {
  const value = Object.hasOwn(inputs, name) ? inputs[name] : undefined;
  if (defaultOperators.includes(operator)) return value ?? args.map((arg) => evaluate(arg, inputs)).join('');
  if (value === undefined) throw new InvalidSubstitution(`input/default value not found for key ${name}`);
  return applySubstitution(
    operator,
    value,
    args.map((arg) => evaluate(arg, inputs)),
  );
}
