import type { Execution } from './execution.ts';
import { FunctionError } from './function.ts';
import type { ParameterType, TemplateFunction } from './function.ts';
import { nodeText } from './nodes.ts';
import type { AnyNode, OperandNode } from './nodes.ts';
import { validate } from './parameter.ts';
import { isTruthy, nil } from './value.ts';
import type { Operand } from './value.ts';

/** An argument in a command: its value depends on the type of the parameter it goes to. */
export interface Argument {
  node: OperandNode;
  evaluate(run: Execution, dot: Operand, type: ParameterType): Operand;
}

export interface Call {
  dot: Operand;
  name: string;
  /** The node that a failure of the function is blamed on. */
  node: AnyNode;
  args: readonly Argument[];
  /** The result of the preceding command of the pipeline: the last argument. */
  final: Operand | undefined;
}

/** Checks and evaluates the arguments in Go's order, then calls. */
export function callFunction(run: Execution, call: Call, fn: TemplateFunction): Operand {
  checkCount(run, call, fn);
  if (fn.shortCircuit !== undefined) return shortCircuit(run, call, fn.shortCircuit);
  const typeAt = (i: number): ParameterType => fn.parameters[i] ?? fn.rest ?? 'interface {}';
  const values = call.args.map((arg, i) => arg.evaluate(run, call.dot, typeAt(i)));
  if (call.final !== undefined) values.push(validate(run, call.final, typeAt(values.length)));
  try {
    return fn.call(values, () => {
      const first = call.args[0];
      return first === undefined ? undefined : nodeText(first.node);
    });
  } catch (error) {
    // Also what V8 throws for a string or an array that can't be made: the template asked for too much.
    if (!(error instanceof FunctionError) && !(error instanceof RangeError)) throw error;
    run.at(call.node);
    return run.fail(`error calling ${call.name}: ${error.message}`, {
      functionName: call.name,
      cause: error,
    });
  }
}

function checkCount(run: Execution, { name, args, final }: Call, fn: TemplateFunction): void {
  const count = args.length + (final === undefined ? 0 : 1);
  const wanted = fn.parameters.length;
  if (fn.rest === undefined && count !== wanted)
    run.fail(`wrong number of args for ${name}: want ${wanted} got ${count}`);
  if (count < wanted)
    run.fail(`wrong number of args for ${name}: want at least ${wanted} got ${args.length}`);
}

function shortCircuit(run: Execution, call: Call, operator: 'and' | 'or'): Operand {
  let value: Operand = nil;
  for (const arg of call.args) {
    value = arg.evaluate(run, call.dot, 'reflect.Value');
    if (isTruthy(value) === (operator === 'or')) return value;
  }
  return call.final === undefined ? value : validate(run, call.final, 'reflect.Value');
}
