import { describe, expect, it } from 'vitest';
import { JsonPathError } from './json-path-error.ts';
import { compileJsonPath } from './json-path.ts';

const pods = {
  items: [
    { metadata: { name: 'db-0', uid: 9007199254740993n }, status: { ready: true, restarts: 2 } },
    { metadata: { name: 'db-1', uid: 2n }, status: { ready: false, restarts: 0 } },
  ],
};
const print = (template: string, object: unknown = pods) => compileJsonPath(template).print(object);

describe('JSONPath', () => {
  it.each([
    ['{.items[*].metadata.name}', 'db-0 db-1'],
    ['{.items[?(@.status.ready==true)].metadata.name}', 'db-0'],
    ['{range .items[*]}{.metadata.name}={.status.restarts}{"\\n"}{end}', 'db-0=2\ndb-1=0\n'],
    ['{.items[-1:].metadata.name}', 'db-1'],
    ["{.items[0]['metadata','status'].name}", 'db-0'],
    ['{..restarts}', '2 0'],
    ['{.items[1].status}', '{"ready":false,"restarts":0}'],
  ])('%s prints what kubectl prints', (template, text) => {
    expect(print(template)).toBe(text);
  });

  it('keeps whole numbers that JavaScript has no number for', () => {
    expect(print('{.items[0].metadata.uid}')).toBe('9007199254740993');
  });

  it('says what is missing, or prints nothing where that is allowed', () => {
    expect(() => print('{.items[0].spec.nodeName}')).toThrow(
      new JsonPathError('execute', 'spec is not found'),
    );
    expect(compileJsonPath('[{.spec}]', { allowMissingKeys: true }).print(pods)).toBe('[]');
  });

  it('can be used again after a loop', () => {
    const path = compileJsonPath('{range .items[*]}{.metadata.name}{end}');
    expect([path.print(pods), path.print(pods)]).toEqual(['db-0db-1', 'db-0db-1']);
  });

  it('ends a template that would not', () => {
    expect(() => print('{range .items[*]}'.repeat(60), { items: [{ items: [] }] })).toThrow(JsonPathError);
    const list = Array.from({ length: 60 }, (_, i) => i);
    expect(() => print(`{range [*]}${'{range $}'.repeat(60)}`, list)).toThrow(JsonPathError);
    expect(() => print(`{${'[?('.repeat(100_000)}`)).toThrow(JsonPathError);
    expect(() => print(`{${'.a'.repeat(500_000)}}`)).toThrow('a is not found');
  });
});
