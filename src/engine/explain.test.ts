import { describe, expect, it } from 'vitest';
import { ApiError } from '../kubernetes/api-error.ts';
import { explain } from './explain.ts';
import { Failure } from './failure.ts';

const forbidden = (what: string) =>
  new ApiError(403, {
    reason: 'Forbidden',
    message: `pods "db-0" is forbidden: User "system:serviceaccount:kanister:operator" cannot ${what}`,
  });

describe('a request that the API server forbids', () => {
  it.each([
    [
      'in a namespace',
      'get resource "pods/exec" in API group "" in the namespace "shop"',
      'Grant system:serviceaccount:kanister:operator the rule {apiGroups: [""], resources: ["pods/exec"], verbs: ["get"]} by a Role in namespace shop.',
    ],
    [
      'in the cluster',
      'list resource "deployments" in API group "apps" at the cluster scope',
      'Grant system:serviceaccount:kanister:operator the rule {apiGroups: ["apps"], resources: ["deployments"], verbs: ["list"]} by a ClusterRole.',
    ],
  ])('%s is explained by the rule that a role lacks', (_where, what, hint) => {
    expect(explain(forbidden(what))).toMatchObject({ reason: 'Forbidden', details: { hint } });
    const wrapped = Failure.wrap('Failed to exec command in pod', forbidden(what), 'Forbidden');
    expect(explain(wrapped).details.hint).toBe(hint);
  });
});

describe('what a phase throws', () => {
  it('keeps the hint that it has', () => {
    const failure = new Failure('X', 'x', {
      hint: 'Do this.',
      cause: forbidden('get resource "pods" in API group ""'),
    });
    expect(explain(failure)).toBe(failure);
  });

  it('becomes a failure with its message, whatever it was', () => {
    expect(explain(new TypeError('x is not a function'))).toMatchObject({
      reason: 'Error',
      message: 'x is not a function',
    });
    expect(explain('just text')).toMatchObject({ reason: 'Error', message: 'just text' });
  });
});
