import type { Location, ObjectReference, Profile, ResolvedProfile } from '../api/kanister/types.ts';
import { PROFILES } from '../api/kanister/types.ts';
import { ApiError } from '../kubernetes/api-error.ts';
import type { KubernetesClient } from '../kubernetes/client.ts';
import type { JsonObject, KubernetesObject } from '../kubernetes/objects.ts';
import { SECRETS } from '../kubernetes/resources.ts';
import { Failure } from './failure.ts';
import { isTransient } from './transient.ts';

export interface Secret extends KubernetesObject {
  immutable?: boolean;
  type?: string;
  /** base64 */
  data?: Record<string, string>;
}

/** Fetches a Profile and its credentials. Source of texts: Kanister's `pkg/param`. */
export async function resolveProfile(
  client: KubernetesClient,
  reference: ObjectReference,
): Promise<ResolvedProfile> {
  const profile = await client.get<Profile>(PROFILES, nameOf(reference)).catch((error: unknown) => {
    // A server in trouble is not the Profile's fault: the caller tries again.
    if (isTransient(error)) throw error;
    throw new Failure(reasonOf(error), messageWithObject(error), {
      cause: error,
      hint: `Create the Profile ${reference.namespace}/${reference.name}, or name another one in the ActionSet.`,
    });
  });
  return await resolveFetchedProfile(client, profile);
}

/** The same for a Profile that is at hand, wherever it came from: only its credentials are fetched. */
export async function resolveFetchedProfile(
  client: KubernetesClient,
  profile: Profile,
): Promise<ResolvedProfile> {
  return {
    Location: completeLocation(profile.location ?? {}),
    Credential: await resolveCredential(client, profile),
    SkipSSLVerify: profile.skipSSLVerify ?? false,
  };
}

type Credential = ResolvedProfile['Credential'];

async function resolveCredential(client: KubernetesClient, profile: Profile): Promise<Credential> {
  const credential = profile.credential ?? {};
  const empty: Credential = {
    Type: credential.type ?? '',
    KeyPair: null,
    Secret: null,
    KopiaServerSecret: null,
  };
  switch (credential.type) {
    case 'keyPair': {
      if (!credential.keyPair) throw invalid(profile, 'KVSecret cannot be nil');
      const { idField = '', secretField = '', secret: reference } = credential.keyPair;
      const secret = await readSecret(client, reference ?? {});
      const where = `'${secret.metadata?.namespace}:${secret.metadata?.name}'`;
      const id = decode(secret, idField);
      if (id === undefined) throw invalid(profile, `Key '${idField}' not found in secret ${where}`);
      const value = decode(secret, secretField);
      if (value === undefined) throw invalid(profile, `Value '${secretField}' not found in secret ${where}`);
      return { ...empty, KeyPair: { ID: id, Secret: value } };
    }
    case 'secret': {
      if (!credential.secret) throw invalid(profile, 'Secret reference cannot be nil');
      const secret = await readSecret(client, credential.secret, 'Failed to fetch the secret');
      checkCredentialSecret(profile, secret);
      return { ...empty, Secret: secret };
    }
    case 'kopia':
      return { ...empty, KopiaServerSecret: await resolveKopia(client, profile) };
    default:
      throw invalid(profile, `CredentialType '${credential.type ?? ''}' not supported`);
  }
}

async function resolveKopia(
  client: KubernetesClient,
  profile: Profile,
): Promise<Credential['KopiaServerSecret']> {
  const block = profile.credential?.kopiaServerSecret;
  if (!block) throw invalid(profile, 'Kopia Secret reference cannot be nil');
  const passphrase = block['userPassphrase'] as KeyOfSecret | undefined;
  const certificate = block['tlsCert'] as KeyOfSecret | undefined;
  if (!passphrase?.secret) throw invalid(profile, 'Kopia UserPassphrase Secret reference cannot be nil');
  if (!certificate?.secret) throw invalid(profile, 'Kopia TLS cert Secret reference cannot be nil');
  const text = 'Failed to fetch the secret';
  const password = decode(await readSecret(client, passphrase.secret, text), passphrase.key ?? '');
  if (password === undefined) throw invalid(profile, 'Failed to fetch user passphrase from secret');
  const cert = decode(await readSecret(client, certificate.secret, text), certificate.key ?? '');
  if (cert === undefined) throw invalid(profile, 'Failed to fetch TLS cert from secret');
  return {
    Username: textField(block, 'username'),
    Hostname: textField(block, 'hostname'),
    Password: password,
    Cert: cert,
    ConnectOptions: (block['connectOptions'] ?? null) as Record<string, number> | null,
  };
}

