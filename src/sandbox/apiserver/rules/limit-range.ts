import { compareQuantities, formatQuantity, parseQuantity } from '../../../kubernetes/quantity.ts';
import { fieldsOf, isFields, listOf, ownSpec, textOf, valueAt } from '../json-value.ts';
import type { Fields } from '../json-value.ts';
import type { ApiObject } from '../resource-definition.ts';
import { duplicateValue, forbiddenField, invalidValue, required } from '../status-error.ts';
import type { FieldError } from '../status-error.ts';

const TYPES = ['Pod', 'Container', 'PersistentVolumeClaim'];

/** Limits of containers fill each other in: the default is the most, the request is the default or the least. */
export function applyLimitRangeDefaults(object: ApiObject): void {
  for (const limit of listOf(ownSpec(object).limits)) {
    if (!isFields(limit) || limit.type !== 'Container') continue;
    limit.default = { ...fieldsOf(limit.max), ...fieldsOf(limit.default) };
    limit.defaultRequest = {
      ...fieldsOf(limit.min),
      ...fieldsOf(limit.default),
      ...fieldsOf(limit.defaultRequest),
    };
  }
}

export function limitRangeErrors(object: ApiObject): FieldError[] {
  const limits = listOf(valueAt(object, 'spec', 'limits')).map(fieldsOf);
  return limits.flatMap((limit, index) => [
    ...typeErrors(limit, limits.slice(0, index), `spec.limits[${index}]`),
    ...amountErrors(limit, `spec.limits[${index}]`),
  ]);
}

function typeErrors(limit: Fields, earlier: Fields[], at: string): FieldError[] {
  const type = textOf(limit.type);
  const errors: FieldError[] = [];
  if (!TYPES.includes(type) && !type.includes('/'))
    errors.push(invalidValue(`${at}.type`, type, 'must be a standard limit type or fully qualified'));
  if (earlier.some((other) => other.type === type)) errors.push(duplicateValue(`${at}.type`, type));
  if (type === 'Pod') {
    for (const field of ['default', 'defaultRequest']) {
      if (Object.keys(fieldsOf(limit[field])).length > 0)
        errors.push(forbiddenField(`${at}.${field}`, "may not be specified when `type` is 'Pod'"));
    }
  }
  if (
    type === 'PersistentVolumeClaim' &&
    !valueAt(limit, 'min', 'storage') &&
    !valueAt(limit, 'max', 'storage')
  ) {
    errors.push(
      required(
        `${at}.limits`,
        'either minimum or maximum storage value is required, but neither was provided',
      ),
    );
  }
  return errors;
}

/** Pairs of amounts of which the first may not be greater, where the error stands, and what the two are called in it. */
const ORDERED: [string, string, string, string, string][] = [
  ['min', 'max', 'min', 'min value', 'max value'],
  ['min', 'defaultRequest', 'defaultRequest', 'min value', 'default request value'],
  ['defaultRequest', 'max', 'defaultRequest', 'default request value', 'max value'],
  ['defaultRequest', 'default', 'defaultRequest', 'default request value', 'default limit value'],
  ['min', 'default', 'default', 'min value', 'default value'],
  ['default', 'max', 'default', 'default value', 'max value'],
];

function amountErrors(limit: Fields, at: string): FieldError[] {
  const names = new Set(
    ['min', 'max', 'default', 'defaultRequest'].flatMap((field) => Object.keys(fieldsOf(limit[field]))),
  );
  return [...names].flatMap((name) =>
    ORDERED.flatMap(([low, high, place, lowName, highName]) => {
      const [less, more] = [amount(limit, low, name), amount(limit, high, name)];
      if (!less || !more || compareQuantities(less, more) <= 0) return [];
      const value = place === high ? (place === 'default' ? less : more) : less;
      return [
        invalidValue(
          `${at}.${place}[${name}]`,
          formatQuantity(value),
          `${lowName} ${formatQuantity(less)} is greater than ${highName} ${formatQuantity(more)}`,
        ),
      ];
    }),
  );
}

function amount(limit: Fields, field: string, name: string) {
  const text = valueAt(limit, field, name);
  return typeof text === 'string' ? parseQuantity(text) : undefined;
}
