import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ApiObject } from './resource-definition.ts';
import { createStore } from './store.ts';

const object = (name: string, value = 0): ApiObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: 'default' },
  value,
});

describe('the store', () => {
  it('shows any earlier state that its history reaches back to', () => {
    const change = fc.record({
      name: fc.constantFrom('a', 'b', 'c'),
      value: fc.nat(9),
      remove: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(change, { maxLength: 30 }), (changes) => {
        const store = createStore({ historyLimit: 1000 });
        const states = [{ version: store.version, list: store.list('configmaps') }];
        for (const { name, value, remove } of changes) {
          const there = store.get('configmaps', 'default', name);
          if (remove && there) store.remove('configmaps', there);
          else store.put('configmaps', object(name, value));
          states.push({ version: store.version, list: store.list('configmaps') });
        }
        for (const { version, list } of states)
          expect(store.listAt('configmaps', undefined, version)).toEqual(list);
      }),
    );
  });

  it('gives a reader every event once and in order, whatever was there when it began', () => {
    const store = createStore({ historyLimit: 1000 });
    store.put('configmaps', object('a'));
    const start = store.version;
    const cursor = store.eventsAfter('configmaps', start);
    store.put('configmaps', object('a', 1));
    store.put('secrets', object('other'));
    store.put('configmaps', object('b'));
    const found = [cursor?.next(), cursor?.next(), cursor?.next()];
    expect(
      found.map((event) => event && event !== 'compacted' && [event.type, event.object.metadata.name]),
    ).toEqual([['MODIFIED', 'a'], ['ADDED', 'b'], undefined]);
  });

  it('keeps a bounded history, and says so to a reader that was too slow for it', () => {
    const store = createStore({ historyLimit: 10 });
    const slow = store.eventsAfter('configmaps', store.version);
    const early = store.version;
    for (let count = 0; count < 100; count += 1) store.put('configmaps', object('a', count));
    expect(slow?.next()).toBe('compacted');
    expect(store.eventsAfter('configmaps', early)).toBeUndefined();
    expect(store.listAt('configmaps', undefined, early)).toBeUndefined();
    expect(store.eventsAfter('configmaps', store.version - 5)?.next()).toMatchObject({
      object: { value: 95 },
    });
  });
});
