import { describeToken, lex } from './lexer.ts';
import type { Token, TokenKind } from './lexer.ts';
import type { FunctionMap } from './function.ts';
import { byteLength } from './go-string.ts';
import { hintForDash, hintForName } from './hint.ts';
import { nodeText, sourcePosition } from './nodes.ts';
import type {
  BranchNode,
  ChainNode,
  CommandNode,
  ListNode,
  Node,
  OperandNode,
  PipeNode,
  TemplateNode,
  Tree,
} from './nodes.ts';
import { BadNumber, parseNumberConstant } from './number-constant.ts';
import { InvalidSyntax, quote, unquote } from './quote.ts';
import { TemplateError } from './template-error.ts';
import { VariableScope } from './variable-scope.ts';

/** Go allows 10000 and grows its stack; here nesting is bounded so that a hostile template can't exhaust ours. */
const maximumDepth = 500;

/**
 * Parses a template and the templates that it defines.
 * @param name what positions are reported under.
 * @param functions what an identifier may name.
 * @throws {TemplateError} of kind `parse`, with Go's text.
 */
export function parse(name: string, text: string, functions: FunctionMap): Tree {
  const parser = new Parser(name, text, functions);
  return parser.parse();
}

/** Where a list of nodes ended. */
interface Terminator {
  type: 'end' | 'else';
  position: number;
}

const operandStarts: ReadonlySet<TokenKind> = new Set([
  'bool',
  'charConstant',
  'complex',
  'dot',
  'field',
  'identifier',
  'number',
  'nil',
  'rawString',
  'string',
  'variable',
  'leftParen',
]);

/** A recursive-descent parser; one use. */
class Parser {
  private readonly name: string;
  private readonly text: string;
  private readonly tokens: Token[];
  private readonly functions: FunctionMap;
  private readonly definitions = new Map<string, ListNode>();
  private index = 0;
  /** The furthest token looked at: errors are reported on its line. */
  private furthest = 0;
  private variables = new VariableScope();
  private actionLine = 0;
  private rangeDepth = 0;
  private depth = 0;

  constructor(name: string, text: string, functions: FunctionMap) {
    this.name = name;
    this.text = text;
    this.tokens = lex(text);
    this.functions = functions;
  }

  parse(): Tree {
    const root: ListNode = { type: 'list', position: this.peek().position, nodes: [] };
    while (this.peek().kind !== 'eof') {
      const start = this.index;
      if (this.next().kind === 'leftDelim' && this.nextNonSpace().kind === 'define') {
        this.inNewTemplate(() => this.parseDefinition());
        continue;
      }
      this.index = start;
      const node = this.textOrAction();
      if (isTerminator(node)) this.fail(`unexpected {{${node.type}}}`);
      root.nodes.push(node);
    }
    this.define(this.name, root);
    // A template that is nothing but space may define itself.
    const own = this.definitions.get(this.name) ?? root;
    return { name: this.name, text: this.text, root: own, definitions: this.definitions };
  }

  /** A definition sees neither the variables nor the loops around it. */
  private inNewTemplate<T>(parseBody: () => T): T {
    const { variables, rangeDepth, actionLine } = this;
    this.variables = new VariableScope();
    this.rangeDepth = 0;
    this.actionLine = 0;
    const result = parseBody();
    this.variables = variables;
    this.rangeDepth = rangeDepth;
    this.actionLine = actionLine;
    return result;
  }

  private parseDefinition(): void {
    const context = 'define clause';
    const name = this.templateName(this.nextNonSpace(), context);
    this.expect('rightDelim', context);
    const [list, end] = this.itemList();
    if (end.type !== 'end') this.fail(`unexpected {{${end.type}}} in ${context}`);
    this.define(name, list);
  }

  private define(name: string, list: ListNode): void {
    const existing = this.definitions.get(name);
    if (existing !== undefined && !isEmpty(existing)) {
      if (!isEmpty(list)) this.fail(`template: multiple definition of template ${quote(name)}`);
      return;
    }
    this.definitions.set(name, list);
  }

