import { assert, constantFrom, json, property, string } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseJson } from './parse-json.ts';

describe('JSON as the API server parses it', () => {
  it('is what JavaScript reads, where nothing stands twice', () => {
    assert(
      property(json(), (text) => {
        const { value, duplicates } = parseJson(text);
        expect(value).toEqual(JSON.parse(text));
        expect(duplicates).toEqual([]);
      }),
    );
  });

  it('tells of fields that stand there twice, at any depth, and merges their objects', () => {
    const text = '{"a":{"b":1,"b":2},"c":[{"d":1,"d":1}],"a":{"e":3}}';
    expect(parseJson(text)).toMatchObject({
      value: { a: { b: 2, e: 3 }, c: [{ d: 1 }] },
      duplicates: ['a.b', 'c[0].d', 'a'],
    });
    expect(parseJson(text, 'last').value).toEqual({ a: { e: 3 }, c: [{ d: 1 }] });
  });

  it.each([
    ['{"a":', 'unexpected end of JSON input'],
    ['{a: 1}', "invalid character 'a' looking for beginning of object key string"],
    ['{"a":tru}', "invalid character '}' in literal true (expecting 'e')"],
    ['{"a":1 "b":2}', `invalid character '"' after object key:value pair`],
    ['{"a":1}x', "invalid character 'x' after top-level value"],
    ['[1,]', "invalid character ']' looking for beginning of value"],
    ['{"a":"\\x"}', "invalid character 'x' in string escape code"],
    ['[-]', "invalid character ']' in numeric literal"],
  ])('says of %s what Go says', (text, message) => {
    expect(() => parseJson(text)).toThrow(message);
  });

  it('refuses whatever JavaScript refuses', () => {
    assert(
      property(string({ unit: constantFrom(...Array.from('{}[]",:1-.eE \\ntrufalse')) }), (text) => {
        const accepted = (parse: () => unknown): boolean => {
          try {
            parse();
            return true;
          } catch {
            return false;
          }
        };
        expect(accepted(() => parseJson(text))).toBe(accepted(() => JSON.parse(text)));
      }),
    );
  });
});
