import { describe, expect, it } from 'vitest';
import {
  labelKeyProblems,
  labelValueProblems,
  podAnnotationsProblem,
  podLabelsProblem,
} from './label-syntax.ts';

describe('label keys and values', () => {
  it.each(['a', 'my.name', '123-abc', 'example.com/MyName', 'a'.repeat(63)])('accepts the key %s', (key) => {
    expect(labelKeyProblems(key)).toEqual([]);
  });

  it.each(['', 'b d', '-a', 'a/b/c', '/a', 'Example.com/a', 'a'.repeat(64), 'example.com/'])(
    'refuses the key %j',
    (key) => {
      expect(labelKeyProblems(key)).not.toEqual([]);
    },
  );

  it('accepts an empty value and refuses blanks and long ones', () => {
    expect(labelValueProblems('')).toEqual([]);
    expect(labelValueProblems('MyValue')).toEqual([]);
    expect(labelValueProblems('x y')).toHaveLength(1);
    expect(labelValueProblems('a'.repeat(64))).toEqual(['must be no more than 63 characters']);
  });

  it('says which pair of a pod’s labels is wrong', () => {
    expect(podLabelsProblem({ ok: 'x', 'b d': 'y' })).toMatch(
      /^label key 'b d' failed validation\. \[name part must consist of alphanumeric characters/,
    );
    expect(podLabelsProblem({ ok: 'x y' })).toMatch(
      /^label value 'x y' failed validation\. \[a valid label must be/,
    );
    expect(podLabelsProblem({ ok: 'x' })).toBeUndefined();
  });

  it('lets annotations have any value', () => {
    expect(podAnnotationsProblem({ ok: 'x y\nz' })).toBeUndefined();
    expect(podAnnotationsProblem({ 'b d': '' })).toMatch(/^annotation key 'b d' failed validation\. /);
  });
});
