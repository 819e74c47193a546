import { callFunction } from './call.ts';
import type { CallSite } from './call.ts';
import type { Execution } from './execution.ts';
import type { TemplateFunction } from './function.ts';
import { fieldNames, hintForField, hintForNil } from './hint.ts';
import { quote } from './quote.ts';
import { timeMethod } from './time-methods.ts';
import { concrete, element, findField, nil, typeName, zeroElement } from './value.ts';
import type { Operand, Value } from './value.ts';

/** What a field of a map that lacks the key gives: nothing, the zero value of its elements, or an error. */
export type MissingKey = 'default' | 'zero' | 'error';

/** Evaluates `receiver.name`: a method, a field of a struct, or an element of a map. Only a method may have arguments. */
export function evaluateField(
  run: Execution,
  receiver: Operand,
  site: CallSite,
  missingKey: MissingKey,
  dot: Operand,
  final: Operand | undefined,
): Operand {
  const { name } = site;
  if (receiver.kind === 'nil') {
    if (missingKey === 'error') run.fail(`nil data; no entry for key ${quote(name)}`);
    return nil;
  }
  const value = dereference(concrete(receiver));
  if (value.kind === 'nil')
    return run.fail(`nil pointer evaluating ${typeName(receiver)}.${name}`, { hint: hintForNil(site) });
  const method = methodOf(value, name);
  if (method !== undefined) return callFunction(run, site, method, dot, final);
  const hasArguments = site.args.length > 0 || final !== undefined;
  if (value.kind === 'struct') {
    const field = findField(value, name);
    if (field?.hidden === true)
      run.fail(`${name} is an unexported field of struct type ${typeName(receiver)}`);
    if (field !== undefined && hasArguments)
      run.fail(`${name} has arguments but cannot be invoked as function`);
    if (field !== undefined) return element(field.value, field.type ?? '');
  }
  if (value.kind === 'opaque' && value.target?.fields.some((field) => field.name === name) === true)
    run.fail(`${name} is an unexported field of struct type ${typeName(receiver)}`);
  if (value.kind === 'time' && ['wall', 'ext', 'loc'].includes(name))
    run.fail(`${name} is an unexported field of struct type ${typeName(receiver)}`);
  if (value.kind === 'map') {
    if (hasArguments) run.fail(`${name} is not a method but has arguments`);
    const found = value.entries.get(name);
    if (found !== undefined) return element(found, value.element);
    if (missingKey === 'error') {
      const hint = hintForField(site, [...value.entries.keys()]);
      run.fail(`map has no entry for key ${quote(name)}`, { missingKey: name, hint });
    }
    return missingKey === 'zero' ? zeroElement(value) : nil;
  }
  if (value.kind === 'pointer' && value.fieldNames?.includes(name) !== false)
    run.fail(`nil pointer evaluating ${typeName(receiver)}.${name}`, { hint: hintForNil(site) });
  const names =
    value.kind === 'struct' ? fieldNames(value) : value.kind === 'pointer' ? value.fieldNames : undefined;
  const hint = names === undefined ? undefined : hintForField(site, names);
  return run.fail(`can't evaluate field ${name} in type ${typeName(receiver)}`, { hint });
}

function dereference(value: Value): Value {
  let result = value;
  while (result.kind === 'pointer' && result.target !== undefined) result = result.target;
  return result;
}

function methodOf(value: Value, name: string): TemplateFunction | undefined {
  if (value.kind === 'opaque' || value.kind === 'struct') {
    return value.methods !== undefined && Object.hasOwn(value.methods, name)
      ? value.methods[name]
      : undefined;
  }
  if (value.kind === 'time' || value.kind === 'integer') return timeMethod(value, name);
  return undefined;
}
