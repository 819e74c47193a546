import type { FunctionMap } from './function.ts';
import { byteLength, normalise } from './go-string.ts';
import { nodeText, sourcePosition } from './nodes.ts';
import type { AnyNode, Tree } from './nodes.ts';
import { quote } from './quote.ts';
import { TemplateError } from './template-error.ts';
import type { TemplateErrorDetails } from './template-error.ts';
import type { Operand } from './value.ts';

/** Bounds on one execution. Go has none: a template there can hold or fill the controller for ever. */
export interface ExecutionLimits {
  /** Nodes evaluated, loop iterations, and the size of what functions make, together. */
  steps: number;
  /** Characters of output. */
  outputLength: number;
  /** Templates within templates; Go stops at 100000. */
  depth: number;
}

export const defaultLimits: ExecutionLimits = {
  steps: 10_000_000,
  outputLength: 64 * 1024 * 1024,
  depth: 1000,
};

/** The state of one execution of a template: output, variables, and the node that an error would be blamed on. */
export class Execution {
  readonly limits: ExecutionLimits;
  /** In place of the functions that the template was compiled with. */
  readonly functions: FunctionMap | undefined;
  readonly variables: { name: string; value: Operand }[];
  /** The template being executed: the outermost one or one that it defines. */
  templateName: string;
  depth = 0;
  /** The node in work; kept up to date by the evaluator because Go's errors name the last one that was entered. */
  node: AnyNode | undefined;
  private readonly tree: Tree;
  private output = '';
  private steps = 0;

  constructor(tree: Tree, data: Operand, limits: ExecutionLimits, functions?: FunctionMap) {
    this.functions = functions;
    this.tree = tree;
    this.templateName = tree.name;
    this.limits = limits;
    this.variables = [{ name: '$', value: data }];
  }

  /** Marks the node in work. */
  at(node: AnyNode): void {
    this.node = node;
    this.countStep();
  }

  countStep(): void {
    this.countSteps(1);
  }

  countSteps(count: number): void {
    this.steps += count;
    if (this.steps > this.limits.steps) this.fail(`template takes more than ${this.limits.steps} steps`);
  }

  write(text: string): void {
    if (this.output.length + text.length > this.limits.outputLength) {
      this.fail(`output is longer than ${this.limits.outputLength} characters`);
    }
    this.output += text;
  }

  /** The output so far; bytes that are no valid UTF-8 have become U+FFFD, as they do in any JSON. */
  result(): string {
    return this.output.isWellFormed() ? this.output : normalise(this.output).toWellFormed();
  }

  push(name: string, value: Operand): void {
    this.variables.push({ name, value });
  }

  /** Overwrites the innermost variable of that name. */
  assign(name: string, value: Operand): void {
    const variable = this.variables.findLast((candidate) => candidate.name === name);
    this.countSteps(this.variables.length);
    if (variable === undefined) return this.fail(`undefined variable: ${name}`);
    variable.value = value;
  }

  variable(name: string): Operand {
    for (let i = this.variables.length - 1; i >= 0; i--) {
      const variable = this.variables[i];
      if (variable?.name !== name) continue;
      // The search is what takes time where there are thousands of them.
      this.countSteps(this.variables.length - 1 - i);
      return variable.value;
    }
    return this.fail(`undefined variable: ${name}`);
  }

  /** @throws {TemplateError} always: the message in Go's frame, blamed on the node in work. */
  fail(
    message: string,
    details: Pick<TemplateErrorDetails, 'missingKey' | 'functionName' | 'hint' | 'cause'> = {},
  ): never {
    const { name, text } = this.tree;
    const { node } = this;
    if (node === undefined) {
      throw new TemplateError('execute', `template: ${this.templateName}: ${message}`, {
        line: 1,
        ...details,
      });
    }
    const { line, column } = sourcePosition(text, node.position);
    const context = nodeText(node);
    throw new TemplateError(
      'execute',
      `template: ${name}:${line}:${column}: executing ${quote(this.templateName)} at <${context}>: ${message}`.toWellFormed(),
      { line, column, context, node, ...locate(text, context, node.position), ...details },
    );
  }
}

/** Go reports a field chain at its second part; the text itself may start earlier. */
function locate(
  text: string,
  context: string,
  position: number,
): { contextColumn?: number; length?: number } {
  const start = text.lastIndexOf(context, position);
  if (start < 0 || start + context.length < position) return {};
  return { contextColumn: sourcePosition(text, start).column, length: byteLength(context) };
}
