import { describe, expect, it } from 'vitest';
import { BUILT_IN_RESOURCES } from '../built-in-resources.ts';
import { goTypeOfKind } from './go-type.ts';
import { decodeWith, kindCodec } from './kind-codec.ts';
import type { JsonCodec } from './json-codec.ts';

function codecOf(apiVersion: string, kind: string): JsonCodec {
  const codec = kindCodec(apiVersion, kind);
  if (!codec) throw new Error(`no codec of ${kind}`);
  return codec;
}

const decodePod = (spec: unknown) => decodeWith(codecOf('v1', 'Pod'), { spec });

describe('the codecs of built-in kinds', () => {
  it('are there for every kind that can be written', () => {
    const missing = BUILT_IN_RESOURCES.filter(
      ({ group, version, kind }) => !goTypeOfKind(group, version, kind),
    );
    expect(missing.map(({ kind }) => kind).filter((kind) => kind !== 'APIService')).toEqual([]);
  });

  it('name the field, its type and the value that does not fit', () => {
    expect(decodePod({ containers: [{ name: 7 }] })).toEqual({
      fault:
        'json: cannot unmarshal number into Go struct field Container.spec.containers.name of type string',
    });
    expect(decodePod({ restartPolicy: true })).toEqual({
      fault:
        'json: cannot unmarshal bool into Go struct field PodSpec.spec.restartPolicy of type v1.RestartPolicy',
    });
  });

  it('tell of fields that nobody knows, and drop them', () => {
    expect(decodePod({ containers: [{ name: 'a', imge: 'x' }], other: 1 })).toEqual({
      decoded: { spec: { containers: [{ name: 'a' }] } },
      unknown: ['spec.containers[0].imge', 'spec.other'],
    });
  });

  it('write quantities in their canonical form, and refuse what is none', () => {
    const quota = codecOf('v1', 'ResourceQuota');
    expect(decodeWith(quota, { spec: { hard: { cpu: '1000m', memory: '0.5', pods: 3 } } })).toMatchObject({
      decoded: { spec: { hard: { cpu: '1', memory: '500m', pods: '3' } } },
    });
    expect(decodeWith(quota, { spec: { hard: { cpu: 'many' } } })).toMatchObject({
      fault: expect.stringContaining('quantities must match the regular expression') as string,
    });
  });

  it('say where base64 breaks off, and at which part of a time', () => {
    const secret = (a: string) => decodeWith(codecOf('v1', 'Secret'), { data: { a } });
    expect(secret('YW\nJj')).toMatchObject({ decoded: { data: { a: 'YWJj' } } });
    expect(secret('YW=J')).toEqual({ fault: 'illegal base64 data at input byte 2' });
    const event = (firstTimestamp: string) => decodeWith(codecOf('v1', 'Event'), { firstTimestamp });
    expect(event('2024-01-01T02:00:00+02:00')).toMatchObject({
      decoded: { firstTimestamp: '2024-01-01T00:00:00Z' },
    });
    expect(event('2024-02-30T00:00:00Z')).toEqual({
      fault: 'parsing time "2024-02-30T00:00:00Z": day out of range',
    });
  });

  it('leave out what Go leaves out, and write what Go always writes', () => {
    const role = codecOf('rbac.authorization.k8s.io/v1', 'Role');
    expect(role.encode({ metadata: { name: 'a', labels: {}, creationTimestamp: null }, rules: [] })).toEqual({
      metadata: { name: 'a' },
      rules: null,
    });
    const configMap = codecOf('v1', 'ConfigMap');
    expect(configMap.encode({ metadata: {}, data: { a: '' }, immutable: false, binaryData: {} })).toEqual({
      metadata: {},
      data: { a: '' },
      immutable: false,
    });
  });

  it('keep keys that mean something in JavaScript', () => {
    const body: unknown = JSON.parse('{"data":{"__proto__":"x","constructor":"y"}}');
    const result = decodeWith(codecOf('v1', 'ConfigMap'), body);
    expect(JSON.stringify(result)).toContain('"data":{"__proto__":"x","constructor":"y"}');
  });
});
