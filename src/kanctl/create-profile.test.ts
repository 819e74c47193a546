import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startCluster, type Cluster } from '../../test/kanctl/cluster.ts';
import { PROFILES } from '../api/kanister/types.ts';
import type { KubernetesObject } from '../kubernetes/objects.ts';
import { NAMESPACES, SECRETS } from '../kubernetes/resources.ts';
import { parseYamlDocuments } from '../kubernetes/yaml.ts';
import { openStore } from '../objectstore/open-store.ts';
import { startS3Server, type S3Server } from '../sandbox/s3/server.ts';

type Secret = KubernetesObject & { type?: string; data?: Record<string, string> };

let cluster: Cluster;
let store: S3Server;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kanctl-profile-'));
  store = await startS3Server({
    folder: join(folder, 's3'),
    credentials: [{ accessKeyId: 'AK', secretAccessKey: 'top-secret' }],
  });
  await store.ensureBucket('backups');
  cluster = await startCluster({ namespace: 'kanister' });
  await cluster.create(NAMESPACES, { metadata: { name: 'kanister' } });
});
afterAll(async () => {
  await cluster.stop();
  await store.close();
  await rm(folder, { recursive: true, force: true });
});

const s3 = (...flags: string[]) => [
  'create',
  'profile',
  's3compliant',
  '--bucket',
  'backups',
  '--region',
  'us-east-1',
  '--endpoint',
  store.endpoint,
  ...flags,
];
const secrets = async () => (await cluster.client.list<Secret>(SECRETS, { namespace: 'kanister' })).items;
const decoded = ({ data = {} }: Secret) =>
  Object.fromEntries(
    Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]),
  );

describe('kanctl create profile s3compliant', () => {
  it('creates a Secret and a Profile that uses it, when the bucket can be read and written', async () => {
    const { code, stdout, stderr } = await cluster.kanctl(
      s3('--access-key', 'AK', '--secret-key', 'top-secret', '--prefix', 'cluster-a'),
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const [, secretName = '', profileName = ''] =
      /^secret '(s3-secret-[a-z0-9]{6})' created\nprofile '(s3-profile-[a-z0-9]{5})' created\n$/.exec(
        stdout,
      ) ?? [];
    const secret = await cluster.client.get<Secret>(SECRETS, { name: secretName, namespace: 'kanister' });
    expect(secret.type).toBe('Opaque');
    expect(decoded(secret)).toEqual({
      aws_access_key_id: 'AK',
      aws_secret_access_key: 'top-secret',
      role: '',
    });
    expect(await cluster.client.get(PROFILES, { name: profileName, namespace: 'kanister' })).toMatchObject({
      location: {
        type: 's3Compliant',
        bucket: 'backups',
        endpoint: store.endpoint,
        prefix: 'cluster-a',
        region: 'us-east-1',
      },
      credential: {
        type: 'keyPair',
        keyPair: {
          idField: 'aws_access_key_id',
          secretField: 'aws_secret_access_key',
          secret: { name: secretName, namespace: 'kanister' },
        },
      },
      skipSSLVerify: false,
    });
    const check = await cluster.kanctl(['validate', 'profile', '--name', profileName, '-n', 'kanister']);
    expect(check).toEqual({
      code: 0,
      stderr: '',
      stdout:
        "Passed the 'Validate Profile schema' check.. ✅\n" +
        "Passed the 'Validate bucket region specified in profile' check.. ✅\n" +
        "Passed the 'Validate read access to bucket specified in profile' check.. ✅\n" +
        "Passed the 'Validate write access to bucket specified in profile' check.. ✅\n" +
        'All checks passed.. ✅\n\n',
    });
  });

  it('tries the bucket below the prefix, under a name that no object of somebody else has', async () => {
    const keys = ['sample', 'cluster-b/sample'];
    const bucket = await openStore({
      Location: { type: 's3Compliant', bucket: 'backups', endpoint: store.endpoint, prefix: '', region: '' },
      Credential: {
        Type: 'keyPair',
        KeyPair: { ID: 'AK', Secret: 'top-secret' },
        Secret: null,
        KopiaServerSecret: null,
      },
      SkipSSLVerify: false,
    });
    try {
      for (const key of keys) await bucket.put(key, Readable.from([Buffer.from('precious')]));
      const created = await cluster.kanctl(
        s3('--access-key', 'AK', '--secret-key', 'top-secret', '--prefix', 'cluster-b'),
      );
      expect(created.code).toBe(0);
      const found = await Array.fromAsync(bucket.list(''));
      expect(found.map(({ key }) => key).filter((key) => key.includes('sample'))).toEqual(keys.toSorted());
      expect(found.filter(({ key }) => key.startsWith('cluster-b/'))).toHaveLength(1);
    } finally {
      bucket.close();
    }
  });

  it.each([
    ['a file and the standard input', ['--access-key', 'AK', '--secret-key-file', '-'], {}, 'top-secret\n'],
    ['the environment', [], { KANCTL_ACCESS_KEY: 'AK', KANCTL_SECRET_KEY: 'top-secret' }, ''],
  ])('takes the keys from %s, so that they are in no command line', async (_, flags, env, stdin) => {
    const { code, stdout, stderr } = await cluster.kanctl(s3(...flags), { env, stdin });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/\nprofile 's3-profile-.{5}' created\n$/);
  });

  it('leaves no Secret behind when the store refuses the keys, and does not repeat them', async () => {
    const before = (await secrets()).length;
    const { code, stdout, stderr } = await cluster.kanctl(s3('-a', 'AK', '-s', 'not-the-secret'));
    expect(code).toBe(1);
    expect(stdout).toMatch(
      /^secret '(.*)' created\nFailed the 'Validate bucket region specified in profile' check.. ❌\nvalidation failed, deleting secret '\1'\nsecret '\1' deleted\n$/,
    );
    expect(stderr).toMatch(/^Error: profile validation failed: failed to get bucket backups: /);
    expect(stderr).not.toContain('not-the-secret');
    expect(await secrets()).toHaveLength(before);
  });

  it('creates without looking at the bucket when told to skip validation', async () => {
    const { code, stdout } = await cluster.kanctl(s3('-a', 'AK', '-s', 'wrong', '--skip-validation'));
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: expect.stringMatching(/created\nprofile .* created\n$/),
    });
  });

  it('makes a Secret of the type that carries a role', async () => {
    const { stdout } = await cluster.kanctl(
      s3('-a', 'AK', '-s', 'x', '-R', 'arn:aws:iam::1:role/r', '--dry-run'),
    );
    expect(parseYamlDocuments(stdout)).toMatchObject([
      { kind: 'Secret', type: 'secrets.kanister.io/aws', stringData: { role: 'arn:aws:iam::1:role/r' } },
      { kind: 'Profile', credential: { type: 'secret', secret: { namespace: 'kanister' } } },
    ]);
  });
});

