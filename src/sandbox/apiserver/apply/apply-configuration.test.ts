import { array, assert, constantFrom, dictionary, oneof, property, record, uniqueArray } from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ApiObject } from '../resource-definition.ts';
import type { StructuralSchema } from '../structural-schema.ts';
import { applyConfiguration } from './apply-configuration.ts';
import { NO_FIELDS, difference } from './field-set.ts';
import { fieldsOfValue } from './fields-of-value.ts';
import { inOrder, readManagers } from './managed-fields.ts';
import { createMergeTypes } from './merge-types.ts';
import { UNOWNED } from './ownership-rules.ts';
import type { OwnershipRules } from './ownership-rules.ts';
import { trackUpdate } from './track-update.ts';

const text = { type: 'string' };
const schema: StructuralSchema = {
  type: 'object',
  properties: {
    spec: {
      type: 'object',
      properties: {
        text,
        map: { type: 'object', additionalProperties: text },
        whole: { type: 'object', 'x-kubernetes-map-type': 'atomic', properties: { x: text } },
        set: { type: 'array', items: text, 'x-kubernetes-list-type': 'set' },
        items: {
          type: 'array',
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-list-map-keys': ['name'],
          items: { type: 'object', properties: { name: text, value: text } },
        },
        free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
      },
    },
  },
};

const rules: OwnershipRules = {
  apiVersion: 'example.com/v1',
  type: createMergeTypes()({ group: 'example.com', version: 'v1', kind: 'Widget', schema }),
  untouched: NO_FIELDS,
  untouchedInAllVersions: false,
  inVersion: () => undefined,
};

const empty: ApiObject = { apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name: 'a' } };
const widget = (spec: unknown): ApiObject => ({ ...empty, spec });
const time = '2030-01-01T00:00:00Z';

const apply = (live: ApiObject, spec: unknown, manager = 'one', force = false): ApiObject => {
  const applied = applyConfiguration(
    { live, empty, configuration: widget(spec), manager, force, time },
    rules,
  );
  return { ...applied, metadata: { ...applied.metadata, uid: 'u' } };
};

const update = (live: ApiObject, spec: unknown, manager: string): ApiObject => {
  const next: ApiObject = { ...live, spec };
  const managedFields = trackUpdate({ live, next, manager, time }, rules);
  const { managedFields: _before, ...metadata } = next.metadata;
  return { ...next, metadata: { ...metadata, ...(managedFields && { managedFields }) } };
};

const ownedBy = (object: ApiObject, manager: string): unknown =>
  [...readManagers(object.metadata.managedFields).values()].find((entry) => entry.manager === manager)
    ?.fields;

const refusalOf = (run: () => unknown): string | undefined => {
  try {
    run();
    return undefined;
  } catch (error) {
    return String(error);
  }
};

const names = constantFrom('a', 'b', 'c');
const values = constantFrom('1', '2');
const specs = record(
  {
    text: values,
    map: dictionary(names, values, { minKeys: 1 }),
    whole: record({ x: values }),
    set: uniqueArray(names, { minLength: 1 }),
    items: uniqueArray(record({ name: names, value: values }, { requiredKeys: ['name'] }), {
      selector: ({ name }) => name,
      minLength: 1,
    }),
    free: dictionary(names, oneof(values, array(values, { minLength: 1 })), { minKeys: 1 }),
  },
  { requiredKeys: [] },
);