  private itemList(): [ListNode, Terminator] {
    const list: ListNode = { type: 'list', position: this.peekNonSpace().position, nodes: [] };
    while (this.peekNonSpace().kind !== 'eof') {
      const node = this.textOrAction();
      if (isTerminator(node)) return [list, node];
      list.nodes.push(node);
    }
    return this.fail('unexpected EOF');
  }

  private textOrAction(): Node | Terminator {
    const token = this.nextNonSpace();
    if (token.kind === 'text') return { type: 'text', position: token.position, text: token.text };
    if (token.kind !== 'leftDelim') return this.unexpected(token, 'input');
    this.actionLine = token.line;
    const node = this.nested(() => this.action());
    this.actionLine = 0;
    return node;
  }

  private action(): Node | Terminator {
    const token = this.nextNonSpace();
    switch (token.kind) {
      case 'block':
        return this.blockControl();
      case 'break':
      case 'continue':
        return this.loopControl(token, token.kind);
      case 'else':
        return this.elseControl();
      case 'end':
        return { type: 'end', position: this.expect('rightDelim', 'end').position };
      case 'if':
      case 'range':
      case 'with':
        return this.branch(token.kind);
      case 'template':
        return this.templateControl();
      default: {
        this.index--;
        return { type: 'action', position: token.position, pipe: this.pipeline('command', 'rightDelim') };
      }
    }
  }

  private loopControl(token: Token, type: 'break' | 'continue'): Node {
    const next = this.nextNonSpace();
    if (next.kind !== 'rightDelim') return this.unexpected(next, `{{${type}}}`);
    if (this.rangeDepth === 0) return this.fail(`{{${type}}} outside {{range}}`);
    return { type, position: token.position };
  }

  private elseControl(): Terminator {
    const next = this.peekNonSpace();
    // The keyword of "else if" and "else with" stays for branch(), which waits for it.
    if (next.kind === 'if' || next.kind === 'with') return { type: 'else', position: next.position };
    return { type: 'else', position: this.expect('rightDelim', 'else').position };
  }

  private branch(type: BranchNode['type']): BranchNode {
    const { depth } = this.variables;
    const pipe = this.pipeline(type, 'rightDelim');
    if (type === 'range') this.rangeDepth++;
    const [list, end] = this.itemList();
    if (type === 'range') this.rangeDepth--;
    const elseList = end.type === 'else' ? this.elseList(type, end) : undefined;
    this.variables.leave(depth);
    return { type, position: pipe.position, pipe, list, elseList };
  }

  private elseList(type: BranchNode['type'], terminator: Terminator): ListNode {
    if (type !== 'range' && this.peek().kind === type) {
      this.next();
      return { type: 'list', position: terminator.position, nodes: [this.nested(() => this.branch(type))] };
    }
    const [list, end] = this.itemList();
    if (end.type !== 'end') this.fail(`expected end; found {{${end.type}}}`);
    return list;
  }

  private blockControl(): TemplateNode {
    const context = 'block clause';
    const token = this.nextNonSpace();
    const name = this.templateName(token, context);
    const pipe = this.pipeline(context, 'rightDelim');
    const furthest = this.furthest;
    this.inNewTemplate(() => {
      const [list, end] = this.itemList();
      if (end.type !== 'end') {
        // Go reports this one on the line of the block, not on that of the wrong end.
        this.furthest = furthest;
        this.fail(`unexpected {{${end.type}}} in ${context}`);
      }
      this.define(name, list);
    });
    return { type: 'template', position: token.position, name, pipe };
  }

  private templateControl(): TemplateNode {
    const context = 'template clause';
    const token = this.nextNonSpace();
    const name = this.templateName(token, context);
    if (this.nextNonSpace().kind === 'rightDelim')
      return { type: 'template', position: token.position, name, pipe: undefined };
    this.index--;
    return { type: 'template', position: token.position, name, pipe: this.pipeline(context, 'rightDelim') };
  }

  private templateName(token: Token, context: string): string {
    if (token.kind !== 'string' && token.kind !== 'rawString') return this.unexpected(token, context);
    return this.unquoted(token.text);
  }

