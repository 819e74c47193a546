import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Blueprint, ResolvedProfile } from '../../src/api/kanister/types.ts';
import { emptyPhase } from '../../src/engine/parameters.ts';
import type { Parameters } from '../../src/engine/parameters.ts';
import { createRegistry } from '../../src/engine/registry.ts';
import { createRendererFactory } from '../../src/engine/render.ts';
import { validateBlueprint } from '../../src/engine/validate-blueprint.ts';
import { functions } from '../../src/functions/index.ts';
import type { JsonObject } from '../../src/kubernetes/objects.ts';
import { parseYaml } from '../../src/kubernetes/yaml.ts';

const file = join(import.meta.dirname, '../../examples/postgresql/blueprint.yaml');
const blueprint = parseYaml(await readFile(file, 'utf8'), file) as unknown as Blueprint;

const KEY = 'key-that-must-not-leak';
const profile: ResolvedProfile = {
  Location: {
    type: 's3Compliant',
    bucket: 'postgresql',
    endpoint: '',
    prefix: 'team',
    region: 'eu-central-1',
  },
  Credential: { Type: 'keyPair', KeyPair: { ID: 'id', Secret: KEY }, Secret: null, KopiaServerSecret: null },
  SkipSSLVerify: false,
};
const artifacts = { dump: { keyValue: { path: `postgresql/shop/db/it's "quoted" $(x).dump` } } };

describe('the PostgreSQL Blueprint', () => {
  it('passes validation', () => {
    expect(validateBlueprint(blueprint, createRegistry(functions)).failures).toEqual([]);
  });

  it.each(['backup', 'restore'])('keeps all values out of the commands of %s', (action) => {
    const { command } = rendered(action);
    const unrendered = blueprint.actions?.[action]?.phases?.[0]?.args?.['command'];
    expect(command).toEqual(unrendered); // so neither a key nor a path can stand in it, or be read as shell
    expect(command).toHaveLength(3);
  });

  it.each(['backup', 'restore'])(
    'gives %s the Profile, the server’s address, and the password by reference only',
    (action) => {
      const environment = environmentOf(rendered(action));
      expect(environment.get('KANDO_PROFILE')).toMatchObject({ value: expect.stringContaining(KEY) });
      expect(environment.get('PGHOST')).toEqual({ name: 'PGHOST', value: 'db-service.shop.svc' });
      expect(environment.get('PGPASSWORD')).toEqual({
        name: 'PGPASSWORD',
        valueFrom: { secretKeyRef: { name: 'db', key: 'password' } },
      });
    },
  );

  it('writes each backup to a path of its own, and hands it to restore unchanged', () => {
    expect(environmentOf(rendered('backup')).get('DUMP')).toEqual({
      name: 'DUMP',
      value: 'postgresql/shop/db/2026-11-21T10:11:12.123456789Z.dump',
    });
    expect(environmentOf(rendered('restore')).get('DUMP')).toEqual({
      name: 'DUMP',
      value: artifacts.dump.keyValue.path,
    });
  });

  it('names the bucket in front of what it deletes, which a bucket called like the first folder needs', () => {
    expect(rendered('delete')).toEqual({ artifact: `postgresql/${artifacts.dump.keyValue.path}` });
  });

  it('takes the image from the ActionSet’s options, else its own', () => {
    expect(rendered('backup')['image']).toBe('postgres-kanister-tools:0.1.0');
    expect(rendered('backup', { image: 'registry.example.com/tools:1' })['image']).toBe(
      'registry.example.com/tools:1',
    );
  });
});

/** The arguments of an action's only phase, as its function gets them. */
function rendered(action: string, options?: Record<string, string>): JsonObject {
  const subject = { kind: 'StatefulSet', namespace: 'shop', name: 'db', pods: [], containers: [] } as const;
  const parameters: Parameters = {
    action: {
      name: action,
      object: { kind: 'StatefulSet', name: 'db', namespace: 'shop' },
      artifacts,
      options,
    },
    time: '2026-11-21T10:11:12.123456789Z',
    object: { spec: { serviceName: 'db-service' } },
    subject: { ...subject, pods: [], containers: [], persistentVolumeClaims: {} },
    secrets: {},
    configMaps: {},
    profile,
    phases: {},
    deferPhase: emptyPhase(),
  };
  const renderer = createRendererFactory()(parameters, {
    now: new Date(0),
    random: (length) => new Uint8Array(length),
  });
  return renderer.arguments(blueprint.actions?.[action]?.phases?.[0]?.args ?? {});
}

function environmentOf(args: JsonObject): Map<string, unknown> {
  const override = args['podOverride'] as { containers: { env: { name: string }[] }[] };
  return new Map(override.containers.flatMap(({ env }) => env.map((variable) => [variable.name, variable])));
}
