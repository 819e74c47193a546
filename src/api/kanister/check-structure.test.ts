import { describe, expect, it } from 'vitest';
import { blueprintCrd } from './blueprint-crd.ts';
import { checkStructure } from './check-structure.ts';
import { integer, list, object, text } from './structural-schema.ts';

const blueprint = blueprintCrd.spec.versions[0]?.schema.openAPIV3Schema ?? object({});

describe('comparing a document with a schema', () => {
  it('finds nothing in a Blueprint as it should be, whatever its arguments hold', () => {
    const document = {
      apiVersion: 'cr.kanister.io/v1alpha1',
      metadata: { name: 'bp', labels: { a: 'b' } },
      actions: {
        backup: {
          phases: [{ func: 'F', name: 'p', args: { any: [{ thing: 1 }] }, objects: null }],
          deferPhase: null,
        },
      },
    };
    expect(checkStructure(document, blueprint)).toEqual({ problems: [], unknownFields: [] });
  });

  it('names fields of a wrong type by their path', () => {
    const document = { actions: { backup: { phases: [{ func: 1 }, 'x'], kind: [] } } };
    expect(checkStructure(document, blueprint).problems).toEqual([
      'actions.backup.phases[0].func: expected string, found integer',
      'actions.backup.phases[1]: expected object, found string',
      'actions.backup.kind: expected string, found array',
    ]);
    expect(checkStructure('text', blueprint).problems).toEqual([
      'the document: expected object, found string',
    ]);
    expect(checkStructure({ a: [1.5] }, object({ a: list(integer()) })).problems).toEqual([
      'a[0]: expected integer, found number',
    ]);
  });

  it('names the fields that would be dropped, also those called like a method', () => {
    expect(checkStructure({ b: 1, toString: 2, a: 'x' }, object({ a: text() })).unknownFields).toEqual([
      'b',
      'toString',
    ]);
  });
});
