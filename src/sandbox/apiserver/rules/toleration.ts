import { textOf } from '../json-value.ts';
import type { Fields } from '../json-value.ts';
import { keyComplaints, labelValueComplaints } from '../object-name-rules.ts';
import { invalidValue, unsupportedValue } from '../status-error.ts';
import type { FieldError } from '../status-error.ts';

const EFFECTS = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'];

export function tolerationErrors(
  { key, operator, value, effect, tolerationSeconds }: Fields,
  at: string,
): FieldError[] {
  const errors: FieldError[] = [];
  if (textOf(key) !== '')
    errors.push(...keyComplaints(textOf(key)).map((text) => invalidValue(`${at}.key`, key, text)));
  else if (operator !== 'Exists')
    errors.push(
      invalidValue(
        `${at}.operator`,
        operator ?? '',
        'operator must be Exists when `key` is empty, which means "match all values and all keys"',
      ),
    );
  if (tolerationSeconds !== undefined && effect !== 'NoExecute')
    errors.push(
      invalidValue(
        `${at}.effect`,
        effect ?? '',
        "effect must be 'NoExecute' when `tolerationSeconds` is set",
      ),
    );
  switch (operator) {
    case undefined:
    case '':
    case 'Equal': {
      const complaints = labelValueComplaints(textOf(value));
      if (complaints.length > 0) errors.push(invalidValue(`${at}.operator`, value, complaints.join(';')));
      break;
    }
    case 'Exists':
      if (textOf(value) !== '')
        errors.push(invalidValue(`${at}.operator`, value, "value must be empty when `operator` is 'Exists'"));
      break;
    default:
      errors.push(unsupportedValue(`${at}.operator`, operator, ['Equal', 'Exists']));
  }
  if (textOf(effect) !== '' && !EFFECTS.includes(textOf(effect)))
    errors.push(unsupportedValue(`${at}.effect`, effect, EFFECTS));
  return errors;
}
