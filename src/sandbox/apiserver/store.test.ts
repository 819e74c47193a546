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

describe('what a store keeps in order', () => {
  it('lists by namespace, then name, as etcd does, and one namespace apart from those that begin like it', () => {
    const change = fc.record({
      namespace: fc.constantFrom('a', 'a-b', 'a.b', 'a0', 'b'),
      name: fc.constantFrom('a', 'a-1', 'a.1', 'a1', 'b'),
      remove: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(change, { maxLength: 60 }), (changes) => {
        const store = createStore({ historyLimit: 1000 });
        for (const { namespace, name, remove } of changes) {
          const there = store.get('configmaps', namespace, name);
          if (remove && there) store.remove('configmaps', there);
          else store.put('configmaps', { ...object(name), metadata: { name, namespace } });
        }
        const keys = (namespace?: string) =>
          store.list('configmaps', namespace).map(({ metadata }) => `${metadata.namespace}/${metadata.name}`);
        expect(keys()).toEqual(keys().toSorted());
        expect(keys('a')).toEqual(keys().filter((key) => key.startsWith('a/')));
        expect(['a', 'a-b', 'a.b', 'a0', 'b'].flatMap(keys).toSorted()).toEqual(keys());
      }),
    );
  });

  it('keeps few past events of large objects', () => {
    const store = createStore({ historyLimit: 1000, historyBytes: 100_000 });
    const early = store.version;
    const large = 'x'.repeat(10_000);
    for (let count = 0; count < 50; count += 1) store.put('configmaps', { ...object('a', count), large });
    expect(store.eventsAfter('configmaps', early)).toBeUndefined();
    let kept = 0;
    const cursor = store.eventsAfter('configmaps', store.version - 4);
    while (cursor?.next()) kept += 1;
    expect(kept).toBe(4);
  });
});

describe('a store that continues another', () => {
  const earlier = () => {
    const store = createStore({ historyLimit: 10 });
    for (const name of ['b', 'a']) store.put('configmaps', object(name));
    return { version: store.version, objects: new Map([['configmaps', store.list('configmaps')]]) };
  };

  it('holds its objects and counts on from its version', () => {
    const initial = earlier();
    const store = createStore({ historyLimit: 10, initial });
    expect(store.list('configmaps')).toEqual(initial.objects.get('configmaps'));
    expect(store.put('configmaps', object('c')).metadata.resourceVersion).toBe(String(initial.version + 1));
  });

  it('does not pretend to know what happened before', () => {
    const initial = earlier();
    const store = createStore({ historyLimit: 10, initial });
    expect(store.eventsAfter('configmaps', initial.version - 1)).toBeUndefined();
    expect(store.eventsAfter('secrets', initial.version - 1)).toBeUndefined();
    expect(store.eventsAfter('configmaps', initial.version)).toBeDefined();
  });

  it('does not make a change that can not be kept', () => {
    const changeLog = {
      append() {
        throw new Error('no space left on device');
      },
    };
    const initial = earlier();
    const store = createStore({ historyLimit: 10, initial, changeLog });
    expect(() => store.put('configmaps', object('c'))).toThrow('no space left');
    expect(() => store.remove('configmaps', object('a'))).toThrow('no space left');
    expect({ version: store.version, names: store.list('configmaps').length }).toEqual({
      version: initial.version,
      names: 2,
    });
    expect(store.eventsAfter('configmaps', store.version)?.next()).toBeUndefined();
  });
});
