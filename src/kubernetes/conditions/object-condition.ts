import { TemplateError } from '../../gotemplate/template-error.ts';
import { JsonPathError } from '../jsonpath/json-path-error.ts';

/** A text that says of an object whether it is as somebody waits for it. */
export interface ObjectCondition {
  /** @param object parsed JSON; whole numbers may be bigint */
  evaluate(object: unknown): Verdict;
  /** Why it can hold for no object: it does not parse. */
  fault?: string;
}

/** `printed` and `error` may quote the object. */
export type Verdict = { holds: true } | { holds: false; printed: string } | { holds: false; error: string };

/** What a condition prints for an object. @throws {TemplateError | JsonPathError} */
export type ConditionReading = (object: unknown) => string;

/**
 * A condition holds where one of its readings prints `true`, blanks around it aside; of one that does not, the last reading says why.
 * @param compile throws {TemplateError | JsonPathError} where the text does not parse
 */
export function objectCondition(compile: () => ConditionReading[]): ObjectCondition {
  try {
    const readings = compile();
    return { evaluate: (object) => verdictOf(readings, object) };
  } catch (error) {
    const fault = textOf(error);
    return { evaluate: () => ({ holds: false, error: fault }), fault };
  }
}

function verdictOf(readings: ConditionReading[], object: unknown): Verdict {
  let verdict: Verdict = { holds: false, printed: '' };
  for (const read of readings) {
    verdict = verdictOfReading(read, object);
    if (verdict.holds) break;
  }
  return verdict;
}

function verdictOfReading(read: ConditionReading, object: unknown): Verdict {
  try {
    const printed = read(object).trim();
    return printed === 'true' ? { holds: true } : { holds: false, printed };
  } catch (error) {
    return { holds: false, error: textOf(error) };
  }
}

/** Anything else is a fault of this program. */
function textOf(error: unknown): string {
  if (error instanceof TemplateError || error instanceof JsonPathError) return error.message;
  throw error;
}
