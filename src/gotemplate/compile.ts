import { callFunction, callSite } from './call.ts';
import type { Argument } from './call.ts';
import { Execution } from './execution.ts';
import type { ExecutionLimits } from './execution.ts';
import { evaluateField } from './field.ts';
import type { MissingKey } from './field.ts';
import { format, printed } from './format.ts';
import { FunctionError } from './function.ts';
import type { FunctionMap, TemplateFunction } from './function.ts';
import { compareStrings } from './go-string.ts';
import { hintForName } from './hint.ts';
import { nodeText } from './nodes.ts';
import type {
  ActionNode,
  AnyNode,
  BranchNode,
  ChainNode,
  CommandNode,
  FieldNode,
  IdentifierNode,
  ListNode,
  Node,
  NumberNode,
  OperandNode,
  PipeNode,
  TemplateNode,
  Tree,
  VariableNode,
} from './nodes.ts';
import { canBeNil, convertConstant, validate, zeroOfParameter } from './parameter.ts';
import { quote } from './quote.ts';
import { ofNamedType } from './time-methods.ts';
import { bool, concrete, element, float, int, isTruthy, nil, string } from './value.ts';
import type { Operand, Value } from './value.ts';

export interface CompileOptions {
  functions: FunctionMap;
  missingKey: MissingKey;
  limits: ExecutionLimits;
}

/** How a statement ended: normally, or on its way out of a loop. */
type Signal = 'break' | 'continue' | undefined;
type Statement = (run: Execution, dot: Operand) => Signal;
type Expression = (run: Execution, dot: Operand) => Operand;

/** A command takes the result of the one before it in the pipeline as its last argument. */
type Command = (run: Execution, dot: Operand, final: Operand | undefined) => Operand;

/** Turns a tree into closures, once; the result can be executed any number of times. */
export function compile(
  tree: Tree,
  options: CompileOptions,
): (data: Value, functions?: FunctionMap) => string {
  const compiler = new Compiler(tree, options);
  const root = compiler.list(tree.root);
  return (data, functions) => {
    const run = new Execution(tree, data, options.limits, functions);
    root(run, data);
    return run.result();
  };
}

class Compiler {
  private readonly tree: Tree;
  private readonly options: CompileOptions;
  private readonly definitions = new Map<string, Statement>();

  constructor(tree: Tree, options: CompileOptions) {
    this.tree = tree;
    this.options = options;
  }

  list(list: ListNode): Statement {
    const statements = list.nodes.map((node) => this.statement(node));
    return (run, dot) => {
      for (const statement of statements) {
        const signal = statement(run, dot);
        if (signal !== undefined) return signal;
      }
      return undefined;
    };
  }

  private statement(node: Node): Statement {
    switch (node.type) {
      case 'text':
        return (run) => {
          run.write(node.text);
          return undefined;
        };
      case 'action':
        return this.action(node);
      case 'if':
      case 'with':
        return this.ifOrWith(node);
      case 'range':
        return this.range(node);
      case 'template':
        return this.template(node);
      case 'list':
        return this.list(node);
      case 'break':
      case 'continue': {
        const { type } = node;
        return () => type;
      }
    }
  }

  private action(node: ActionNode): Statement {
    const pipeline = this.pipeline(node.pipe);
    const prints = node.pipe.declarations.length === 0;
    return (run, dot) => {
      run.at(node);
      const value = pipeline(run, dot);
      if (prints) {
        run.at(node);
        run.write(printedText(run, value));
      }
      return undefined;
    };
  }

  private ifOrWith(node: BranchNode): Statement {
    const pipeline = this.pipeline(node.pipe);
    const then = this.list(node.list);
    const otherwise = node.elseList === undefined ? undefined : this.list(node.elseList);
    return (run, dot) => {
      run.at(node);
      const mark = run.variables.length;
      const value = pipeline(run, dot);
      const signal = isTruthy(value) ? then(run, node.type === 'with' ? value : dot) : otherwise?.(run, dot);
      run.variables.length = mark;
      return signal;
    };
  }

  private range(node: BranchNode): Statement {
    const pipeline = this.pipeline(node.pipe);
    const body = this.list(node.list);
    const otherwise = node.elseList === undefined ? undefined : this.list(node.elseList);
    const bind = loopVariables(node.pipe);
    return (run, dot) => {
      run.at(node);
      const outer = run.variables.length;
      const container = pipeline(run, dot);
      const mark = run.variables.length;
      let iterated = false;
      let signal: Signal;
      for (const [index, item] of iterate(run, container, node.pipe.declarations.length)) {
        iterated = true;
        run.countStep();
        bind(run, index, item);
        const ended = body(run, item);
        run.variables.length = mark;
        if (ended === 'break') break;
      }
      if (!iterated) signal = otherwise?.(run, dot);
      run.variables.length = outer;
      return signal;
    };
  }