  private pipeline(context: string, end: TokenKind): PipeNode {
    const position = this.peekNonSpace().position;
    const pipe: PipeNode = { type: 'pipe', position, isAssignment: false, declarations: [], commands: [] };
    this.declarations(pipe, context);
    for (;;) {
      const token = this.nextNonSpace();
      if (token.kind === end) break;
      if (!operandStarts.has(token.kind)) return this.unexpected(token, context);
      this.index--;
      pipe.commands.push(this.command());
    }
    this.checkPipeline(pipe, context);
    return pipe;
  }

  private declarations(pipe: PipeNode, context: string): void {
    const variable = this.peekNonSpace();
    if (variable.kind !== 'variable') return;
    const start = this.index;
    this.next();
    const next = this.peekNonSpace();
    const isLast = next.kind === 'assign' || next.kind === 'declare';
    if (!isLast && !(next.kind === 'char' && next.text === ',')) {
      this.index = start;
      return;
    }
    this.next();
    pipe.declarations.push({ type: 'variable', position: variable.position, path: variable.text.split('.') });
    this.variables.declare(variable.text);
    if (isLast) {
      pipe.isAssignment = next.kind === 'assign';
      return;
    }
    if (context !== 'range' || pipe.declarations.length >= 2)
      this.fail(`too many declarations in ${context}`);
    if (!['variable', 'rightDelim', 'rightParen'].includes(this.peekNonSpace().kind)) {
      this.fail('range can only initialize variables');
    }
    this.declarations(pipe, context);
  }

  private checkPipeline(pipe: PipeNode, context: string): void {
    if (pipe.commands.length === 0) this.fail(`missing value for ${context}`);
    pipe.commands.forEach((command, i) => {
      const first = command.args[0]?.type ?? '';
      if (i > 0 && ['bool', 'dot', 'nil', 'number', 'string'].includes(first)) {
        this.fail(`non executable command in pipeline stage ${i + 1}`);
      }
    });
  }

  private command(): CommandNode {
    const command: CommandNode = { type: 'command', position: this.peekNonSpace().position, args: [] };
    for (;;) {
      this.peekNonSpace();
      const operand = this.operand();
      if (operand !== undefined) command.args.push(operand);
      const token = this.next();
      if (token.kind === 'space') continue;
      if (token.kind === 'rightDelim' || token.kind === 'rightParen') this.index--;
      else if (token.kind !== 'pipe') this.unexpected(token, 'operand');
      break;
    }
    if (command.args.length === 0) this.fail('empty command');
    return command;
  }

  private operand(): OperandNode | undefined {
    const node = this.term();
    if (node === undefined || this.peek().kind !== 'field') return node;
    const position = this.peek().position;
    const path: string[] = [];
    while (this.peek().kind === 'field') path.push(this.next().text.slice(1));
    switch (node.type) {
      case 'field':
        return { type: 'field', position, path: [...node.path, ...path] };
      case 'variable':
        return { type: 'variable', position, path: [...node.path, ...path] };
      case 'bool':
      case 'string':
      case 'number':
      case 'nil':
      case 'dot':
        return this.fail(`unexpected . after term ${quote(nodeText(node))}`);
      default:
        return { type: 'chain', position, node, path } satisfies ChainNode;
    }
  }

  private term(): OperandNode | undefined {
    const token = this.nextNonSpace();
    const { position, text } = token;
    switch (token.kind) {
      case 'identifier':
        if (!Object.hasOwn(this.functions, text)) {
          const hint = hintForName(text, Object.keys(this.functions));
          this.fail(`function ${quote(text)} not defined`, { token, hint });
        }
        return { type: 'identifier', position, name: text };
      case 'dot':
        return { type: 'dot', position };
      case 'nil':
        return { type: 'nil', position };
      case 'variable': {
        if (!this.variables.has(text)) {
          this.fail(`undefined variable ${quote(text)}`, {
            token,
            hint: hintForName(text, this.variables.names()),
          });
        }
        return { type: 'variable', position, path: [text] };
      }
      case 'field':
        return { type: 'field', position, path: [text.slice(1)] };
      case 'bool':
        return { type: 'bool', position, value: text === 'true' };
      case 'charConstant':
      case 'complex':
      case 'number':
        return { type: 'number', position, text, constant: this.number(text, token.kind) };
      case 'leftParen':
        return this.nested(() => this.pipeline('parenthesized pipeline', 'rightParen'));
      case 'string':
      case 'rawString':
        return { type: 'string', position, quoted: text, text: this.unquoted(text) };
      default:
        this.index--;
        return undefined;
    }
  }

