import { byteLength, normalise } from './go-string.ts';
import { nodeText, sourcePosition } from './nodes.ts';
import type { AnyNode, Tree } from './nodes.ts';
import { quote } from './quote.ts';
import { TemplateError } from './template-error.ts';
import type { TemplateErrorDetails } from './template-error.ts';
import type { Operand } from './value.ts';

/** Bounds on one execution. Go has none: a template there can hold or fill the controller for ever. */
export interface ExecutionLimits {
  /** Nodes evaluated and loop iterations together. */
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
  readonly variables: { name: string; value: Operand }[];
  /** The template being executed: the outermost one or one that it defines. */
  templateName: string;
  depth = 0;
  /** The node in work; kept up to date by the evaluator because Go's errors name the last one that was entered. */
  node: AnyNode | undefined;
  private readonly tree: Tree;
  private readonly output: string[] = [];
  private outputLength = 0;
  private steps = 0;

  constructor(tree: Tree, data: Operand, limits: ExecutionLimits) {
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
    if (++this.steps > this.limits.steps) this.fail(`template takes more than ${this.limits.steps} steps`);
  }

  write(text: string): void {
    this.outputLength += text.length;
    if (this.outputLength > this.limits.outputLength) {
      this.fail(`output is longer than ${this.limits.outputLength} characters`);
    }
    this.output.push(text);
  }

  /** The output so far; bytes that are no valid UTF-8 have become U+FFFD, as they do in any JSON. */
  result(): string {
    return normalise(this.output.join('')).toWellFormed();
  }

  push(name: string, value: Operand): void {
    this.variables.push({ name, value });
  }

  /** Overwrites the innermost variable of that name. */
  assign(name: string, value: Operand): void {
    const variable = this.variables.findLast((candidate) => candidate.name === name);
    if (variable === undefined) return this.fail(`undefined variable: ${name}`);
    variable.value = value;
  }

  variable(name: string): Operand {
    const variable = this.variables.findLast((candidate) => candidate.name === name);
    return variable === undefined ? this.fail(`undefined variable: ${name}`) : variable.value;
  }

  /** @throws {TemplateError} always: the message in Go's frame, blamed on the node in work. */
  fail(
    message: string,
    details: Pick<TemplateErrorDetails, 'missingKey' | 'functionName' | 'cause'> = {},
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
      { line, column, context, ...locate(text, context, node.position), ...details },
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
