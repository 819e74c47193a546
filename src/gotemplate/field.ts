import { callFunction } from './call.ts';
import type { Call } from './call.ts';
import type { Execution } from './execution.ts';
import type { TemplateFunction } from './function.ts';
import { quote } from './quote.ts';
import { timeMethod } from './time-methods.ts';
import { concrete, element, findField, nil, typeName, zeroElement } from './value.ts';
import type { Operand, Value } from './value.ts';

/** What a field of a map that lacks the key gives: nothing, the zero value of its elements, or an error. */
export type MissingKey = 'default' | 'zero' | 'error';

export interface FieldAccess extends Call {
  missingKey: MissingKey;
}

/** Evaluates `receiver.name`: a method, a field of a struct, or an element of a map. */
export function evaluateField(run: Execution, access: FieldAccess, receiver: Operand): Operand {
  const { name } = access;
  if (receiver.kind === 'nil') {
    if (access.missingKey === 'error') run.fail(`nil data; no entry for key ${quote(name)}`);
    return nil;
  }
  const type = typeName(receiver);
  const value = dereference(concrete(receiver));
  if (value.kind === 'nil') return run.fail(`nil pointer evaluating ${type}.${name}`);
  const method = methodOf(value, name);
  if (method !== undefined) return callFunction(run, access, method);
  const hasArguments = access.args.length > 0 || access.final !== undefined;
  if (value.kind === 'struct') {
    const field = findField(value, name);
    if (field !== undefined && hasArguments)
      run.fail(`${name} has arguments but cannot be invoked as function`);
    if (field !== undefined) return element(field.value, field.type ?? '');
  }
  if (value.kind === 'map') {
    if (hasArguments) run.fail(`${name} is not a method but has arguments`);
    const found = value.entries.get(name);
    if (found !== undefined) return element(found, value.element);
    if (access.missingKey === 'error')
      run.fail(`map has no entry for key ${quote(name)}`, { missingKey: name });
    return access.missingKey === 'zero' ? zeroElement(value) : nil;
  }
  if (value.kind === 'pointer' && value.fieldNames?.includes(name) !== false)
    run.fail(`nil pointer evaluating ${type}.${name}`);
  return run.fail(`can't evaluate field ${name} in type ${type}`);
}

function dereference(value: Value): Value {
  let result = value;
  while (result.kind === 'pointer' && result.target !== undefined) result = result.target;
  return result;
}

function methodOf(value: Value, name: string): TemplateFunction | undefined {
  if (value.kind === 'opaque') return Object.hasOwn(value.methods, name) ? value.methods[name] : undefined;
  if (value.kind === 'time' || value.kind === 'integer') return timeMethod(value, name);
  return undefined;
}
