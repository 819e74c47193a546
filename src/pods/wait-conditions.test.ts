import { describe, expect, it } from 'vitest';
import type { Json } from '../kubernetes/objects.ts';
import { waitConditions } from './wait-conditions.ts';

const decode = (value: Json) => waitConditions({ doc: '' }).decode('conditions', value);

const reference = { apiVersion: 'v1', group: '', resource: 'pods', name: 'db-0', namespace: 'app' };

describe('the conditions of a wait', () => {
  it('are read in any case, without brackets around a single one, and with numbers for texts', () => {
    expect(
      decode({
        AnyOf: {
          Condition: 'true',
          ObjectReference: {
            APIVersion: 'v1',
            resource: 'pods',
            name: 'db-0',
            namespace: 'app',
            kind: 'Pod',
          },
          comment: 'ignored',
        },
        allof: [{ condition: 1 }, null],
      }),
    ).toMatchObject({
      anyOf: [{ where: 'conditions.anyOf[0]', condition: 'true', objectReference: reference }],
      allOf: [
        { where: 'conditions.allOf[0]', condition: '1', objectReference: { resource: '', name: '' } },
        { where: 'conditions.allOf[1]', condition: '' },
      ],
    });
  });

  it.each([[null], [{}], [{ anyOf: null, allOf: [] }], [{ anyOf: {} }]])('may be none: %j', (value) => {
    expect(decode(value)).toEqual({ anyOf: [], allOf: [] });
  });

  it.each<[Json, string]>([
    ['always', "'' expected a map, got 'string'"],
    [[{ anyOf: [] }], "'' expected a map, got 'slice'"],
    [{ anyOf: ['true'] }, "'anyOf[0]' expected a map, got 'string'"],
    [
      { anyOf: [{ condition: ['x'] }] },
      "'anyOf[0].condition' expected type 'string', got unconvertible type '[]interface {}'",
    ],
    [
      { allOf: [{}, { objectReference: { name: {} } }] },
      "'allOf[1].objectReference.name' expected type 'string', got unconvertible type 'map[string]interface {}'",
    ],
    [{ allOf: [{ objectReference: 'pods' }] }, "'allOf[0].objectReference' expected a map, got 'string'"],
  ])('of the wrong type are refused, and it is said where: %j', (value, problem) => {
    expect(() => decode(value)).toThrow(`Failed to decode arg \`conditions\`: ${problem}`);
  });
});