  private template(node: TemplateNode): Statement {
    const { definitions } = this.tree;
    const pipeline = node.pipe === undefined ? undefined : this.pipeline(node.pipe);
    return (run, dot) => {
      run.at(node);
      const list = definitions.get(node.name);
      if (list === undefined)
        return run.fail(`template ${quote(node.name)} not defined`, {
          hint: hintForName(node.name, definitions.keys()),
        });
      if (run.depth >= run.limits.depth) run.fail(`exceeded maximum template depth (${run.limits.depth})`);
      const argument = pipeline?.(run, dot) ?? nil;
      this.invoke(run, node.name, list, argument);
      return undefined;
    };
  }

  /** A template inherits no variables, and gives none back. */
  private invoke(run: Execution, name: string, list: ListNode, dot: Operand): void {
    let body = this.definitions.get(name);
    if (body === undefined) this.definitions.set(name, (body = this.list(list)));
    const { templateName } = run;
    const variables = run.variables.splice(0, run.variables.length, { name: '$', value: dot });
    run.templateName = name;
    run.depth++;
    body(run, dot);
    run.depth--;
    run.templateName = templateName;
    run.variables.length = 0;
    for (const variable of variables) run.variables.push(variable);
  }

  private pipeline(pipe: PipeNode): Expression {
    const commands = pipe.commands.map((command) => this.command(command));
    const names = pipe.declarations.map((declaration) => declaration.path[0] ?? '');
    return (run, dot) => {
      run.at(pipe);
      let value: Operand | undefined;
      for (const command of commands) value = concrete(command(run, dot, value));
      const result = value ?? nil;
      for (const name of names) {
        if (pipe.isAssignment) run.assign(name, result);
        else run.push(name, result);
      }
      return result;
    };
  }

  private command(command: CommandNode): Command {
    const [first, ...rest] = command.args;
    if (first === undefined) throw new Error('the parser refuses empty commands');
    const args = rest.map((node) => this.argument(node));
    switch (first.type) {
      case 'field':
        return this.field(first, args);
      case 'chain':
        return this.chain(first, args);
      case 'variable':
        return this.variable(first, args);
      case 'identifier':
        return this.call(first, command, args);
      case 'pipe': {
        const pipeline = this.pipeline(first);
        return (run, dot, final) => {
          refuseArguments(run, first, args, final);
          return pipeline(run, dot);
        };
      }
      default: {
        const constant = this.constant(first);
        return (run, dot, final) => {
          run.at(first);
          refuseArguments(run, first, args, final);
          if (first.type === 'nil') return run.fail('nil is not a command');
          return constant(run, dot);
        };
      }
    }
  }

  private field(node: FieldNode, args: Argument[]): Command {
    const walk = this.fieldChain(node, node.path, args);
    return (run, dot, final) => {
      run.at(node);
      return walk(run, dot, dot, final);
    };
  }

  private chain(node: ChainNode, args: Argument[]): Command {
    const inner = this.expression(node.node);
    const walk = this.fieldChain(node, node.path, args);
    return (run, dot, final) => {
      run.at(node);
      if (node.node.type === 'nil') run.fail(`indirection through explicit nil in ${nodeText(node)}`);
      run.at(node.node);
      return walk(run, inner(run, dot), dot, final);
    };
  }

  private variable(node: VariableNode, args: Argument[]): Command {
    const [name = '', ...path] = node.path;
    if (path.length > 0) {
      const walk = this.fieldChain(node, path, args, 1);
      return (run, dot, final) => {
        run.at(node);
        return walk(run, run.variable(name), dot, final);
      };
    }
    return (run, _dot, final) => {
      run.at(node);
      const value = run.variable(name);
      refuseArguments(run, node, args, final);
      return value;
    };
  }

  /** Walks along fields; the last one, when it is a method, gets the arguments. */
  private fieldChain(
    node: AnyNode,
    path: readonly string[],
    args: Argument[],
    start = 0,
  ): (run: Execution, receiver: Operand, dot: Operand, final: Operand | undefined) => Operand {
    const { missingKey } = this.options;
    const inner = path.slice(0, -1).map((name, i) => callSite(name, node, [], start + i));
    const outer = callSite(path.at(-1) ?? '', node, args, start + inner.length);
    return (run, receiver, dot, final) => {
      let value = receiver;
      for (const site of inner) value = evaluateField(run, value, site, missingKey, dot, undefined);
      return evaluateField(run, value, outer, missingKey, dot, final);
    };
  }

  private call(node: IdentifierNode, blamed: AnyNode, args: Argument[]): Command {
    const { name } = node;
    const compiled = this.lookUp(name);
    const site = callSite(name, blamed, args);
    return (run, dot, final) => {
      run.at(node);
      return callFunction(run, site, run.functions?.[name] ?? compiled, dot, final);
    };
  }

  private lookUp(name: string): TemplateFunction {
    const fn = Object.hasOwn(this.options.functions, name) ? this.options.functions[name] : undefined;
    if (fn === undefined) throw new Error(`the parser accepted the unknown function ${name}`);
    return fn;
  }

