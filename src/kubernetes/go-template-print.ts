import { concrete, bool, string } from '../gotemplate/value.ts';
import type { Operand, Value } from '../gotemplate/value.ts';
import { compileTemplate } from '../gotemplate/template.ts';
import { define, defineVariadic, FunctionError } from '../gotemplate/function.ts';
import type { FunctionMap } from '../gotemplate/function.ts';
import { byteLength, fromBytes, toBytes } from '../gotemplate/go-string.ts';
import { fromJson } from '../gotemplate/json.ts';
import type { FromJsonOptions } from '../gotemplate/json.ts';
import { faultInBase64 } from '../gotemplate/sprig/encoding.ts';
import { quote } from '../gotemplate/quote.ts';
import { TemplateError } from '../gotemplate/template-error.ts';

export interface GoTemplatePrinter {
  /**
   * What the template prints with an object as the dot.
   * @param object parsed JSON; whole numbers may be bigint
   * @throws {TemplateError} of kind `execute`. Unlike kubectl it does not go on to print the object, which may hold secrets.
   */
  print(object: unknown): string;
}

/**
 * Compiles a template as `kubectl get -o go-template` reads it, which is also the language of the conditions of Kanister's WaitV2:
 * text/template's own functions, and `exists` and `base64decode`.
 * @param options.allowMissingKeys prints `<no value>` for a missing field; absent is true
 * @param options.integers what whole numbers are to the template; absent is int64
 * @throws {TemplateError} of kind `parse`
 */
export function compileGoTemplatePrinter(
  template: string,
  options: { allowMissingKeys?: boolean; integers?: FromJsonOptions['integers'] } = {},
): GoTemplatePrinter {
  const { integers = 'int64' } = options;
  const missingKey = options.allowMissingKeys === false ? 'error' : 'default';
  const compiled = compileTemplate(template, { name: 'output', functions: KUBECTL_FUNCTIONS, missingKey });
  return {
    print(object) {
      try {
        return compiled.execute(fromJson(object, { integers }));
      } catch (error) {
        if (!(error instanceof TemplateError)) throw error;
        throw new TemplateError('execute', `error executing template ${quote(template)}: ${error.message}`, {
          line: error.line,
          ...(error.column === undefined ? {} : { column: error.column }),
          ...(error.context === undefined ? {} : { context: error.context }),
          ...(error.missingKey === undefined ? {} : { missingKey: error.missingKey }),
          cause: error,
        });
      }
    },
  };
}

const KUBECTL_FUNCTIONS: FunctionMap = {
  exists: defineVariadic(['interface {}'], 'interface {}', (item, path) => bool(exists(item, path))),
  base64decode: define(['string'], (text) => string(decode(text))),
};

/** Whether `index` with the same arguments would find something that is not null. With no path anything is there, as in kubectl. */
function exists(item: Value, path: readonly Operand[]): boolean {
  if (path.length === 0) return true;
  let value: Value | undefined = item;
  for (const key of path.map(concrete)) {
    value = value === undefined ? undefined : elementOf(value, key);
    if (value === undefined) return false;
  }
  return value.kind !== 'nil';
}

function elementOf(value: Value, key: Value): Value | undefined {
  switch (value.kind) {
    case 'map':
      return key.kind === 'string' || key.kind === 'nil'
        ? value.entries.get(key.kind === 'nil' ? '' : key.value)
        : undefined;
    case 'list':
      return key.kind === 'integer' ? value.items[Number(key.value)] : undefined;
    case 'string':
      return key.kind === 'integer' && key.value >= 0n && key.value < BigInt(byteLength(value.value))
        ? bool(true)
        : undefined;
    default:
      return undefined;
  }
}

/** Go's base64.StdEncoding. */
function decode(text: string): string {
  const fault = faultInBase64(toBytes(text));
  if (fault !== undefined)
    throw new FunctionError(`base64 decode failed: illegal base64 data at input byte ${fault}`);
  return fromBytes(Buffer.from(text, 'base64'));
}
