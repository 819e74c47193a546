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

/** A place in a template where something is called; made once, when the template is compiled. */
export interface CallSite {
  name: string;
  /** The node that a failure of the function is blamed on. */
  node: AnyNode;
  args: readonly Argument[];
  /** Which part of the node's path the name is. */
  place: number;
  /** The first argument as it stands in the template. */
  firstText(): string | undefined;
}

export function callSite(name: string, node: AnyNode, args: readonly Argument[], place = 0): CallSite {
  const [first] = args;
  return {
    name,
    node,
    args,
    place,
    firstText: () => (first === undefined ? undefined : nodeText(first.node)),
  };
}

/**
 * Checks and evaluates the arguments in Go's order, then calls.
 * @param final the result of the preceding command of the pipeline: the last argument.
 */
export function callFunction(
  run: Execution,
  site: CallSite,
  fn: TemplateFunction,
  dot: Operand,
  final: Operand | undefined,
): Operand {
  checkCount(run, site, fn, final);
  if (fn.refusal !== undefined) run.fail(fn.refusal);
  if (fn.shortCircuit !== undefined) return shortCircuit(run, site, fn.shortCircuit, dot, final);
  const values: Operand[] = [];
  for (const arg of site.args) values.push(arg.evaluate(run, dot, typeAt(fn, values.length)));
  if (final !== undefined) values.push(validate(run, final, typeAt(fn, values.length)));
  if (fn.steps !== undefined) run.countSteps(fn.steps);
  let result: Operand;
  try {
    result = fn.call(values, site.firstText, (steps) => run.countSteps(steps));
  } catch (error) {
    return failedCall(run, site, error);
  }
  run.countSteps(sizeOf(result, values));
  return result;
}

/**
 * What a function reads and makes counts as steps, so that their limit is one on time and memory too: about 40 million characters made, 640
 * million read.
 */
function sizeOf(result: Operand, args: readonly Operand[]): number {
  let size = 0;
  for (const arg of args) size += extentOf(arg) >> 6;
  return args.includes(result) ? size : size + (extentOf(result) >> 2);
}

function extentOf(operand: Operand): number {
  switch (operand.kind) {
    case 'string':
    case 'bytes':
      return operand.value.length;
    case 'list':
      // An element takes as much as some characters.
      return operand.items.length << 3;
    case 'map':
      return operand.entries.size << 4;
    default:
      return 0;
  }
}

function typeAt(fn: TemplateFunction, i: number): ParameterType {
  return fn.parameters[i] ?? fn.rest ?? 'interface {}';
}

function failedCall(run: Execution, { name, node }: CallSite, error: unknown): never {
  // Also what V8 throws for a string or an array that can't be made: the template asked for too much.
  if (!(error instanceof FunctionError) && !(error instanceof RangeError)) throw error;
  run.at(node);
  return run.fail(`error calling ${name}: ${error.message}`, { functionName: name, cause: error });
}

function checkCount(
  run: Execution,
  { name, args }: CallSite,
  fn: TemplateFunction,
  final: Operand | undefined,
): void {
  const count = args.length + (final === undefined ? 0 : 1);
  const wanted = fn.parameters.length;
  if (fn.rest === undefined && count !== wanted)
    run.fail(`wrong number of args for ${name}: want ${wanted} got ${count}`);
  if (count < wanted)
    run.fail(`wrong number of args for ${name}: want at least ${wanted} got ${args.length}`);
}

function shortCircuit(
  run: Execution,
  site: CallSite,
  operator: 'and' | 'or',
  dot: Operand,
  final: Operand | undefined,
): Operand {
  let value: Operand = nil;
  for (const arg of site.args) {
    value = arg.evaluate(run, dot, 'reflect.Value');
    if (isTruthy(value) === (operator === 'or')) return value;
  }
  return final === undefined ? value : validate(run, final, 'reflect.Value');
}
