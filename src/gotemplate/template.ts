import { textTemplateFunctions } from './builtins.ts';
import { compile } from './compile.ts';
import { defaultLimits } from './execution.ts';
import type { ExecutionLimits } from './execution.ts';
import type { MissingKey } from './field.ts';
import { FunctionError } from './function.ts';
import type { FunctionMap } from './function.ts';
import type { Tree } from './nodes.ts';
import { parse } from './parser.ts';
import { TemplateError } from './template-error.ts';
import type { Value } from './value.ts';

export interface TemplateOptions {
  /** Name in errors. */
  name?: string;
  /** Functions besides those that every template has; they win over those. */
  functions?: FunctionMap;
  /** What a missing key of a map gives; Kanister renders with `error`. */
  missingKey?: MissingKey;
  limits?: Partial<ExecutionLimits>;
}

/** A compiled template: parsed and compiled once, executed any number of times. */
export interface Template {
  readonly name: string;
  /** The parsed tree with positions, for tools that look at templates without executing them. */
  readonly tree: Tree;
  /**
   * Renders the template with `data` as the dot.
   * @param functions take the place of those of the same name that it was compiled with: where they depend on a clock, say.
   * @throws {TemplateError} of kind `execute`, with Go's text.
   */
  execute(data: Value, functions?: FunctionMap): string;
}

/**
 * Compiles a Go template.
 * @throws {TemplateError} of kind `parse`, with Go's text.
 */
export function compileTemplate(text: string, options: TemplateOptions = {}): Template {
  const name = options.name ?? 'config';
  const functions: FunctionMap = { ...textTemplateFunctions, ...options.functions };
  const source = text.toWellFormed();
  const tree = withinStack('parse', name, () => parse(name, source, functions));
  const render = withinStack('parse', name, () =>
    compile(tree, {
      functions,
      missingKey: options.missingKey ?? 'default',
      limits: { ...defaultLimits, ...options.limits },
    }),
  );
  return { name, tree, execute: (data, given) => withinStack('execute', name, () => render(data, given)) };
}

/** A template that exhausts the stack, or makes a text longer than there can be, is at fault itself: no crash. */
function withinStack<T>(kind: 'parse' | 'execute', name: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof RangeError) && !(error instanceof FunctionError)) throw error;
    throw new TemplateError(kind, `template: ${name}: too deep or too large: ${error.message}`, {
      line: 1,
      cause: error,
    });
  }
}
