import { describe, expect, it } from 'vitest';
import { ApiError } from '../kubernetes/api-error.ts';
import { explain } from './explain.ts';
import {
  AccessDenied,
  BucketNotFound,
  InvalidProfile,
  ObjectStoreError,
} from '../objectstore/object-store.ts';
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

describe('what an object store refuses', () => {
  it.each([
    [new BucketNotFound('backups'), 'BucketNotFound', /^Create the bucket/],
    [
      new AccessDenied('SignatureDoesNotMatch', 'PutObject: SignatureDoesNotMatch: x (status code: 403)', {
        hint: 'check them',
      }),
      'AccessDenied',
      /^Correct the secret key/,
    ],
    [
      new ObjectStoreError('ECONNREFUSED', 'PutObject: ECONNREFUSED: x'),
      'ObjectStoreError',
      /^Nothing answers/,
    ],
    [new ObjectStoreError('Odd', 'PutObject: Odd', { hint: 'do this' }), 'ObjectStoreError', /^Do this\.$/],
    [new InvalidProfile('no bucket', { hint: 'name one' }), 'InvalidProfile', /^Name one\.$/],
  ])('is explained: %s', (error, reason, hint) => {
    expect(explain(error).reason).toBe(reason);
    expect(explain(error).details.hint).toMatch(hint);
    expect(explain(Failure.wrap('Failed to delete', error)).details.hint).toMatch(hint);
  });
});

describe('a command that complains', () => {
  const failed = (logTail: string) =>
    explain(new Failure('PodFailed', 'Pod failed', { pod: { name: 'job', exitCode: 1, logTail } })).details
      .hint;

  it('of what is known is explained by it', () => {
    expect(failed('FATAL:  password authentication failed for user "app"')).toMatch(/^The database refused/);
    expect(failed('kando: PutObject: NoSuchBucket: no such bucket')).toMatch(/^Create the bucket/);
  });

  it('of something else is left to its own words', () => {
    expect(failed('row 7 is odd')).toBe('The last lines of the log say what the command complained about.');
  });
});

it('errors that are each other’s cause are explained all the same', () => {
  const error = new Error('round');
  error.cause = error;
  expect(explain(error).reason).toBe('Error');
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
