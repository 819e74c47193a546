import type { ResolvedProfile } from '../api/kanister/types.ts';
import { InvalidProfile } from './object-store.ts';

/**
 * The check that every function makes before it uses a Profile; texts as in the original.
 * @throws {InvalidProfile}
 */
export function checkProfile(
  profile: ResolvedProfile | null | undefined,
): asserts profile is ResolvedProfile {
  if (!profile) throw new InvalidProfile('Profile must be non-nil');
  checkCredential(profile);
  if (!LOCATION_TYPES.includes(profile.Location.type))
    throw new InvalidProfile('Location type not supported');
}

const LOCATION_TYPES = ['s3Compliant', 'gcs', 'azure', 'kopia'];

function checkCredential({ Credential: credential }: ResolvedProfile): void {
  switch (credential.Type) {
    case 'keyPair':
      required(credential.KeyPair, 'Empty KeyPair field');
      required(credential.KeyPair?.ID, 'Access key ID is not set');
      return required(credential.KeyPair?.Secret, 'Secret access key is not set');
    case 'secret':
      return checkCredentialSecret(credential.Secret);
    case 'kopia':
      required(credential.KopiaServerSecret, 'Empty KopiaServerSecret field');
      required(credential.KopiaServerSecret?.Username, 'Kopia Username is not set');
      required(credential.KopiaServerSecret?.Password, 'Kopia UserPassphrase is not set');
      required(credential.KopiaServerSecret?.Hostname, 'Kopia Hostname is not set');
      return required(credential.KopiaServerSecret?.Cert, 'Kopia TLSCert is not set');
    default:
      throw new InvalidProfile(`Unsupported type '${credential.Type}' for credentials`);
  }
}

/** A credential Secret by its type. @throws {InvalidProfile} */
export function checkCredentialSecret(secret: ResolvedProfile['Credential']['Secret']): void {
  if (!secret) throw new InvalidProfile('Nil secret');
  const name = `${secret.metadata?.namespace ?? ''}:${secret.metadata?.name ?? ''}`;
  const keys = Object.keys(secret.data ?? {});
  switch (secret.type) {
    case 'secrets.kanister.io/aws':
      return onlyKeys(name, keys, [
        'aws_access_key_id',
        'aws_secret_access_key',
        'aws_session_token',
        'role',
      ]);
    case 'secrets.kanister.io/azure':
      return onlyKeys(name, keys, [
        'azure_storage_account_id',
        'azure_storage_key',
        'azure_storage_environment',
        'azure_federated_identity',
      ]);
    case 'secrets.kanister.io/gcp':
      for (const key of ['gcp_project_id', 'service-account.json']) {
        required(
          keys.includes(key),
          `Missing required field ${key} in the secret '${name}': validation Failed`,
        );
      }
      return;
    case 'secrets.kanister.io/filestore':
      return;
    default:
      throw new InvalidProfile(`Unsupported type '${secret.type ?? ''}' for secret '${name}'`);
  }
}

function onlyKeys(name: string, keys: string[], known: string[]): void {
  const unknown = keys.find((key) => !known.includes(key));
  if (unknown === undefined) return;
  throw new InvalidProfile(
    `Secret has an unknown field: '${unknown}' in secret '${name}' (known: ${known.join(', ')})`,
  );
}

function required(value: unknown, message: string): void {
  if (value === null || value === undefined || value === '' || value === false)
    throw new InvalidProfile(message);
}
