import { describe, expect, it } from 'vitest';
import { fitting } from './object-size.ts';
import type { ApiObject } from './resource-definition.ts';

const object = (bytes: number, owners: number): ApiObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'a', managedFields: [{ manager: 'x'.repeat(owners) }] },
  data: { x: 'x'.repeat(bytes) },
});

describe('an object', () => {
  it('that is small enough is stored with its owners', () => {
    const small = object(1000, 10);
    expect(fitting(small, {})).toBe(small);
  });

  it('that is too large only by its owners is stored without them', () => {
    expect(fitting(object(1_572_000, 1000), {}).metadata).toEqual({ name: 'a' });
  });

  it('that is applied needs its owners, and is refused with them', () => {
    expect(() => fitting(object(1_572_000, 1000), { applied: true })).toThrow('request is too large');
  });

  it('that is too large by itself is refused', () => {
    expect(() => fitting(object(1_600_000, 10), {})).toThrow('etcdserver: request is too large');
  });
});
