import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createPhase, createTestCluster, type TestCluster } from '../../test/pods/phase.ts';
import type { ResolvedProfile } from '../api/kanister/types.ts';
import { decodeArguments, type RawArguments } from '../engine/arguments.ts';
import { openStore } from '../objectstore/open-store.ts';
import { type S3Server, startS3Server } from '../sandbox/s3/server.ts';
import { locationDelete, pathOfArtifact } from './location-delete.ts';

const credentials = { accessKeyId: 'AKIDTEST', secretAccessKey: 'secret-key' };
let folder: string;
let server: S3Server;
let cluster: TestCluster;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'location-delete-'));
  server = await startS3Server({ folder, credentials: [credentials] });
  await server.ensureBucket('bkt');
  cluster = await createTestCluster();
});
afterAll(async () => {
  await cluster.stop();
  await server.close();
  await rm(folder, { recursive: true });
});

const profile = (prefix = '', type = 's3Compliant'): ResolvedProfile => ({
  Location: { type, bucket: 'bkt', endpoint: server.endpoint, prefix, region: '' },
  Credential: {
    Type: 'keyPair',
    KeyPair: { ID: credentials.accessKeyId, Secret: credentials.secretAccessKey },
    Secret: null,
    KopiaServerSecret: null,
  },
  SkipSSLVerify: false,
});
const run = (raw: RawArguments, given?: ResolvedProfile) => {
  const { context } = createPhase({ client: cluster.client, ...(given && { profile: given }) });
  return locationDelete.run(decodeArguments(locationDelete.args, raw), context);
};
const keys = async () => {
  const store = await openStore(profile());
  try {
    const found: string[] = [];
    for await (const { key } of store.list('')) found.push(key);
    return found;
  } finally {
    store.close();
  }
};

const ALL = ['a/b', 'a/b/c', 'a/bc', 'other', 'pre/a/b', 'pre/x'];
beforeEach(async () => {
  const store = await openStore(profile());
  for (const key of ALL) await store.put(key, Readable.from([Buffer.from(key)]));
  store.close();
});

describe('LocationDelete', () => {
  it.each([
    [{ artifact: 'a/b' }, '', ['a/b', 'a/b/c']],
    [{ artifact: 'bkt/a/b' }, '', ['a/b', 'a/b/c']],
    [{ artifact: 's3://bkt/a/b/' }, '', ['a/b', 'a/b/c']],
    [{ artifact: 'a/b', prefixMatch: true }, '', ['a/b', 'a/b/c', 'a/bc']],
    [{ artifact: 'a/b' }, '/pre/', ['pre/a/b']],
    [{ artifact: 'bkt' }, 'pre', ['pre/a/b', 'pre/x']],
    [{ artifact: 'nothing/there' }, '', []],
  ])('of %j below prefix %j deletes %j and nothing else', async (raw, prefix, deleted) => {
    expect(await run(raw, profile(prefix))).toBeUndefined();
    expect(await keys()).toEqual(ALL.filter((key) => !deleted.includes(key)));
  });

  it('never empties a whole bucket', async () => {
    await expect(run({ artifact: 'bkt' }, profile())).rejects.toThrow('refusing to delete the whole bucket');
    expect(await keys()).toEqual(ALL);
  });

  it('without a Profile, or with one that is not complete, fails with the original text', async () => {
    await expect(run({ artifact: 'a' })).rejects.toThrow(
      'Failed to validate Profile: Profile must be non-nil',
    );
    const empty = profile();
    empty.Credential.KeyPair = { ID: '', Secret: 'x' };
    await expect(run({ artifact: 'a' }, empty)).rejects.toThrow(
      'Failed to validate Profile: Access key ID is not set',
    );
    await expect(run({ artifact: 'a' }, profile('', 'gcs'))).rejects.toThrow(
      'Unsupported Location type: gcs',
    );
  });

  it('creates no pod', async () => {
    cluster.requests.length = 0;
    await run({ artifact: 'a/b' }, profile());
    expect(cluster.requests).toEqual([]);
  });
});

describe('the path that an artifact means', () => {
  it.each([
    ['path/artifact', 'path/artifact'],
    ['bkt/path/artifact', 'path/artifact'],
    ['s3://bkt/path/artifact', 'path/artifact'],
    ['/bkt/path', 'path'],
    ['bkt', ''],
    ['s3://bkt', ''],
    ['s3://bkt/', ''],
    ['bkt2/path', 'bkt2/path'],
    ['path/bkt/x', 'path/bkt/x'],
  ])('%s is %j in bucket bkt', (artifact, path) => {
    expect(pathOfArtifact(artifact, 'bkt')).toBe(path);
  });

  it('in another bucket is refused, nothing is deleted', () => {
    expect(() => pathOfArtifact('s3://other/path', 'bkt')).toThrow(
      'the artifact names the bucket "other", the Profile has "bkt"',
    );
  });
});
