import { fieldsOf, listOf, textOf } from '../json-value.ts';
import { keyComplaints, labelValueComplaints } from '../object-name-rules.ts';
import { forbiddenField, invalidValue, required } from '../status-error.ts';
import type { FieldError } from '../status-error.ts';

/** What is wrong with a LabelSelector at a place. */
export function labelSelectorErrors(selector: unknown, at: string): FieldError[] {
  const { matchLabels, matchExpressions } = fieldsOf(selector);
  return [
    ...Object.entries(fieldsOf(matchLabels)).flatMap(([key, value]) => [
      ...keyComplaints(key).map((text) => invalidValue(`${at}.matchLabels`, key, text)),
      ...labelValueComplaints(textOf(value)).map((text) => invalidValue(`${at}.matchLabels`, value, text)),
    ]),
    ...listOf(matchExpressions).flatMap((item, index) =>
      expressionErrors(item, `${at}.matchExpressions[${index}]`),
    ),
  ];
}

export const isEmptySelector = (selector: unknown): boolean => {
  const { matchLabels, matchExpressions } = fieldsOf(selector);
  return Object.keys(fieldsOf(matchLabels)).length + listOf(matchExpressions).length === 0;
};

/** Whether one of its expressions could be asked at all. */
export const isReadableSelector = (selector: unknown): boolean =>
  listOf(fieldsOf(selector).matchExpressions).every((item) => expressionErrors(item, '').length === 0);

function expressionErrors(item: unknown, at: string): FieldError[] {
  const { key, operator, values } = fieldsOf(item);
  const errors: FieldError[] = [];
  switch (operator) {
    case 'In':
    case 'NotIn':
      if (listOf(values).length === 0)
        errors.push(required(`${at}.values`, "must be specified when `operator` is 'In' or 'NotIn'"));
      break;
    case 'Exists':
    case 'DoesNotExist':
      if (listOf(values).length > 0)
        errors.push(
          forbiddenField(
            `${at}.values`,
            "may not be specified when `operator` is 'Exists' or 'DoesNotExist'",
          ),
        );
      break;
    default:
      errors.push(invalidValue(`${at}.operator`, operator ?? '', 'not a valid selector operator'));
  }
  errors.push(...keyComplaints(textOf(key)).map((text) => invalidValue(`${at}.key`, key ?? '', text)));
  listOf(values).forEach((value, index) =>
    errors.push(
      ...labelValueComplaints(textOf(value)).map((text) =>
        invalidValue(`${at}.values[${index}]`, value, text),
      ),
    ),
  );
  return errors;
}
