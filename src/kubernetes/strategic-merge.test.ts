import { describe, expect, it } from 'vitest';
import { mergeSchemaOf } from './merge-schema.ts';
import type { JsonObject } from './objects.ts';
import { InvalidMergePatch, POD_SPEC_SCHEMA, strategicMerge } from './strategic-merge.ts';

const merge = (original: JsonObject, patch: JsonObject) => strategicMerge(original, patch, POD_SPEC_SCHEMA);

describe('a strategic merge of a PodSpec', () => {
  it('changes one field of a container that is named, and keeps the others', () => {
    const original = {
      containers: [{ name: 'container', image: 'a', command: ['x', 'y'] }],
      restartPolicy: 'Never',
    };
    expect(merge(original, { containers: [{ name: 'container', command: ['z'] }] })).toEqual({
      containers: [{ name: 'container', image: 'a', command: ['z'] }],
      restartPolicy: 'Never',
    });
  });

  it('puts a new sidecar in front of what only the original has', () => {
    const merged = merge(
      { containers: [{ name: 'container', image: 'a' }] },
      { containers: [{ name: 'sidecar', image: 'b' }] },
    );
    expect(merged.containers).toEqual([
      { name: 'sidecar', image: 'b' },
      { name: 'container', image: 'a' },
    ]);
  });

  it('tells volume mounts apart by their path, even of one volume', () => {
    const merged = merge(
      { containers: [{ name: 'c', volumeMounts: [{ name: 'v', mountPath: '/var/lib/data' }] }] },
      { containers: [{ name: 'c', volumeMounts: [{ name: 'v', mountPath: '/var/lib/other' }] }] },
    );
    expect(merged.containers).toEqual([
      {
        name: 'c',
        volumeMounts: [
          { name: 'v', mountPath: '/var/lib/other' },
          { name: 'v', mountPath: '/var/lib/data' },
        ],
      },
    ]);
  });

  it('replaces lists that have no merge key', () => {
    const original = { tolerations: [{ key: 'a' }, { key: 'b' }] };
    expect(merge(original, { tolerations: [{ key: 'c' }] })).toEqual({ tolerations: [{ key: 'c' }] });
  });

  it('deletes by null, and keeps no null where there was nothing', () => {
    expect(merge({ nodeName: 'n', hostname: 'h' }, { nodeName: null, subdomain: null })).toEqual({
      hostname: 'h',
    });
    expect(merge({}, { securityContext: { runAsUser: 1, fsGroup: null } })).toEqual({
      securityContext: { runAsUser: 1 },
    });
  });

  it('obeys $patch: replace and delete in maps and lists, and knows no other', () => {
    const original = {
      securityContext: { runAsUser: 1 },
      containers: [{ name: 'a' }, { name: 'b' }],
      volumes: [{ name: 'v', emptyDir: {} }],
    };
    expect(
      merge(original, {
        securityContext: { $patch: 'replace', fsGroup: 2 },
        containers: [{ name: 'a', $patch: 'delete' }],
        volumes: [{ $patch: 'replace' }, { name: 'w', emptyDir: {} }],
      }),
    ).toEqual({
      securityContext: { fsGroup: 2 },
      containers: [{ name: 'b' }],
      volumes: [{ name: 'w', emptyDir: {} }],
    });
    expect(merge(original, { securityContext: { $patch: 'delete' } }).securityContext).toEqual({});
    expect(() => merge(original, { securityContext: { $patch: 'merge', fsGroup: 3 } })).toThrow(
      'securityContext: unknown patch type: merge',
    );
    expect(() => merge(original, { $patch: 'other' })).toThrow('unknown patch type: other');
  });

  it('changes the source of a volume with $retainKeys', () => {
    const merged = merge(
      { volumes: [{ name: 'v', emptyDir: {} }] },
      { volumes: [{ name: 'v', $retainKeys: ['name', 'hostPath'], hostPath: { path: '/x' } }] },
    );
    expect(merged.volumes).toEqual([{ name: 'v', hostPath: { path: '/x' } }]);
    expect(() =>
      merge({ volumes: [{ name: 'v' }] }, { volumes: [{ name: 'v', $retainKeys: ['name'], emptyDir: {} }] }),
    ).toThrow('emptyDir is missing');
  });

  it('orders by $setElementOrder, and leaves the rest beside its neighbours', () => {
    const merged = merge(
      { containers: [{ name: 'a' }, { name: 'b' }, { name: 'c' }] },
      {
        '$setElementOrder/containers': [{ name: 'c' }, { name: 'a' }],
        containers: [{ name: 'a', image: 'x' }],
      },
    );
    expect(merged.containers).toEqual([{ name: 'b' }, { name: 'c' }, { name: 'a', image: 'x' }]);
    expect(() =>
      merge({}, { '$setElementOrder/containers': [{ name: 'b' }], containers: [{ name: 'a' }] }),
    ).toThrow(InvalidMergePatch);
  });

  it('merges and thins out lists of primitives', () => {
    const schema = mergeSchemaOf('', 'Pod');
    const original = { metadata: { finalizers: ['a', 'b'] } };
    expect(strategicMerge(original, { metadata: { finalizers: ['c'] } }, schema)).toEqual({
      metadata: { finalizers: ['c', 'a', 'b'] },
    });
    expect(
      strategicMerge(original, { metadata: { '$deleteFromPrimitiveList/finalizers': ['a'] } }, schema),
    ).toEqual({
      metadata: { finalizers: ['b'] },
    });
  });

  it('reaches the pods of a workload and of a cron job', () => {
    const template = { spec: { containers: [{ name: 'c', env: [{ name: 'A', value: '1' }] }] } };
    const change = { spec: { containers: [{ name: 'c', env: [{ name: 'B', value: '2' }] }] } };
    const env = [
      { name: 'B', value: '2' },
      { name: 'A', value: '1' },
    ];
    expect(
      strategicMerge(
        { spec: { template } },
        { spec: { template: change } },
        mergeSchemaOf('apps', 'StatefulSet'),
      ),
    ).toEqual({ spec: { template: { spec: { containers: [{ name: 'c', env }] } } } });
    expect(
      strategicMerge(
        { spec: { jobTemplate: { spec: { template } } } },
        { spec: { jobTemplate: { spec: { template: change } } } },
        mergeSchemaOf('batch', 'CronJob'),
      ),
    ).toEqual({
      spec: { jobTemplate: { spec: { template: { spec: { containers: [{ name: 'c', env }] } } } } },
    });
  });

  it('refuses an item without its merge key, and says where without its values', () => {
    const patch = { containers: [{ name: 'c', env: [{ value: 'secret' }] }] };
    const original = { containers: [{ name: 'c', env: [{ name: 'A' }] }] };
    expect(() => merge(original, patch)).toThrow(
      'containers.env: an item does not contain declared merge key: name',
    );
    expect(() => merge(original, { containers: ['x'] })).toThrow('containers: expected items of one kind');
  });

  it('changes neither input, and no prototype', () => {
    const original = { containers: [{ name: 'c', env: [{ name: 'A' }] }] };
    const patch: JsonObject = JSON.parse(
      '{"containers":[{"name":"c","$patch":"replace","env":null}],"hostname":"h"}',
    );
    const before = structuredClone([original, patch]);
    merge(original, patch);
    expect([original, patch]).toEqual(before);
    expect(() => merge({}, JSON.parse('{"__proto__":{"polluted":true}}'))).toThrow(InvalidMergePatch);
    expect({}).not.toHaveProperty('polluted');
  });
});