  private number(text: string, kind: 'number' | 'complex' | 'charConstant') {
    try {
      return parseNumberConstant(text, kind);
    } catch (error) {
      if (error instanceof BadNumber || error instanceof InvalidSyntax) return this.fail(error.message);
      throw error;
    }
  }

  private unquoted(literal: string): string {
    try {
      return unquote(literal);
    } catch (error) {
      if (error instanceof InvalidSyntax) return this.fail(error.message);
      throw error;
    }
  }

  private nested<T>(parseInner: () => T): T {
    if (++this.depth > maximumDepth) this.fail('max expression depth exceeded');
    const result = parseInner();
    this.depth--;
    return result;
  }

  private expect(kind: TokenKind, context: string): Token {
    const token = this.nextNonSpace();
    return token.kind === kind ? token : this.unexpected(token, context);
  }

  private next(): Token {
    const token = this.peek();
    // The last token, eof or error, stays: Go's lexer repeats it as well.
    if (this.index < this.tokens.length) this.index++;
    return token;
  }

  private peek(): Token {
    const last = this.tokens.length - 1;
    this.furthest = Math.max(this.furthest, Math.min(this.index, last));
    const token = this.tokens[Math.min(this.index, last)];
    if (token === undefined) throw new Error('a token list ends with eof or error');
    return token;
  }

  private nextNonSpace(): Token {
    this.peekNonSpace();
    return this.next();
  }

  private peekNonSpace(): Token {
    while (this.peek().kind === 'space') this.index++;
    return this.peek();
  }

  private unexpected(token: Token, context: string): never {
    if (token.kind !== 'error') {
      return this.fail(`unexpected ${describeToken(token)} in ${context}`, { token });
    }
    if (this.actionLine === 0 || this.actionLine === token.line) {
      return this.fail(token.text, { token, hint: this.hintForBadToken(token) });
    }
    // "unclosed action in action started at" would say "action" twice.
    const started = token.text.endsWith(' action') ? 'started' : 'in action started';
    return this.fail(`${token.text} ${started} at ${this.name}:${this.actionLine}`);
  }

  /** For `.Options.my-key`, which ends at its dash. */
  private hintForBadToken(token: Token): string | undefined {
    const name = /^\.[\p{L}\p{Nd}_]+(?:-[\p{L}\p{Nd}_]+)+/u.exec(this.text.slice(token.position))?.[0];
    if (name === undefined) return undefined;
    let receiver = '';
    for (let at = this.tokens.indexOf(token) - 1; at >= 0; at--) {
      const before = this.tokens[at];
      if (before?.kind !== 'field' && before?.kind !== 'variable') break;
      receiver = before.text + receiver;
    }
    return hintForDash(receiver || '.', name.slice(1));
  }

  private fail(message: string, { token, hint }: { token?: Token; hint?: string | undefined } = {}): never {
    const last = this.tokens[this.furthest];
    const line = last?.line ?? 1;
    const place = token?.line === line ? token : last;
    throw new TemplateError('parse', `template: ${this.name}:${line}: ${message}`, {
      line,
      hint,
      ...(place && this.extentOf(place)),
    });
  }

  private extentOf({ kind, position, text }: Token): { column: number; length: number } {
    const { column } = sourcePosition(this.text, position);
    return { column, length: kind === 'error' || kind === 'eof' ? 0 : byteLength(text) };
  }
}

function isTerminator(node: Node | Terminator): node is Terminator {
  return node.type === 'end' || node.type === 'else';
}

/** Nothing but space: such a definition may be replaced. */
function isEmpty(list: ListNode): boolean {
  return list.nodes.every((node) => node.type === 'text' && node.text.trim() === '');
}
