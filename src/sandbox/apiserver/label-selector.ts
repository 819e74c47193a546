import { fieldsOf, listOf, textOf } from './json-value.ts';
import { keyComplaints, labelValueComplaints } from './object-name-rules.ts';
import { badRequest } from './status-error.ts';

export type LabelSelector = (labels: Record<string, string>) => boolean;

/**
 * Reads a selector as it stands in a query: `app=db,tier!=web,env in (a,b),zone notin (c),canary,!old,weight>3`.
 * @throws {StatusError} 400 where it cannot be read, in the words of Kubernetes' parser.
 */
export function parseLabelSelector(text: string): LabelSelector {
  const requirements = parseRequirements(tokensOf(text));
  return (labels) => requirements.every((holds) => holds(labels));
}

/** A LabelSelector object (`matchLabels`, `matchExpressions`); an absent one selects nothing, an empty one everything. */
export function selectorOf(selector: unknown): LabelSelector {
  if (selector === undefined || selector === null) return () => false;
  const { matchLabels, matchExpressions } = fieldsOf(selector);
  const labelsWanted = Object.entries(fieldsOf(matchLabels));
  const expressions = listOf(matchExpressions).map((item) => {
    const { key, operator, values } = fieldsOf(item);
    return expression(textOf(key), textOf(operator), listOf(values).map(textOf));
  });
  return (labels) =>
    labelsWanted.every(([key, value]) => labels[key] === value) &&
    expressions.every((holds) => holds(labels));
}

function expression(key: string, operator: string, values: string[]): LabelSelector {
  const has = (labels: Record<string, string>) => Object.hasOwn(labels, key);
  const found = (labels: Record<string, string>) => has(labels) && values.includes(labels[key] ?? '');
  switch (operator) {
    case 'In':
      return found;
    case 'NotIn':
      return (labels) => !found(labels);
    case 'Exists':
      return has;
    case 'DoesNotExist':
      return (labels) => !has(labels);
    case 'Gt':
      return (labels) => isInteger(labels[key]) && Number(labels[key]) > Number(values[0]);
    case 'Lt':
      return (labels) => isInteger(labels[key]) && Number(labels[key]) < Number(values[0]);
    default:
      throw badRequest(`${JSON.stringify(operator)} is not a valid label selector operator`);
  }
}

const isInteger = (text: string | undefined): boolean => /^[+-]?\d+$/.test(text ?? '');

interface Token {
  kind: 'word' | 'symbol' | 'end';
  text: string;
}

const SYMBOLS = ['==', '!=', '=', '!', '(', ')', ',', '>', '<'];
const END: Token = { kind: 'end', text: '' };

function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  for (let at = 0; at < text.length;) {
    const rest = text.slice(at);
    const space = /^[ \t\r\n]+/.exec(rest)?.[0];
    const symbol = SYMBOLS.find((one) => rest.startsWith(one));
    const word = space ?? symbol ?? /^[^ \t\r\n=!(),><]+/.exec(rest)?.[0] ?? rest;
    if (space === undefined) tokens.push({ kind: symbol === undefined ? 'word' : 'symbol', text: word });
    at += word.length;
  }
  return tokens;
}

function parseRequirements(tokens: Token[]): LabelSelector[] {
  const reader = createReader(tokens);
  const requirements: LabelSelector[] = [];
  if (reader.peek().kind === 'end') return requirements;
  for (;;) {
    const first = reader.peek();
    if (!beginsRequirement(first)) throw expected(first, "!, identifier, or 'end of string'", false);
    requirements.push(parseRequirement(reader));
    const after = reader.next();
    if (after.kind === 'end') return requirements;
    if (after.text !== ',') throw expected(after, "',' or 'end of string'", false);
    if (!beginsRequirement(reader.peek())) throw expected(reader.peek(), "identifier after ','", false);
  }
}

const beginsRequirement = ({ kind, text }: Token): boolean => kind === 'word' || text === '!';

