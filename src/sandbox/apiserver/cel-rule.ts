import { Environment } from '@marcbachmann/cel-js';
import type { ASTNode } from '@marcbachmann/cel-js';
import { invalidValue, notSupported, required } from './status-error.ts';
import type { FieldError } from './status-error.ts';
import type { StructuralSchema, ValidationRule } from './structural-schema.ts';

export interface CompiledRule {
  errors: FieldError[];
  /** Whether it looks at what was there before. */
  isTransition: boolean;
  /** @throws {Error} for a value that the expression cannot work with, such as one that lacks a key */
  evaluate(variables: RuleVariables): unknown;
  message(variables: RuleVariables): string | undefined;
}

export interface RuleVariables {
  self: unknown;
  /** Absent where there is no earlier value. */
  oldSelf?: unknown;
}

/**
 * Compiles a rule of `x-kubernetes-validations`; `errors` say what is wrong with it.
 * @throws {StatusError} 501 for a function of Kubernetes' that the sandbox does not have
 */
export function compileRule(rule: ValidationRule, schema: StructuralSchema, at: string): CompiledRule {
  const errors: FieldError[] = [];
  if (rule.rule.trim() === '') {
    errors.push(required(`${at}.rule`, 'rule is not specified'));
    return { errors, isTransition: false, evaluate: () => true, message: () => undefined };
  }
  const expression = parse(rule.rule, `${at}.rule`, 'bool', schema, errors);
  const message = rule.messageExpression
    ? parse(rule.messageExpression, `${at}.messageExpression`, 'string', schema, errors)
    : undefined;
  const hasOld = (variables: RuleVariables) => Object.hasOwn(variables, 'oldSelf');
  const withOld = (variables: RuleVariables) =>
    rule.optionalOldSelf
      ? {
          ...variables,
          oldSelf: hasOld(variables)
            ? optionalOf(variables.oldSelf)
            : environment.evaluate('optional.none()'),
        }
      : { ...variables };
  return {
    errors,
    isTransition: expression?.usesOld ?? false,
    evaluate: (variables) => expression?.run(withOld(variables)),
    message: (variables) => {
      const text = message?.run(withOld(variables));
      return typeof text === 'string' && text.trim() !== '' ? text.trim() : undefined;
    },
  };
}

const environment = new Environment({ enableOptionalTypes: true, homogeneousAggregateLiterals: false })
  .registerVariable('self', 'dyn')
  .registerVariable('oldSelf', 'dyn')
  .registerVariable('value', 'dyn');

const optionalOf = (value: unknown): unknown => environment.evaluate('optional.of(value)', { value });

interface Expression {
  usesOld: boolean;
  run(variables: object): unknown;
}

/** Functions that Kubernetes adds to CEL; a rule that needs one is not refused as wrong. */
const KUBERNETES_FUNCTIONS =
  /\b(isURL|url|getScheme|getHost|getHostname|getPort|getEscapedPath|getQuery|quantity|isQuantity|isInteger|asInteger|asApproximateFloat|sign|isGreaterThan|isLessThan|compareTo|ip|isIP|cidr|isCIDR|containsIP|containsCIDR|format|sum|min|max|indexOf|lastIndexOf|isSorted|find|findAll|semver|isSemver|authorizer|sets)\b/;

function parse(
  text: string,
  at: string,
  expected: 'bool' | 'string',
  schema: StructuralSchema,
  errors: FieldError[],
): Expression | undefined {
  const refuse = (fault: string): undefined => {
    const missing = /overload for '([^']*)'/.exec(fault)?.[1];
    const name = missing && KUBERNETES_FUNCTIONS.exec(missing)?.[1];
    if (name) throw notSupported(`the function ${name} in CEL rules (${at}: ${text})`);
    errors.push(invalidValue(at, text, `compilation failed: ERROR: <input>:1:1: ${fault}`));
  };
  try {
    const checked = environment.check(text);
    if (!checked.valid) return refuse(firstLine(checked.error));
    const run = environment.parse(text);
    const unknown = unknownField(run.ast, schema);
    if (unknown !== undefined) return refuse(`undefined field '${unknown}'`);
    const type = checked.type === 'dyn' ? typeOfField(run.ast, schema) : checked.type;
    if (type !== undefined && type !== expected && type !== 'dyn') {
      return refuse(`must evaluate to ${expected === 'bool' ? 'a bool' : 'a string'}`);
    }
    return { usesOld: names(run.ast).has('oldSelf'), run: (variables) => run({ ...variables }) };
  } catch (error) {
    if (error instanceof Error && error.name === 'ParseError') return refuse(firstLine(error));
    throw error;
  }
}

const firstLine = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';

function children({ args }: ASTNode): ASTNode[] {
  const found: ASTNode[] = [];
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) value.forEach(visit);
    else if (isNode(value)) found.push(value);
  };
  visit(args);
  return found;
}

const isNode = (value: unknown): value is ASTNode =>
  typeof value === 'object' && value !== null && 'op' in value && 'args' in value;

function names(node: ASTNode): Set<string> {
  if (node.op === 'id') return new Set([node.args]);
  return new Set(children(node).flatMap((child) => [...names(child)]));
}

/** The schema of `self.a.b`; undefined where the expression is something else, or its schema says nothing. */
function schemaOfChain(node: ASTNode, schema: StructuralSchema): StructuralSchema | undefined {
  if (node.op === 'id') return node.args === 'self' || node.args === 'oldSelf' ? schema : undefined;
  if (node.op !== '.') return undefined;
  const container = schemaOfChain(node.args[0], schema);
  return container?.properties?.[unescaped(node.args[1])];
}

/** Fields whose names are words of the language are written with underscores. */
const unescaped = (name: string): string =>
  name
    .replace(/^__(\w+?)__$/, '$1')
    .replaceAll('__dot__', '.')
    .replaceAll('__dash__', '-')
    .replaceAll('__slash__', '/')
    .replaceAll('__underscores__', '__');

function unknownField(node: ASTNode, schema: StructuralSchema): string | undefined {
  if (node.op === '.') {
    const container = schemaOfChain(node.args[0], schema);
    const [, name] = node.args;
    const { properties } = container ?? {};
    const isOpen = !properties || container?.['x-kubernetes-preserve-unknown-fields'] === true;
    const isMetadata = node.args[0].op === 'id' && ['metadata', 'apiVersion', 'kind'].includes(name);
    if (!isOpen && !isMetadata && !Object.hasOwn(properties, unescaped(name))) return name;
  }
  for (const child of children(node)) {
    const found = unknownField(child, schema);
    if (found !== undefined) return found;
  }
  return undefined;
}

const CEL_TYPES: Readonly<Record<string, string>> = {
  boolean: 'bool',
  string: 'string',
  integer: 'int',
  number: 'double',
  array: 'list',
  object: 'map',
};

const typeOfField = (node: ASTNode, schema: StructuralSchema): string | undefined =>
  CEL_TYPES[schemaOfChain(node, schema)?.type ?? ''];
