import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ResolvedProfile } from '../api/kanister/types.ts';
import { startS3Server } from '../sandbox/s3/server.ts';
import { selfSignedCertificate } from '../sandbox/tls/self-signed-certificate.ts';
import { openTlsFront } from '../sandbox/tls/tls-front.ts';
import { checkProfile } from './check-profile.ts';
import { InvalidProfile } from './object-store.ts';
import { openStore } from './open-store.ts';

const base: ResolvedProfile = {
  Location: { type: 's3Compliant', bucket: 'b', endpoint: 'http://127.0.0.1:1', prefix: '', region: '' },
  Credential: {
    Type: 'keyPair',
    KeyPair: { ID: 'id', Secret: 'key' },
    Secret: null,
    KopiaServerSecret: null,
  },
  SkipSSLVerify: false,
};

const withSecret = (type: string, fields: Record<string, string>): ResolvedProfile => ({
  ...base,
  Credential: {
    ...base.Credential,
    Type: 'secret',
    Secret: {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 's', namespace: 'ns' },
      type,
      data: Object.fromEntries(
        Object.entries(fields).map(([key, text]) => [key, Buffer.from(text).toString('base64')]),
      ),
    },
  },
});

describe('openStore', () => {
  it.each([
    ['ftp', 'Unsupported Location type: ftp'],
    ['gcs', 'Unsupported Location type: gcs'],
    ['', 'Unsupported Location type: '],
  ])('refuses the location type %j', async (type, message) => {
    await expect(openStore({ ...base, Location: { ...base.Location, type } })).rejects.toThrow(message);
  });

  it('says which credentials are missing', async () => {
    const credential = (Credential: Partial<ResolvedProfile['Credential']>) =>
      openStore({ ...base, Credential: { ...base.Credential, ...Credential } });
    await expect(credential({ KeyPair: null })).rejects.toThrow('Empty KeyPair field');
    await expect(credential({ KeyPair: { ID: 'id', Secret: '' } })).rejects.toThrow(
      'Missing AWS credentials',
    );
    await expect(credential({ Type: 'kopia' })).rejects.toThrow("Unsupported type 'kopia' for credential");
    await expect(openStore(withSecret('secrets.kanister.io/aws', {}))).rejects.toThrow(
      'Missing AWS credentials',
    );
  });

  it('says that a role is not supported, and repeats no secret', async () => {
    const profile = withSecret('secrets.kanister.io/aws', {
      aws_access_key_id: 'id',
      aws_secret_access_key: 'very-secret',
      role: 'arn:aws:iam::1:role/r',
    });
    const error = await openStore(profile).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(InvalidProfile);
    expect(String(error)).toMatch(/Failed to switch roles: the secret 'ns:s' names a role/);
    expect(error).toHaveProperty('hint', expect.stringContaining('remove role from the secret'));
    expect(String(error)).not.toContain('very-secret');
  });

  it('sends the session token of temporary credentials', async () => {
    const tokens: unknown[] = [];
    const server = createServer((request, response) => {
      tokens.push(request.headers['x-amz-security-token']);
      expect(request.headers.authorization).toContain('x-amz-security-token');
      response.end('<LocationConstraint/>');
    });
    const endpoint = await listen(server);
    try {
      const profile = withSecret('secrets.kanister.io/aws', {
        aws_access_key_id: 'id',
        aws_secret_access_key: 'key',
        aws_session_token: 'the token',
      });
      const store = await openStore({ ...profile, Location: { ...profile.Location, endpoint } });
      store.close();
      expect(tokens).toEqual(['the token']);
    } finally {
      server.close();
    }
  });

  it('trusts an unknown certificate only where the Profile says to', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'open-store-'));
    const plain = await startS3Server({
      folder,
      credentials: [{ accessKeyId: 'id', secretAccessKey: 'key' }],
    });
    await plain.ensureBucket('bucket');
    const certificate = selfSignedCertificate('store', { dns: [], addresses: ['127.0.0.1'] }, new Date());
    const host = '127.0.0.1';
    const front = await openTlsFront(certificate, { host, port: 0 }, { host, port: plain.port });
    try {
      const Location = { ...base.Location, bucket: 'bucket', endpoint: front.url };
      const refused = await openStore({ ...base, Location }).catch((thrown: unknown) => thrown);
      expect(refused).toMatchObject({
        code: 'DEPTH_ZERO_SELF_SIGNED_CERT',
        hint: expect.stringContaining('skipSSLVerify'),
      });
      const store = await openStore({ ...base, Location, SkipSSLVerify: true });
      expect(await store.put('key', from('content'))).toBe(7);
      expect(await store.head('key')).toMatchObject({ size: 7 });
      store.close();
    } finally {
      await front.close();
      await plain.close();
      await rm(folder, { recursive: true });
    }
  });

  it('says what it could not reach', async () => {
    const error = await openStore(base, { signal: AbortSignal.timeout(20_000) }).catch(
      (thrown: unknown) => thrown,
    );
    expect(String(error)).toMatch(
      /failed to get bucket b: GetBucketLocation: ECONNREFUSED: .*127\.0\.0\.1:1/,
    );
  });
});

async function* from(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe('checkProfile', () => {
  it('accepts what the functions can use', () => {
    expect(() => checkProfile(base)).not.toThrow();
    expect(() => checkProfile(withSecret('secrets.kanister.io/aws', { role: 'r' }))).not.toThrow();
    expect(() =>
      checkProfile(withSecret('secrets.kanister.io/aws', { aws_session_token: 't' })),
    ).not.toThrow();
    expect(() =>
      checkProfile(withSecret('secrets.kanister.io/azure', { azure_federated_identity: 'true' })),
    ).not.toThrow();
    expect(() =>
      checkProfile(
        withSecret('secrets.kanister.io/gcp', { gcp_project_id: 'p', 'service-account.json': '{}', x: '' }),
      ),
    ).not.toThrow();
  });

  it.each<[string, ResolvedProfile | null]>([
    ['Profile must be non-nil', null],
    ['Location type not supported', { ...base, Location: { ...base.Location, type: 'ftp' } }],
    [
      'Access key ID is not set',
      { ...base, Credential: { ...base.Credential, KeyPair: { ID: '', Secret: 's' } } },
    ],
    [
      'Secret access key is not set',
      { ...base, Credential: { ...base.Credential, KeyPair: { ID: 'i', Secret: '' } } },
    ],
    ["Unsupported type 'x' for credentials", { ...base, Credential: { ...base.Credential, Type: 'x' } }],
    ['Empty KopiaServerSecret field', { ...base, Credential: { ...base.Credential, Type: 'kopia' } }],
    ['Nil secret', { ...base, Credential: { ...base.Credential, Type: 'secret' } }],
    ["Unsupported type 'Opaque' for secret 'ns:s'", withSecret('Opaque', {})],
    ['Secret has an unknown field', withSecret('secrets.kanister.io/aws', { session_token: 't' })],
    ['Secret has an unknown field', withSecret('secrets.kanister.io/azure', { other: 't' })],
    ["Missing required field gcp_project_id in the secret 'ns:s'", withSecret('secrets.kanister.io/gcp', {})],
  ])('refuses with %j', (message, profile) => {
    expect(() => checkProfile(profile)).toThrow(message);
  });
});
