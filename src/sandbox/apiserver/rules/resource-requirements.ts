import { compareQuantities, formatQuantity, parseQuantity } from '../../../kubernetes/quantity.ts';
import { fieldsOf, textOf } from '../json-value.ts';
import type { Fields } from '../json-value.ts';
import { keyComplaints } from '../object-name-rules.ts';
import { invalidValue, required } from '../status-error.ts';
import type { FieldError } from '../status-error.ts';

const STANDARD = ['cpu', 'memory', 'ephemeral-storage'];

/** Requests and limits of a container. */
export function resourceRequirementErrors(resources: Fields, at: string): FieldError[] {
  const limits = fieldsOf(resources.limits);
  const requests = fieldsOf(resources.requests);
  return [
    ...Object.entries(limits).flatMap(([name, amount]) => amountErrors(name, textOf(amount), `${at}.limits`)),
    ...Object.entries(requests).flatMap(([name, amount]) => [
      ...amountErrors(name, textOf(amount), `${at}.requests`),
      ...excessErrors(name, textOf(amount), limits[name], `${at}.requests`),
    ]),
  ];
}

function amountErrors(name: string, amount: string, at: string): FieldError[] {
  const complaints = keyComplaints(name);
  const place = `${at}[${name}]`;
  if (complaints.length > 0) return complaints.map((text) => invalidValue(place, name, text));
  const unknown = !name.includes('/') && !STANDARD.includes(name) && !name.startsWith('hugepages-');
  return [
    ...(unknown
      ? [
          invalidValue(place, name, 'must be a standard resource type or fully qualified'),
          invalidValue(place, name, 'must be a standard resource for containers'),
        ]
      : []),
    ...(parseQuantity(amount).digits < 0n
      ? [invalidValue(place, amount, 'must be greater than or equal to 0')]
      : []),
  ];
}

function excessErrors(name: string, request: string, limit: unknown, at: string): FieldError[] {
  // What can't be shared has to be limited to what is asked for.
  const shared = !name.includes('/') && !name.startsWith('hugepages-');
  if (typeof limit !== 'string') {
    return shared
      ? []
      : [required(at.replace(/requests$/, 'limits'), 'Limit must be set for non overcommitable resources')];
  }
  const order = compareQuantities(parseQuantity(request), parseQuantity(limit));
  const shown = formatQuantity(parseQuantity(limit));
  if (!shared && order !== 0)
    return [invalidValue(at, request, `must be equal to ${name} limit of ${shown}`)];
  return order > 0
    ? [invalidValue(at, request, `must be less than or equal to ${name} limit of ${shown}`)]
    : [];
}
