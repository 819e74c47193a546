import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeJson, fromJson, toJson } from './json.ts';
import { fromBytes, toBytes } from './go-string.ts';

describe('JSON', () => {
  it('survives the way into values and back', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (json) => {
        const expected: unknown = JSON.parse(JSON.stringify(json).toWellFormed());
        expect(toJson(fromJson(expected, { integers: 'float64' }))).toStrictEqual(expected);
      }),
    );
  });

  it('has sorted keys and no character that HTML minds', () => {
    expect(encodeJson(fromJson({ b: 1, a: '<&>' }, { integers: 'int64' }))).toBe(
      '{"a":"\\u003c\\u0026\\u003e","b":1}',
    );
  });
});

describe('a Go string', () => {
  it('holds any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect([...toBytes(fromBytes(bytes))]).toStrictEqual([...bytes]);
      }),
    );
  });
});
