import { define, defineVariadic, FunctionError } from '../function.ts';
import type { FunctionMap } from '../function.ts';
import { encodeJson, UnsupportedValue } from '../json.ts';
import { bool, kindName, nil, string, typeName } from '../value.ts';
import type { Value } from '../value.ts';
import { isEmpty } from './conversion.ts';
import { deepCopy, deepEqual } from './deep.ts';

/** sprig's functions on values of any type: defaults, JSON, reflection. */
export const valueFunctions: FunctionMap = {
  default: defineVariadic(['interface {}'], 'interface {}', (fallback, [given = nil]) =>
    isEmpty(given) ? fallback : given,
  ),
  empty: define(['interface {}'], (value) => bool(isEmpty(value))),
  coalesce: defineVariadic([], 'interface {}', (values) => values.find((value) => !isEmpty(value)) ?? nil),
  ternary: define(['interface {}', 'interface {}', 'bool'], (yes, no, condition) => (condition ? yes : no)),
  toJson: define(['interface {}'], (value) => string(jsonOrNothing(value, 0))),
  toPrettyJson: define(['interface {}'], (value) => string(jsonOrNothing(value, 2))),
  deepCopy: define(['interface {}'], (value, spend) => {
    if (value.kind === 'nil') throw new FunctionError('reflect: call of reflect.Value.Type on zero Value');
    return deepCopy(value, spend);
  }),
  deepEqual: define(['interface {}', 'interface {}'], (a, b, spend) => bool(deepEqual(a, b, spend))),
  typeOf: define(['interface {}'], (value) => string(typeName(value))),
  typeIs: define(['string', 'interface {}'], (type, value) => bool(type === typeName(value))),
  typeIsLike: define(['string', 'interface {}'], (type, value) =>
    bool([type, `*${type}`].includes(typeName(value))),
  ),
  kindOf: define(['interface {}'], (value) => string(kindName(value))),
  kindIs: define(['string', 'interface {}'], (kind, value) => bool(kind === kindName(value))),
};

/** sprig gives an empty text for what has no JSON. */
function jsonOrNothing(value: Value, indent: number): string {
  try {
    return encodeJson(value, indent);
  } catch (error) {
    if (error instanceof UnsupportedValue) return '';
    throw error;
  }
}