interface KeyOfSecret {
  key?: string;
  secret?: ObjectReference;
}

/** Which keys a credential secret of each type may and must have. */
const CREDENTIAL_SECRETS: Record<string, { allowed?: string[]; required: string[] }> = {
  'secrets.kanister.io/aws': {
    allowed: ['aws_access_key_id', 'aws_secret_access_key', 'role', 'aws_session_token'],
    required: [],
  },
  'secrets.kanister.io/azure': {
    allowed: [
      'azure_storage_account_id',
      'azure_storage_key',
      'azure_storage_environment',
      'azure_federated_identity',
    ],
    required: [],
  },
  'secrets.kanister.io/gcp': { required: ['gcp_project_id', 'service-account.json'] },
  'secrets.kanister.io/filestore': { required: [] },
};

function checkCredentialSecret(profile: Profile, secret: Secret): void {
  const where = `'${secret.metadata?.namespace}:${secret.metadata?.name}'`;
  const rule = CREDENTIAL_SECRETS[secret.type ?? ''];
  if (!rule) throw invalid(profile, `Unsupported type '${secret.type ?? ''}' for secret ${where}`);
  const keys = Object.keys(secret.data ?? {});
  const unknown = keys.find((key) => rule.allowed && !rule.allowed.includes(key));
  if (unknown !== undefined) {
    throw invalid(profile, `Secret has an unknown field: '${unknown}' in secret ${where}`);
  }
  const missing = rule.required.find((key) => !keys.includes(key));
  if (missing !== undefined)
    throw invalid(profile, `Missing required field ${missing} in the secret ${where}`);
}

async function readSecret(
  client: KubernetesClient,
  reference: ObjectReference,
  text?: string,
): Promise<Secret> {
  try {
    return await client.get<Secret>(SECRETS, nameOf(reference));
  } catch (error) {
    if (isTransient(error)) throw error;
    const hint = `The Profile's credentials are in the Secret ${reference.namespace}/${reference.name}: it must exist, and the operator must be allowed to get it.`;
    throw text === undefined
      ? new Failure(reasonOf(error), messageWithObject(error), { cause: error, hint })
      : Failure.wrap(text, error, reasonOf(error), { hint });
  }
}

function invalid(profile: Profile, message: string): Failure {
  return new Failure('InvalidProfile', message, {
    hint: `Correct the Profile ${profile.metadata.namespace}/${profile.metadata.name}; kanctl validate profile checks it.`,
  });
}

function decode(secret: Secret, key: string): string | undefined {
  const value = secret.data?.[key];
  return value === undefined ? undefined : Buffer.from(value, 'base64').toString('utf8');
}

function completeLocation(location: Location): Required<Location> {
  return {
    type: location.type ?? '',
    bucket: location.bucket ?? '',
    endpoint: location.endpoint ?? '',
    prefix: location.prefix ?? '',
    region: location.region ?? '',
  };
}

function nameOf(reference: ObjectReference): { name: string; namespace: string } {
  return { name: reference.name ?? '', namespace: reference.namespace ?? '' };
}

function textField(block: JsonObject, key: string): string {
  const value = block[key];
  return typeof value === 'string' ? value : '';
}

function reasonOf(error: unknown): string {
  return error instanceof ApiError ? error.reason || 'ApiError' : 'ApiError';
}

function messageWithObject(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
