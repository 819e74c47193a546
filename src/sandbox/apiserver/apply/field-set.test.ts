import { array, assert, constantFrom, property } from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  difference,
  hasPath,
  intersection,
  isEmptySet,
  pathsOf,
  setOfPath,
  union,
  withoutBranches,
} from './field-set.ts';
import { inOrder } from './managed-fields.ts';
import { canonicalElement, compareElements, printPath } from './path-element.ts';

const paths = array(constantFrom('f:a', 'f:b', 'k:{"name":"x"}', 'v:1'), {
  minLength: 1,
  maxLength: 3,
});
const sets = array(paths, { maxLength: 5 }).map((members) => members.map(setOfPath).reduce(union, {}));
const texts = (set: Parameters<typeof pathsOf>[0]): string[] =>
  pathsOf(set, compareElements)
    .map((path) => path.join('/'))
    .toSorted();

describe('sets of fields', () => {
  it('behave as sets of their paths', () => {
    assert(
      property(sets, sets, (a, b) => {
        const [inA, inB] = [texts(a), texts(b)];
        expect(texts(union(a, b))).toEqual([...new Set([...inA, ...inB])].toSorted());
        expect(texts(intersection(a, b))).toEqual(inA.filter((path) => inB.includes(path)));
        expect(texts(difference(a, b))).toEqual(inA.filter((path) => !inB.includes(path)));
        expect(isEmptySet(difference(a, a))).toBe(true);
      }),
    );
  });

  it('lose whole branches', () => {
    assert(
      property(sets, paths, (set, path) => {
        const gone = path.join('/');
        expect(texts(withoutBranches(set, setOfPath(path)))).toEqual(
          texts(set).filter((member) => member !== gone && !member.startsWith(`${gone}/`)),
        );
      }),
    );
  });

  it('keep their members when they are put in order', () => {
    assert(
      property(sets, (set) => {
        expect(inOrder(set)).toEqual(set);
      }),
    );
    expect(
      JSON.stringify(
        inOrder({ 'v:1': {}, 'k:{"n":2}': {}, 'k:{"n":1}': {}, 'f:b': {}, 'f:a': { 'f:x': {}, '.': {} } }),
      ),
    ).toBe('{"f:a":{".":{},"f:x":{}},"f:b":{},"k:{\\"n\\":1}":{},"k:{\\"n\\":2}":{},"v:1":{}}');
  });

  it('know an element whichever way it is written', () => {
    expect(canonicalElement('k:{"b": 1, "a": "<"}')).toBe('k:{"a":"\\u003c","b":1}');
    expect(canonicalElement('x:future')).toBeUndefined();
    expect(() => canonicalElement('name')).toThrow('missing colon');
    expect(hasPath({ 'f:a': { 'f:b': {} } }, ['f:a'])).toBe(false);
    expect(hasPath({ 'f:a': { '.': {}, 'f:b': {} } }, ['f:a'])).toBe(true);
  });

  it('print their paths as people read them', () => {
    expect(printPath(['f:spec', 'f:ports', 'k:{"port":80,"protocol":"TCP"}', 'f:name'])).toBe(
      '.spec.ports[port=80,protocol="TCP"].name',
    );
    expect(printPath(['f:finalizers', 'v:"x"', 'i:3'])).toBe('.finalizers[="x"][3]');
  });
});
