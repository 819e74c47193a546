import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applySchemaDefaults, celRules, prune, validateSchema } from './structural-schema.ts';
import type { StructuralSchema } from './structural-schema.ts';

const text = (more: StructuralSchema = {}): StructuralSchema => ({ type: 'string', ...more });
const object = (
  properties: Record<string, StructuralSchema>,
  more: StructuralSchema = {},
): StructuralSchema => ({
  type: 'object',
  properties,
  ...more,
});
const complaints = (value: Record<string, unknown>, schema: StructuralSchema) =>
  validateSchema(value, schema).map(({ field, message }) => `${field}: ${message}`);

describe('a structural schema', () => {
  it('prunes what it does not name, at every depth, and keeps what it is told to keep', () => {
    const schema = object({
      spec: object({
        list: { type: 'array', items: object({ a: text() }) },
        map: { type: 'object', additionalProperties: object({ a: text() }) },
        free: object({ known: object({ a: text() }) }, { 'x-kubernetes-preserve-unknown-fields': true }),
        embedded: object({}, { 'x-kubernetes-embedded-resource': true }),
      }),
    });
    const value = {
      metadata: { name: 'x', anything: 1 },
      spec: {
        list: [{ a: '1', b: '2' }],
        map: { any: { a: '1', b: '2' } },
        free: { unknown: { b: 1 }, known: { a: '1', b: '2' } },
        embedded: { kind: 'Pod', metadata: {}, spec: {} },
        lost: true,
      },
    };
    expect(prune(value, schema)).toEqual([
      'spec.list[0].b',
      'spec.map.any.b',
      'spec.free.known.b',
      'spec.embedded.spec',
      'spec.lost',
    ]);
    expect(value).toEqual({
      metadata: { name: 'x', anything: 1 },
      spec: {
        list: [{ a: '1' }],
        map: { any: { a: '1' } },
        free: { unknown: { b: 1 }, known: { a: '1' } },
        embedded: { kind: 'Pod', metadata: {} },
      },
    });
  });

  it('prunes nothing more the second time', () => {
    const schema = object({ a: object({ b: text() }), c: { type: 'array', items: object({ d: text() }) } });
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd', '__proto__', 'constructor'), fc.jsonValue()),
        (value) => {
          prune(value, schema);
          expect(prune(value, schema)).toEqual([]);
        },
      ),
    );
  });

  it('fills in defaults where nothing was said, also inside what it filled in', () => {
    const schema = object({
      mode: text({ default: 'fast' }),
      nothing: text({ nullable: true, default: 'x' }),
      nested: object({ size: { type: 'integer', default: 3 } }, { default: {} }),
    });
    const value = { mode: null, nothing: null };
    applySchemaDefaults(value, schema);
    expect(value).toEqual({ mode: 'fast', nothing: null, nested: { size: 3 } });
  });

  it('says what is wrong as a real server does', () => {
    const schema = object(
      {
        name: text({ minLength: 2, maxLength: 4, pattern: '^[a-z]+$' }),
        count: { type: 'integer', minimum: 1, maximum: 3 },
        when: text({ format: 'date-time' }),
        port: { 'x-kubernetes-int-or-string': true },
        items: {
          type: 'array',
          maxItems: 2,
          items: object({ name: text() }, { required: ['name'] }),
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-list-map-keys': ['name'],
        },
        either: { type: 'object', oneOf: [{ required: ['a'] }, { required: ['b'] }] },
      },
      { required: ['name'] },
    );
    expect(complaints({}, schema)).toEqual(['name: Required value']);
    expect(complaints({ name: 'Abcde' }, schema)).toEqual([
      'name: Too long: may not be more than 4 bytes',
      `name: Invalid value: "Abcde": name in body should match '^[a-z]+$'`,
    ]);
    expect(complaints({ name: 'ab', count: 4 }, schema)).toEqual([
      'count: Invalid value: 4: count in body should be less than or equal to 3',
    ]);
    expect(complaints({ name: 'ab', count: 1.5 }, schema)).toEqual([
      'count: Invalid value: "number": count in body must be of type integer: "number"',
    ]);
    expect(complaints({ name: 'ab', when: 'today' }, schema)).toEqual([
      'when: Invalid value: "today": when in body must be of type date-time: "today"',
    ]);
    expect(complaints({ name: 'ab', port: 'http' }, schema)).toEqual([]);
    expect(complaints({ name: 'ab', port: true }, schema)).toEqual([
      'port: Invalid value: "boolean": port in body must be of type integer,string: "boolean"',
    ]);
    expect(complaints({ name: 'ab', items: [{ name: 'x' }, { name: 'x' }, {}] }, schema)).toEqual([
      'items: Too many: 3: must have at most 2 items',
      'items[2].name: Required value',
      'items[1]: Duplicate value: {"name":"x"}',
    ]);
    expect(complaints({ name: 'ab', either: { a: 1, b: 1 } }, schema)).toEqual([
      'either: Invalid value: {"a":1,"b":1}: "either" must validate one and only one schema (oneOf). Found 2 valid alternatives',
    ]);
  });

  it('finds CEL rules wherever they stand', () => {
    const rule = { 'x-kubernetes-validations': [{ rule: 'self == oldSelf' }] };
    expect(
      celRules(object({ spec: object({ list: { type: 'array', items: object({ a: text(rule) }) } }) })),
    ).toEqual(['spec.list[].a']);
  });
});
