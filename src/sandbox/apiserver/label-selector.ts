import { badRequest } from './status-error.ts';
import { fieldsOf, listOf, textOf } from './json-value.ts';

export type LabelSelector = (labels: Record<string, string>) => boolean;

/**
 * Reads a selector as it stands in a query: `app=db,tier!=web,env in (a,b),zone notin (c),canary,!old,weight>3`.
 * @throws {StatusError} 400 where it cannot be read.
 */
export function parseLabelSelector(text: string): LabelSelector {
  const requirements = splitRequirements(text).map(parseRequirement);
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
  switch (operator) {
    case 'In':
      return (labels) => values.includes(labels[key] ?? '') && key in labels;
    case 'NotIn':
      return (labels) => !(key in labels) || !values.includes(labels[key] ?? '');
    case 'Exists':
      return (labels) => key in labels;
    case 'DoesNotExist':
      return (labels) => !(key in labels);
    default:
      throw badRequest(`${JSON.stringify(operator)} is not a valid label selector operator`);
  }
}

/** Commas inside parentheses separate values, not requirements. */
function splitRequirements(text: string): string[] {
  return text
    .split(/,(?![^(]*\))/)
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

function parseRequirement(text: string): LabelSelector {
  const set = /^(\S+)\s+(in|notin)\s*\(([^()]*)\)$/.exec(text);
  if (set) {
    const values = (set[3] ?? '').split(',').map((value) => value.trim());
    return expression(checkedKey(set[1] ?? '', text), set[2] === 'in' ? 'In' : 'NotIn', values);
  }
  const compare = /^([^\s=!<>]+)\s*(==|=|!=|<|>)\s*([^\s=!<>]*)$/.exec(text);
  if (compare) {
    const key = checkedKey(compare[1] ?? '', text);
    const value = compare[3] ?? '';
    switch (compare[2]) {
      case '!=':
        return expression(key, 'NotIn', [value]);
      case '<':
      case '>': {
        const sign = compare[2] === '<' ? -1 : 1;
        return (labels) =>
          /^-?\d+$/.test(labels[key] ?? '') && (Number(labels[key]) - Number(value)) * sign > 0;
      }
      default:
        return expression(key, 'In', [value]);
    }
  }
  if (text.startsWith('!')) return expression(checkedKey(text.slice(1).trim(), text), 'DoesNotExist', []);
  return expression(checkedKey(text, text), 'Exists', []);
}

function checkedKey(key: string, requirement: string): string {
  if (/^([a-z0-9]([-a-z0-9.]*[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/.test(key)) return key;
  throw badRequest(`unable to parse requirement: invalid label selector ${JSON.stringify(requirement)}`);
}
