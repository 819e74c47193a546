import { describe, expect, it } from 'vitest';
import type { ResolvedProfile } from '../api/kanister/types.ts';
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
    expect(String(error)).not.toContain('very-secret');
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

describe('checkProfile', () => {
  it('accepts what the functions can use', () => {
    expect(() => checkProfile(base)).not.toThrow();
    expect(() => checkProfile(withSecret('secrets.kanister.io/aws', { role: 'r' }))).not.toThrow();
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
    ['Secret has an unknown field', withSecret('secrets.kanister.io/aws', { aws_session_token: 't' })],
    ['Secret has an unknown field', withSecret('secrets.kanister.io/azure', { other: 't' })],
    ["Missing required field gcp_project_id in the secret 'ns:s'", withSecret('secrets.kanister.io/gcp', {})],
  ])('refuses with %j', (message, profile) => {
    expect(() => checkProfile(profile)).toThrow(message);
  });
});
