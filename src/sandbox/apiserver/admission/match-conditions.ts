import { Environment } from '@marcbachmann/cel-js';
import { fieldsOf, isFields, listOf, textOf } from '../json-value.ts';
import type { Fields } from '../json-value.ts';
import { forbidden, notSupported } from '../status-error.ts';
import type { AdmissionRequest } from './admission-request.ts';

/**
 * Whether all conditions of a webhook hold; `review` is the question that it would be asked. One that cannot be evaluated counts as the
 * webhook's failure, unless another one does not hold.
 * @throws {StatusError} 403 where the failure is not to be ignored; 501 for what the sandbox does not have
 */
export function matchConditionsHold(
  webhook: Fields,
  review: Fields,
  { definition, name }: Pick<AdmissionRequest, 'definition' | 'name'>,
): boolean {
  const { object = null, oldObject = null, ...request } = fieldsOf(review.request);
  const variables = celFields({ object, oldObject, request });
  const faults: string[] = [];
  for (const condition of listOf(webhook.matchConditions)) {
    const expression = textOf(fieldsOf(condition).expression);
    if (/\bauthorizer\b/.test(expression))
      throw notSupported(`the authorizer in matchConditions of webhooks (${textOf(webhook.name)})`);
    try {
      if (environment.parse(expression)(variables) !== true) return false;
    } catch (error) {
      faults.push(`expression '${expression}' resulted in error: ${faultOf(error)}`);
    }
  }
  if (faults.length === 0) return true;
  if (webhook.failurePolicy === 'Ignore') return false;
  throw forbidden(definition, name, faults.length === 1 ? faults.join() : `[${faults.join(', ')}]`);
}

/** Why an expression is none that says yes or no; undefined where it is one. */
export function conditionFault(expression: string): string | undefined {
  const checked = environment.check(expression);
  if (!checked.valid) return `compilation failed: ERROR: <input>:1:1: ${faultOf(checked.error)}`;
  return checked.type === 'bool' || checked.type === 'dyn' ? undefined : 'must evaluate to bool';
}

const environment = ['object', 'oldObject', 'request', 'authorizer'].reduce(
  (known, name) => known.registerVariable(name, 'dyn'),
  new Environment({ enableOptionalTypes: true, homogeneousAggregateLiterals: false }),
);

/** As Go words it: the evaluator's words begin with a capital. */
function faultOf(error: unknown): string {
  const text = (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
  return text.charAt(0).toLowerCase() + text.slice(1);
}

/** Numbers without a fraction are integers. */
function celValue(value: unknown): unknown {
  if (typeof value === 'number') return Number.isInteger(value) ? BigInt(value) : value;
  if (Array.isArray(value)) return value.map(celValue);
  return isFields(value) ? celFields(value) : value;
}

const celFields = (fields: Fields): Fields =>
  Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, celValue(value)]));
