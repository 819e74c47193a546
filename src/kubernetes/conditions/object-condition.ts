import { TemplateError } from '../../gotemplate/template-error.ts';
import { JsonPathError } from '../jsonpath/json-path-error.ts';

/** A text that says of an object whether it is as somebody waits for it. */
export interface ObjectCondition {
  /** @param object parsed JSON; whole numbers may be bigint */
  evaluate(object: unknown): Verdict;
  /** Why it can hold for no object: it does not parse. */
  fault?: string;
  /** Says for which objects it holds that it is hardly meant for; undefined where it asks for something. */
  vacuity(): string | undefined;
}

/** `printed` and `error` may quote the object. */
export type Verdict = { holds: true } | { holds: false; printed: string } | { holds: false; error: string };

/** What a condition prints for an object. @throws {TemplateError | JsonPathError} */
export type ConditionReading = (object: unknown) => string;

export interface CompiledCondition {
  readings: ConditionReading[];
  /** As of the condition; that it holds for an object with nothing in it need not be told. */
  vacuity?: () => string | undefined;
}

/**
 * A condition holds where one of its readings prints `true`, blanks around it aside; of one that does not, the last reading says why.
 * @param compile throws {TemplateError | JsonPathError} where the text does not parse
 */
export function objectCondition(compile: () => CompiledCondition): ObjectCondition {
  try {
    const { readings, vacuity } = compile();
    const evaluate = (object: unknown) => verdictOf(readings, object);
    return { evaluate, vacuity: () => (evaluate({}).holds ? HOLDS_FOR_NOTHING : vacuity?.()) };
  } catch (error) {
    const fault = textOf(error);
    return { evaluate: () => ({ holds: false, error: fault }), fault, vacuity: () => undefined };
  }
}

const HOLDS_FOR_NOTHING =
  'true even for an object with nothing in it, so that the wait may be over before anything has happened; ask for a field that must be there';

function verdictOf(readings: ConditionReading[], object: unknown): Verdict {
  let verdict: Verdict = { holds: false, printed: '' };
  for (const read of readings) {
    verdict = verdictOfReading(read, object);
    if (verdict.holds) break;
  }
  return verdict;
}

/** What one reading says. */
export function verdictOfReading(read: ConditionReading, object: unknown): Verdict {
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