  /** An operand by itself, without arguments. */
  private expression(node: OperandNode): Expression {
    switch (node.type) {
      case 'field':
        return withoutFinal(this.field(node, []));
      case 'chain':
        return withoutFinal(this.chain(node, []));
      case 'variable':
        return withoutFinal(this.variable(node, []));
      case 'identifier':
        return withoutFinal(this.call(node, node, []));
      case 'pipe':
        return this.pipeline(node);
      default:
        return this.constant(node);
    }
  }

  private constant(node: OperandNode): Expression {
    switch (node.type) {
      case 'dot':
        return (_run, dot) => dot;
      case 'bool':
        return always(bool(node.value));
      case 'string':
        return always(string(node.text));
      case 'number':
        return idealConstant(node);
      default:
        return always(nil);
    }
  }

  private argument(node: OperandNode): Argument {
    const expression = this.expression(node);
    switch (node.type) {
      case 'nil':
        return {
          node,
          evaluate(run, _dot, type) {
            run.at(node);
            return canBeNil(type) ? zeroOfParameter(type) : run.fail(`cannot assign nil to ${type}`);
          },
        };
      case 'bool':
      case 'number':
      case 'string':
        return {
          node,
          evaluate(run, dot, type) {
            run.at(node);
            const isReflected = type === 'interface {}' || type === 'reflect.Value';
            return isReflected ? expression(run, dot) : convertConstant(run, node, type);
          },
        };
      default:
        return {
          node,
          evaluate(run, dot, type) {
            run.at(node);
            return validate(run, expression(run, dot), type);
          },
        };
    }
  }
}

function withoutFinal(command: Command): Expression {
  return (run, dot) => command(run, dot, undefined);
}

function always(value: Value): Expression {
  return () => value;
}

function printedText(run: Execution, value: Operand): string {
  try {
    return printed(value);
  } catch (error) {
    if (error instanceof FunctionError) return run.fail(error.message, { cause: error });
    throw error;
  }
}

function refuseArguments(
  run: Execution,
  node: OperandNode,
  args: Argument[],
  final: Operand | undefined,
): void {
  if (args.length > 0 || final !== undefined)
    run.fail(`can't give argument to non-function ${nodeText(node)}`);
}

/** The type of a number where nothing asks for one follows from its syntax. */
function idealConstant(node: NumberNode): Expression {
  const value = idealValue(node);
  return (run) => {
    run.at(node);
    return value ?? run.fail(`${node.text} overflows int`);
  };
}

function idealValue({ constant, text }: NumberNode): Value | undefined {
  if (constant.complex !== undefined) return { kind: 'complex', ...constant.complex };
  const isHexInteger = /^0[xX]/.test(text) && !/[pP]/.test(text);
  if (constant.float !== undefined && !isHexInteger && !text.startsWith("'") && /[.eEpP]/.test(text))
    return float(constant.float);
  return constant.int === undefined ? undefined : int(constant.int);
}

/** Gives the loop's variables their values for one iteration: the element to the last, the index to the first of two. */
function loopVariables(pipe: PipeNode): (run: Execution, index: Operand, item: Operand) => void {
  const [first, second] = pipe.declarations.map((declaration) => declaration.path[0] ?? '');
  if (first === undefined) return () => undefined;
  if (pipe.isAssignment) {
    return (run, index, item) => {
      run.assign(first, second === undefined ? item : index);
      if (second !== undefined) run.assign(second, item);
    };
  }
  return (run, index, item) => {
    const setTop = (fromTop: number, value: Operand) => {
      const variable = run.variables.at(-fromTop);
      if (variable !== undefined) variable.value = value;
    };
    setTop(1, item);
    if (second !== undefined) setTop(2, index);
  };
}

function* iterate(
  run: Execution,
  operand: Operand,
  variables: number,
): Generator<[index: Operand, item: Operand]> {
  let value = concrete(operand);
  while (value.kind === 'pointer' && value.target !== undefined) value = value.target;
  switch (value.kind) {
    case 'nil':
      return;
    case 'integer':
      if (variables > 1) run.fail(`can't use ${format(value)} to iterate over more than one variable`);
      for (let i = 0n; i < value.value; i++) {
        const { size, type } = value;
        yield [nil, type === undefined ? { kind: 'integer', size, value: i } : ofNamedType(type, i, size)];
      }
      return;
    case 'list':
      for (const [i, item] of value.items.entries()) yield [int(i), element(item, value.element)];
      return;
    case 'bytes':
      for (const [i, byte] of value.value.entries()) yield [int(i), int(byte, 'uint8')];
      return;
    case 'map': {
      const keys = [...value.entries.keys()].toSorted(compareStrings);
      for (const key of keys) yield [string(key), element(value.entries.get(key) ?? nil, value.element)];
      return;
    }
    default:
      run.fail(`range can't iterate over ${format(value)}`);
  }
}