describe('an apply', () => {
  it('that is repeated changes nothing', () => {
    assert(
      property(specs, specs, (first, second) => {
        const once = apply(apply(empty, first, 'other'), second, 'one', true);
        expect(apply(once, second)).toEqual(once);
      }),
    );
  });

  it('owns what its configuration sets, and nothing else', () => {
    assert(
      property(specs, specs, (first, second) => {
        const owned = ownedBy(apply(apply(empty, first), second), 'one') ?? {};
        const set = difference(fieldsOfValue(widget(second), rules.type), UNOWNED);
        expect(owned).toEqual(inOrder(set));
      }),
    );
  });

  it('of one manager alone leaves the object as the last configuration says', () => {
    assert(
      property(specs, specs, (first, second) => {
        const applied = apply(apply(empty, first), second);
        expect(applied.spec ?? {}).toEqual(Object.keys(second).length > 0 ? second : (applied.spec ?? {}));
      }),
    );
  });

  it('either keeps what others own as it is, or names it in a conflict', () => {
    assert(
      property(specs, specs, (first, second) => {
        const theirs = apply(empty, first, 'other');
        const refusal = refusalOf(() => apply(theirs, second));
        if (refusal !== undefined) expect(refusal).toMatch(/conflicts? with "other"/);
        else expect(ownedBy(apply(theirs, second), 'other')).toEqual(ownedBy(theirs, 'other'));
      }),
    );
  });

  it('takes fields over by force, and they are the others’ no more', () => {
    const taken = apply(apply(empty, { text: '1', map: { a: '1' } }, 'other'), { text: '2' }, 'one', true);
    expect(taken.spec).toEqual({ text: '2', map: { a: '1' } });
    expect(ownedBy(taken, 'other')).toEqual({ 'f:spec': { 'f:map': { 'f:a': {} } } });
  });

  it('names every conflict with its owner, by the field', () => {
    const theirs = apply(empty, { text: '1', items: [{ name: 'x', value: '1' }] }, 'other');
    expect(() => apply(theirs, { text: '2', items: [{ name: 'x', value: '2' }] })).toThrow(
      'Apply failed with 2 conflicts: conflicts with "other":\n- .spec.text\n- .spec.items[name="x"].value',
    );
  });

  it('refuses fields that the schema does not have, with their path', () => {
    expect(() => apply(empty, { nothing: 1 })).toThrow('.spec.nothing: field not declared in schema');
    expect(() => apply(empty, { items: [{ value: '1' }] })).toThrow('omits all key fields ["name"]');
  });

  it('finds what nobody owned as that of before the first apply', () => {
    const live = { ...widget({ text: '1', map: { a: '1' } }), metadata: { name: 'a', uid: 'u' } };
    expect(ownedBy(apply(live, { text: '1' }), 'before-first-apply')).toEqual({
      'f:spec': { '.': {}, 'f:map': { '.': {}, 'f:a': {} }, 'f:text': {} },
    });
  });
});

describe('a write that is no apply', () => {
  it('owns what it changed, and takes it from who had it', () => {
    const applied = apply(empty, { text: '1', map: { a: '1' } });
    const updated = update(applied, { text: '2', map: { a: '1', b: '1' } }, 'writer');
    expect(ownedBy(updated, 'writer')).toEqual({ 'f:spec': { 'f:map': { 'f:b': {} }, 'f:text': {} } });
    expect(ownedBy(updated, 'one')).toEqual({ 'f:spec': { 'f:map': { 'f:a': {} } } });
  });

  it('leaves no owner of what is gone', () => {
    assert(
      property(specs, (spec) => {
        const emptied = update(apply(empty, spec), {}, 'writer');
        const nothingBefore = Object.keys(spec).length === 0;
        expect(ownedBy(emptied, 'one')).toEqual(nothingBefore ? { 'f:spec': {} } : undefined);
      }),
    );
  });

  it('that changes nothing changes no owner', () => {
    assert(
      property(specs, (spec) => {
        const applied = apply(empty, spec);
        expect(update(applied, applied.spec, 'writer')).toEqual(applied);
      }),
    );
  });

  it('is remembered for ten writers; the oldest of more become one', () => {
    let live = apply(empty, {});
    const map: Record<string, string> = {};
    for (let index = 0; index < 14; index++) {
      map[`k${index}`] = '1';
      live = update(live, { map: { ...map } }, `writer-${String(index).padStart(2, '0')}`);
    }
    const owners = [...readManagers(live.metadata.managedFields).values()].map(({ manager }) => manager);
    // The one who applied is not counted.
    expect(owners).toHaveLength(11);
    expect(owners).toContain('ancient-changes');
    expect(owners).toContain('writer-13');
  });
});
