import { define, defineVariadic, FunctionError } from '../../function.ts';
import type { FunctionMap } from '../../function.ts';
import { encodeJson, fromJson, UnsupportedValue } from '../../json.ts';
import { bool, nil, string } from '../../value.ts';
import type { Value } from '../../value.ts';
import { isEmpty } from '../conversion.ts';

const any = 'interface {}';

export const valueAdditions: FunctionMap = {
  all: defineVariadic([], any, (values) => bool(!values.some(isEmpty))),
  any: defineVariadic([], any, (values) => bool(values.some((value) => !isEmpty(value)))),
  mustToJson: define([any], (value) => string(encoded(value, 0))),
  mustToPrettyJson: define([any], (value) => string(encoded(value, 2))),
  toRawJson: define([any], (value) => string(unescaped(encoded(value, 0)))),
  mustToRawJson: define([any], (value) => string(unescaped(encoded(value, 0)))),
  fromJson: define(['string'], (text) => parsed(text) ?? nil),
  mustFromJson: define(['string'], (text) => {
    const value = parsed(text);
    if (value === undefined)
      throw new FunctionError(`this is no JSON: ${JSON.stringify(text.slice(0, 100))}`);
    return value;
  }),
};

function encoded(value: Value, indent: number): string {
  try {
    return encodeJson(value, indent);
  } catch (error) {
    if (!(error instanceof UnsupportedValue)) throw error;
    throw new FunctionError(error.message, { cause: error });
  }
}

/** Takes back the escapes of what HTML could mistake, and no others. */
function unescaped(json: string): string {
  const characters: Readonly<Record<string, string>> = { '\\u003c': '<', '\\u003e': '>', '\\u0026': '&' };
  return json.replaceAll(/\\(?:u[0-9a-f]{4}|.)/g, (escape) => characters[escape] ?? escape);
}

/** Undefined for what is no JSON, or has a number that no float holds. All numbers are floats. */
function parsed(text: string): Value | undefined {
  try {
    let isTooLarge = false;
    const json: unknown = JSON.parse(text.toWellFormed(), (_key, value: unknown) => {
      isTooLarge ||= value === Infinity || value === -Infinity;
      return value;
    });
    return isTooLarge ? undefined : fromJson(json, { integers: 'float64' });
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
