import { describe, expect, it } from 'vitest';
import { ruleErrors } from './cel-rules.ts';
import { schemaDeclarationErrors } from './schema-declaration.ts';
import { schemaErrors } from './schema-validation.ts';
import { applySchemaDefaults, prune, pruneNulls } from './structural-schema.ts';
import type { StructuralSchema } from './structural-schema.ts';
import type { FieldError } from './status-error.ts';

const withSpec = (properties: Record<string, StructuralSchema>): StructuralSchema => ({
  type: 'object',
  properties: { spec: { type: 'object', properties } },
});

const texts = (errors: FieldError[]) => errors.map(({ field, message }) => `${field}: ${message}`);

describe('a structural schema', () => {
  it('prunes what it does not name, except below preserved fields', () => {
    const schema = withSpec({
      known: { type: 'object', properties: { a: { type: 'string' } } },
      free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
      open: { type: 'object', additionalProperties: true },
    });
    const object = {
      metadata: { any: 1 },
      spec: { known: { a: 'x', b: 1 }, free: { c: { d: 1 } }, open: { e: { f: 1 } } },
      other: 1,
    };
    expect(prune(object, schema).toSorted()).toEqual(['other', 'spec.known.b', 'spec.open.e.f']);
    expect(object).toEqual({
      metadata: { any: 1 },
      spec: { known: { a: 'x' }, free: { c: { d: 1 } }, open: { e: {} } },
    });
  });

  it('replaces nulls by defaults, keeps those that are allowed, and drops the others', () => {
    const schema = withSpec({
      a: { type: 'string', default: 'x' },
      b: { type: 'string', nullable: true },
      c: { type: 'string' },
    });
    const object = { spec: { a: null, b: null, c: null } };
    pruneNulls(object, schema);
    applySchemaDefaults(object, schema);
    expect(object).toEqual({ spec: { a: 'x', b: null } });
  });

  it('says what is wrong with an object in the words of apiextensions', () => {
    const schema = withSpec({
      size: { type: 'integer', maximum: 3 },
      set: { type: 'array', items: { type: 'string' }, 'x-kubernetes-list-type': 'set' },
    });
    expect(texts(schemaErrors({ spec: { size: 4, set: ['a', 'a'] } }, schema))).toEqual([
      'spec.size: Invalid value: 4: spec.size in body should be less than or equal to 3',
      'spec.set[1]: Duplicate value: "a"',
    ]);
    expect(texts(schemaErrors({ spec: [] }, schema))).toEqual([
      'spec: Invalid value: "array": spec in body must be of type object: "array"',
    ]);
  });

  it('does not complain of what was wrong before and has not changed', () => {
    const schema = withSpec({ size: { type: 'integer', maximum: 3 }, other: { type: 'string' } });
    const old = { spec: { size: 9, other: 'a' } };
    expect(schemaErrors({ spec: { size: 9, other: 'b' } }, schema, old)).toEqual([]);
    expect(schemaErrors({ spec: { size: 8, other: 'a' } }, schema, old)).toHaveLength(1);
  });
});

describe('CEL rules', () => {
  const immutable = withSpec({
    name: {
      type: 'string',
      'x-kubernetes-validations': [{ rule: 'self == oldSelf', message: 'is immutable' }],
    },
  });

  it('about a change apply only to a change', () => {
    expect(ruleErrors({ spec: { name: 'a' } }, immutable, [])).toEqual([]);
    expect(ruleErrors({ spec: { name: 'a' } }, immutable, [], { spec: { name: 'a' } })).toEqual([]);
    expect(texts(ruleErrors({ spec: { name: 'b' } }, immutable, [], { spec: { name: 'a' } }))).toEqual([
      'spec.name: Invalid value: "string": is immutable',
    ]);
  });

  it('are not asked about an object that is malformed', () => {
    const found = schemaErrors({ spec: { name: 7 } }, immutable);
    expect(texts(ruleErrors({ spec: { name: 7 } }, immutable, found))).toEqual([
      '<nil>: Invalid value: null: some validation rules were not checked because the object was invalid; correct the existing errors to complete validation',
    ]);
  });

  it('compare whole numbers as whole numbers, and name a key that is missing', () => {
    const schema: StructuralSchema = {
      type: 'object',
      properties: { min: { type: 'integer' }, max: { type: 'integer' } },
      'x-kubernetes-validations': [{ rule: 'self.min + 1 <= self.max', message: 'too small' }],
    };
    expect(ruleErrors({ min: 1, max: 2 }, schema, [])).toEqual([]);
    expect(texts(ruleErrors({ min: 2, max: 2 }, schema, []))).toEqual([
      '<nil>: Invalid value: "object": too small',
    ]);
    expect(texts(ruleErrors({ max: 2 }, schema, []))).toEqual([
      '<nil>: Invalid value: "object": no such key: min evaluating rule: too small',
    ]);
  });

  it('that need a function which is not there are refused by its name', () => {
    const schema: StructuralSchema = {
      type: 'object',
      properties: { url: { type: 'string', 'x-kubernetes-validations': [{ rule: 'isURL(self)' }] } },
    };
    expect(() => schemaDeclarationErrors(schema, 'schema')).toThrow('the function isURL in CEL rules');
  });
});

describe('the declaration of a schema', () => {
  it('has to be structural', () => {
    const schema: StructuralSchema = {
      type: 'object',
      properties: {
        list: { type: 'array' },
        untyped: {},
        nested: { type: 'string', anyOf: [{ type: 'string' }] },
      },
    };
    expect(texts(schemaDeclarationErrors(schema, 'schema'))).toEqual([
      'schema.properties[list].items: Required value: must be specified',
      'schema.properties[nested].anyOf[0].type: Forbidden: must be empty to be structural',
      'schema.properties[untyped].type: Required value: must not be empty for specified object fields',
    ]);
  });

  it('has defaults that fit', () => {
    const schema: StructuralSchema = { type: 'object', properties: { a: { type: 'integer', default: 'x' } } };
    expect(texts(schemaDeclarationErrors(schema, 'schema'))).toEqual([
      'schema.properties[a].default: Invalid value: "string":  in body must be of type integer: "string"',
    ]);
  });
});
