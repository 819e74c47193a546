import { describe, expect, it } from 'vitest';
import { FailedJsonPatch, applyJsonPatch } from './json-patch.ts';

const at = (op: string, path: string, more: object = {}) => ({ op, path, ...more });

describe('a JSON patch', () => {
  it('adds, replaces, removes, moves and copies', () => {
    const object = { a: { b: 1 }, list: ['x', 'y'] };
    expect(
      applyJsonPatch(object, [
        at('add', '/list/1', { value: 'between' }),
        at('add', '/list/-', { value: 'end' }),
        at('remove', '/list/0'),
        at('move', '/moved', { from: '/a/b' }),
        at('copy', '/copied', { from: '/list/-1' }),
        at('replace', '/a', { value: { c: 2 } }),
      ]),
    ).toEqual({ a: { c: 2 }, list: ['between', 'y', 'end'], moved: 1, copied: 'end' });
  });

  it('reads escaped keys, and those that mean something in JavaScript', () => {
    const patched = applyJsonPatch({ 'x/y': 1, 'm~n': 2 }, [
      at('remove', '/x~1y'),
      at('replace', '/m~0n', { value: 3 }),
      at('add', '/__proto__', { value: 4 }),
    ]);
    expect(JSON.stringify(patched)).toBe('{"m~n":3,"__proto__":4}');
    expect(Object.getPrototypeOf({})).toBe(Object.prototype);
  });

  it.each([
    at('test', '/a', { value: 2 }),
    at('remove', '/none'),
    at('add', '/none/deep', { value: 1 }),
    at('add', '/list/9', { value: 1 }),
    at('replace', '/list/9', { value: 1 }),
    at('shout', '/a', { value: 1 }),
  ])('fails as a whole: $op $path', (operation) => {
    expect(() => applyJsonPatch({ a: 1, list: [] }, [operation])).toThrow(FailedJsonPatch);
  });
});
