import type { NumberConstant } from './number-constant.ts';
import { quote } from './quote.ts';

/**
 * The parsed tree. `position` is an offset into the template's text in UTF-16 units; `sourcePosition` turns it into the line
 * and the column (in bytes) that Go reports.
 */
export type Node = ListNode | TextNode | ActionNode | BranchNode | TemplateNode | BreakNode | ContinueNode;

/** What stands in a command: an operand, the first of which may be a function. */
export type OperandNode =
  | IdentifierNode
  | VariableNode
  | DotNode
  | NilNode
  | FieldNode
  | ChainNode
  | BoolNode
  | NumberNode
  | StringNode
  | PipeNode;

export type AnyNode = Node | OperandNode | CommandNode;

export interface ListNode {
  type: 'list';
  position: number;
  nodes: Node[];
}

export interface TextNode {
  type: 'text';
  position: number;
  text: string;
}

/** `{{pipeline}}`. */
export interface ActionNode {
  type: 'action';
  position: number;
  pipe: PipeNode;
}

export interface BranchNode {
  type: 'if' | 'range' | 'with';
  position: number;
  pipe: PipeNode;
  list: ListNode;
  elseList: ListNode | undefined;
}

/** `{{template "name" pipeline}}`, also what a `{{block}}` becomes. */
export interface TemplateNode {
  type: 'template';
  position: number;
  name: string;
  pipe: PipeNode | undefined;
}

export interface BreakNode {
  type: 'break';
  position: number;
}

export interface ContinueNode {
  type: 'continue';
  position: number;
}

export interface PipeNode {
  type: 'pipe';
  position: number;
  /** `=` rather than `:=`. */
  isAssignment: boolean;
  declarations: VariableNode[];
  commands: CommandNode[];
}

export interface CommandNode {
  type: 'command';
  position: number;
  args: OperandNode[];
}

/** The name of a function. */
export interface IdentifierNode {
  type: 'identifier';
  position: number;
  name: string;
}

/** `$x.Field.Other` as `['$x', 'Field', 'Other']`. */
export interface VariableNode {
  type: 'variable';
  position: number;
  path: string[];
}

export interface DotNode {
  type: 'dot';
  position: number;
}

export interface NilNode {
  type: 'nil';
  position: number;
}

/** `.Field.Other` as `['Field', 'Other']`. */
export interface FieldNode {
  type: 'field';
  position: number;
  path: string[];
}

/** Fields of something that is itself an expression: `(pipeline).Field`. */
export interface ChainNode {
  type: 'chain';
  position: number;
  node: OperandNode;
  path: string[];
}

export interface BoolNode {
  type: 'bool';
  position: number;
  value: boolean;
}

export interface NumberNode {
  type: 'number';
  position: number;
  text: string;
  constant: NumberConstant;
}

export interface StringNode {
  type: 'string';
  position: number;
  /** As written, with quotes. */
  quoted: string;
  text: string;
}

/** The tree of a template: its own list and those that it defines, by name. */
export interface Tree {
  /** Name given to the outermost template, which positions are reported under. */
  name: string;
  text: string;
  root: ListNode;
  /** Every template by name, the outermost one included. */
  definitions: ReadonlyMap<string, ListNode>;
}

/** A node as Go writes it into errors: normalised spacing, everything else as in the template. */
export function nodeText(node: AnyNode): string {
  switch (node.type) {
    case 'list':
      return node.nodes.map(nodeText).join('');
    case 'text':
      return node.text;
    case 'action':
      return `{{${nodeText(node.pipe)}}}`;
    case 'if':
    case 'range':
    case 'with': {
      const otherwise = node.elseList === undefined ? '' : `{{else}}${nodeText(node.elseList)}`;
      return `{{${node.type} ${nodeText(node.pipe)}}}${nodeText(node.list)}${otherwise}{{end}}`;
    }
    case 'template':
      return `{{template ${quote(node.name)}${node.pipe === undefined ? '' : ` ${nodeText(node.pipe)}`}}}`;
    case 'break':
      return '{{break}}';
    case 'continue':
      return '{{continue}}';
    case 'pipe': {
      const names = node.declarations.map(nodeText).join(', ');
      const declaration = names === '' ? '' : `${names} ${node.isAssignment ? '=' : ':='} `;
      return declaration + node.commands.map(nodeText).join(' | ');
    }
    case 'command':
      return node.args.map(parenthesised).join(' ');
    case 'identifier':
      return node.name;
    case 'variable':
      return node.path.join('.');
    case 'dot':
      return '.';
    case 'nil':
      return 'nil';
    case 'field':
      return node.path.map((name) => `.${name}`).join('');
    case 'chain':
      return [parenthesised(node.node), ...node.path].join('.');
    case 'bool':
      return String(node.value);
    case 'number':
      return node.text;
    case 'string':
      return node.quoted;
  }
}

function parenthesised(node: OperandNode): string {
  return node.type === 'pipe' ? `(${nodeText(node)})` : nodeText(node);
}

/** The line (from 1) and the column (in bytes, from 0) of an offset, as Go reports them. */
export function sourcePosition(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset);
  const lineStart = before.lastIndexOf('\n') + 1;
  let line = 1;
  for (let at = before.indexOf('\n'); at >= 0; at = before.indexOf('\n', at + 1)) line++;
  return { line, column: Buffer.byteLength(before.slice(lineStart)) };
}
