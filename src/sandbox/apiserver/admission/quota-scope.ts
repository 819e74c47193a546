import { fieldsOf, listOf, textOf, valueAt } from '../json-value.ts';
import { qosClass } from '../pod-defaults.ts';
import type { ApiObject } from '../resource-definition.ts';

/** Whether a quota's scopes let it count an object. */
export function isInScope(quota: ApiObject, object: ApiObject, storage: string): boolean {
  const scopes = listOf(valueAt(quota, 'spec', 'scopes')).map((scope) => ({
    scopeName: scope,
    operator: 'Exists',
  }));
  const expressions = listOf(valueAt(quota, 'spec', 'scopeSelector', 'matchExpressions')).map(fieldsOf);
  return [...scopes, ...expressions].every((expression) => matches(fieldsOf(expression), object, storage));
}

function matches(expression: Record<string, unknown>, object: ApiObject, storage: string): boolean {
  if (storage !== 'pods') return false;
  const spec = fieldsOf(object.spec);
  switch (expression.scopeName) {
    case 'Terminating':
      return typeof spec.activeDeadlineSeconds === 'number';
    case 'NotTerminating':
      return typeof spec.activeDeadlineSeconds !== 'number';
    case 'BestEffort':
      return qosClass(spec) === 'BestEffort';
    case 'NotBestEffort':
      return qosClass(spec) !== 'BestEffort';
    case 'PriorityClass':
      return matchesPriority(expression, textOf(spec.priorityClassName));
    default:
      return false;
  }
}

function matchesPriority({ operator, values }: Record<string, unknown>, name: string): boolean {
  switch (operator) {
    case 'In':
      return listOf(values).includes(name);
    case 'NotIn':
      return !listOf(values).includes(name);
    case 'DoesNotExist':
      return name === '';
    default:
      return name !== '';
  }
}
