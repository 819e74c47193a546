import type { ResolvedProfile } from '../api/kanister/types.ts';
import { checkCredentialSecret } from './check-profile.ts';
import type { ObjectStore, RequestOptions } from './object-store.ts';
import { InvalidProfile } from './object-store.ts';

export interface OpenStoreOptions extends RequestOptions {
  /** Told about things that were worked around, such as a region that could not be found out. */
  onWarning?(message: string): void;
}

/**
 * Opens the bucket of a Profile. The store's library is loaded here, not before.
 * @throws {InvalidProfile} what is missing or unsupported; {BucketNotFound}; {AccessDenied}; {ObjectStoreError}
 */
export async function openStore(
  profile: ResolvedProfile,
  options: OpenStoreOptions = {},
): Promise<ObjectStore> {
  const { type, bucket, endpoint, region } = profile.Location;
  if (type !== 's3Compliant') throw new InvalidProfile(`Unsupported Location type: ${type}`);
  const credentials = awsCredentials(profile);
  if (bucket === '') throw new InvalidProfile('Bucket not specified: set location.bucket in the Profile');
  const { openS3 } = await import('./s3.ts');
  return await openS3(
    { bucket, endpoint, region, credentials, skipSslVerify: profile.SkipSSLVerify },
    options,
  );
}

export interface AwsCredentials {
  accessKeyId: string;
  secretAccessKey: string;
  /** Of temporary credentials. */
  sessionToken?: string;
}

/** @throws {InvalidProfile} */
function awsCredentials({
  Credential: { Type: type, KeyPair: keyPair, Secret: secret },
}: ResolvedProfile): AwsCredentials {
  switch (type) {
    case 'keyPair':
      if (!keyPair) throw new InvalidProfile('Empty KeyPair field');
      return requireKeys({ accessKeyId: keyPair.ID, secretAccessKey: keyPair.Secret });
    case 'secret':
      return secretCredentials(secret);
    default:
      throw new InvalidProfile(`Unsupported type '${type}' for credential`);
  }
}

function secretCredentials(secret: ResolvedProfile['Credential']['Secret']): AwsCredentials {
  checkCredentialSecret(secret);
  if (secret?.type !== 'secrets.kanister.io/aws') {
    throw new InvalidProfile(
      `Incompatible secret type. Expected type secrets.kanister.io/aws in the secret, found '${secret?.type ?? ''}'`,
    );
  }
  const field = (name: string) => Buffer.from(secret.data?.[name] ?? '', 'base64').toString();
  if (field('role') !== '') {
    throw new InvalidProfile(
      `Failed to switch roles: the secret '${secret.metadata?.namespace ?? ''}:${secret.metadata?.name ?? ''}' names a role, ` +
        'and STS AssumeRole is not supported',
      {
        hint: 'remove role from the secret and use access keys that have the rights themselves, or temporary ones of that role with aws_session_token',
      },
    );
  }
  const sessionToken = field('aws_session_token');
  return requireKeys({
    accessKeyId: field('aws_access_key_id'),
    secretAccessKey: field('aws_secret_access_key'),
    ...(sessionToken !== '' && { sessionToken }),
  });
}

function requireKeys(credentials: AwsCredentials): AwsCredentials {
  if (credentials.accessKeyId === '' || credentials.secretAccessKey === '') {
    throw new InvalidProfile(
      'Missing AWS credentials, please check that either AWS access keys or web identity token are provided',
    );
  }
  return credentials;
}
