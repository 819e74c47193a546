import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InvalidObjectPath, objectKey } from './key.ts';

describe('objectKey', () => {
  it.each([
    ['', '/backup/a.gz', 'backup/a.gz'],
    ['p', '/backup/a.gz', 'p/backup/a.gz'],
    ['/p//q/', 'a//b/./c/', 'p/q/a/b/c'],
    ['p', 'a/../b', 'p/b'],
    ['', '../x', 'x'],
    ['p', '', 'p'],
    ['', '', ''],
  ])('joins %j and %j to %j', (prefix, path, key) => {
    expect(objectKey(prefix, path)).toBe(key);
  });

  it.each(['../x', 'a/../../x', '..', '../pq/x'])('refuses %j, which leads out of the prefix', (path) => {
    expect(() => objectKey('p', path)).toThrow(InvalidObjectPath);
  });

  it('never leaves the prefix, and never has a slash at its ends', () => {
    const path = fc.array(fc.constantFrom('..', '.', '', 'a', 'b c', 'é')).map((parts) => parts.join('/'));
    fc.assert(
      fc.property(path, (suffix) => {
        expect(keyOrRefusal('p/q', suffix)).toMatch(/^(p\/q(\/[^/]+)*|refused)$/);
      }),
    );
  });
});

function keyOrRefusal(prefix: string, path: string): string {
  try {
    return objectKey(prefix, path);
  } catch (error) {
    if (error instanceof InvalidObjectPath) return 'refused';
    throw error;
  }
}
