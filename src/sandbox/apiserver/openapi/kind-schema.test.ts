import { describe, expect, it } from 'vitest';
import { BUILT_IN_RESOURCES } from '../built-in-resources.ts';
import { kindSchema, resolveSchema } from './kind-schema.ts';
import type { KindSchema } from './kind-schema.ts';

describe('the published schemas', () => {
  it('describe every built-in kind that is served', () => {
    const missing = BUILT_IN_RESOURCES.filter(
      ({ group, version, kind }) => kindSchema(group, version, kind) === undefined,
    );
    expect(missing.map(({ kind }) => kind)).toEqual([]);
  });

  it('refer to nothing that is missing', () => {
    const visited = new Set<KindSchema>();
    const visit = (schema: KindSchema): void => {
      if (visited.has(schema)) return;
      visited.add(schema);
      const { properties = {}, items, additionalProperties } = resolveSchema(schema);
      for (const inner of [...Object.values(properties), items, additionalProperties])
        if (inner) visit(inner);
    };
    for (const { group, version, kind } of BUILT_IN_RESOURCES) visit(kindSchema(group, version, kind) ?? {});
    expect(visited.size).toBeGreaterThan(500);
  });

  it('say how the lists of a pod merge', () => {
    const pod = resolveSchema(kindSchema('', 'v1', 'Pod') ?? {});
    const spec = resolveSchema(pod.properties?.spec ?? {});
    expect(spec.properties?.containers).toMatchObject({
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['name'],
      'x-kubernetes-patch-merge-key': 'name',
    });
  });
});