describe('kanctl create profile gcp and azure', () => {
  it('create the Profile and say that its bucket was not checked', async () => {
    const key = join(folder, 'key.json');
    await writeFile(key, '{"type":"service_account","project_id":"p","private_key":"k"}');
    const { code, stdout, stderr } = await cluster.kanctl([
      'create',
      'profile',
      'gcp',
      '--bucket',
      'b',
      '--project-id',
      'p',
      '--service-key',
      key,
    ]);
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /\nSkipping the 'Validate bucket region specified in profile' check.. 🚫\n(.*\n)*profile 'gcp-/,
    );
    expect(stderr).toBe(
      "Warning: buckets of type gcs can't be checked yet, only their Profile's fields were.\n",
    );
  });

  it('refuse a service key that is none, without showing it', async () => {
    const key = join(folder, 'bad.json');
    await writeFile(key, '{"type":"other","private_key":"hidden"}');
    const argv = ['create', 'profile', 'gcp', '--project-id', 'p', '--service-key', key];
    const { code, stderr } = await cluster.kanctl(argv);
    expect(code).toBe(1);
    expect(stderr).toContain(
      'holds no Google credentials: expected a JSON object whose type is one of service_account',
    );
    await writeFile(key, 'hidden');
    expect((await cluster.kanctl(argv)).stderr).not.toContain('hidden');
  });

  it('make a Secret that functions can use when an Azure cloud is named', async () => {
    const { stdout } = await cluster.kanctl([
      'create',
      'profile',
      'azure',
      '-b',
      'c',
      '-a',
      'acc',
      '-s',
      'a2V5',
      '--storage-env',
      'AzurePublicCloud',
      '--dry-run',
    ]);
    expect(parseYamlDocuments(stdout)).toMatchObject([
      {
        type: 'secrets.kanister.io/azure',
        stringData: {
          azure_storage_account_id: 'acc',
          azure_storage_key: 'a2V5',
          azure_storage_environment: 'AzurePublicCloud',
        },
      },
      { location: { type: 'azure', bucket: 'c' }, credential: { type: 'secret' } },
    ]);
  });
});
