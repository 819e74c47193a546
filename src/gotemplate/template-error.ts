import type { AnyNode } from './nodes.ts';

/** Where and why a template could not be parsed or executed. Lines count from 1; columns, in bytes, from 0 as in Go. */
export interface TemplateErrorDetails {
  line: number;
  /** Of what failed. Go's text of a parse error has only the line; where the place is not on that line, it is absent. */
  column?: number;
  /** The part of the template that failed, as Go prints it between `<` and `>`. */
  context?: string;
  /** Where `context` begins and how many bytes it covers, when it stands in the template literally. */
  contextColumn?: number;
  length?: number;
  /** The key that a map lacks, when that is the failure. */
  missingKey?: string;
  /** The function that failed, when that is the failure. */
  functionName?: string;
  /** The part of the tree that failed; a template that does not parse has none. */
  node?: AnyNode;
  /** What to do, or what was probably meant: a sentence for people. */
  hint?: string | undefined;
  cause?: unknown;
}

/** A template that can't be parsed or executed. The message is Go's own text. */
export class TemplateError extends Error {
  override name = 'TemplateError';
  readonly kind: 'parse' | 'execute';
  readonly line: number;
  readonly column: number | undefined;
  readonly context: string | undefined;
  readonly contextColumn: number | undefined;
  readonly length: number | undefined;
  readonly missingKey: string | undefined;
  readonly functionName: string | undefined;
  readonly node: AnyNode | undefined;
  readonly hint: string | undefined;

  constructor(kind: 'parse' | 'execute', message: string, details: TemplateErrorDetails) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.kind = kind;
    this.line = details.line;
    this.column = details.column;
    this.context = details.context;
    this.contextColumn = details.contextColumn;
    this.length = details.length;
    this.missingKey = details.missingKey;
    this.functionName = details.functionName;
    this.node = details.node;
    this.hint = details.hint;
  }
}