interface Reader {
  peek(): Token;
  next(): Token;
}

function createReader(tokens: Token[]): Reader {
  let at = 0;
  const peek = () => tokens[at] ?? END;
  return {
    peek,
    next() {
      const token = peek();
      at += 1;
      return token;
    },
  };
}

function parseRequirement(reader: Reader): LabelSelector {
  const isNegated = reader.peek().text === '!' && reader.next().kind === 'symbol';
  const key = reader.next();
  if (key.kind !== 'word') throw expected(key, 'identifier');
  const [complaint] = keyComplaints(key.text);
  // The parser does not say of which field, and Go prints that so.
  if (complaint !== undefined)
    throw unreadable(`<nil>: Invalid value: ${JSON.stringify(key.text)}: ${complaint}`);
  if (isNegated) return expression(key.text, 'DoesNotExist', []);
  const after = reader.peek();
  if (after.kind === 'end' || after.text === ',') return expression(key.text, 'Exists', []);
  const operator = reader.next();
  switch (operator.text) {
    case 'in':
      return checkedExpression(key.text, 'In', parseValues(reader).toSorted());
    case 'notin':
      return checkedExpression(key.text, 'NotIn', parseValues(reader).toSorted());
    case '=':
    case '==':
      return checkedExpression(key.text, 'In', [parseValue(reader)]);
    case '!=':
      return checkedExpression(key.text, 'NotIn', [parseValue(reader)]);
    case '>':
      return checkedExpression(key.text, 'Gt', [parseValue(reader)]);
    case '<':
      return checkedExpression(key.text, 'Lt', [parseValue(reader)]);
    default:
      throw expected(operator, 'in, notin, =, ==, !=, gt, lt');
  }
}

function checkedExpression(key: string, operator: string, values: string[]): LabelSelector {
  const errors = values.flatMap((value, index) => {
    if ((operator === 'Gt' || operator === 'Lt') && !isInteger(value)) {
      return `values[${index}]: Invalid value: ${JSON.stringify(value)}: for 'Gt', 'Lt' operators, the value must be an integer`;
    }
    return labelValueComplaints(value).map(
      (complaint) => `values[${index}][${key}]: Invalid value: ${JSON.stringify(value)}: ${complaint}`,
    );
  });
  if (errors.length > 0) throw unreadable(errors.length === 1 ? (errors[0] ?? '') : `[${errors.join(', ')}]`);
  return expression(key, operator, values);
}

function parseValue(reader: Reader): string {
  const next = reader.peek();
  if (next.kind === 'end' || next.text === ',') return '';
  const value = reader.next();
  if (value.kind !== 'word') throw expected(value, 'identifier');
  return value.text;
}

/** `(a,b)`; nothing between two commas is the empty value. */
function parseValues(reader: Reader): string[] {
  const open = reader.next();
  if (open.text !== '(') throw unreadable(`found '${open.text}' expected: '('`);
  const first = reader.peek();
  if (first.text === ')') {
    reader.next();
    return [''];
  }
  if (first.kind !== 'word' && first.text !== ',') throw expected(first, "',', ')' or identifier");
  const values = new Set<string>();
  let isAfterComma = true;
  for (;;) {
    const token = reader.next();
    if (token.kind === 'word' && isAfterComma) {
      values.add(token.text);
      isAfterComma = false;
      const next = reader.peek();
      if (next.text !== ',' && next.text !== ')') throw expected(next, "',' or ')'");
    } else if (token.text === ',') {
      if (isAfterComma) values.add('');
      isAfterComma = true;
    } else if (token.text === ')') {
      if (isAfterComma) values.add('');
      return [...values];
    } else throw expected(token, "',', or identifier");
  }
}

const expected = ({ text }: Token, what: string, isInside = true) => {
  const problem = `found '${text}', expected: ${what}`;
  return isInside ? unreadable(problem) : badRequest(problem);
};

const unreadable = (problem: string) => badRequest(`unable to parse requirement: ${problem}`);
