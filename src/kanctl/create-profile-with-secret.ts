import type { Location, Profile } from '../api/kanister/types.ts';
import { API_VERSION, PROFILES } from '../api/kanister/types.ts';
import type { KubernetesClient } from '../kubernetes/client.ts';
import type { KubernetesObject, ObjectMeta } from '../kubernetes/objects.ts';
import { SECRETS } from '../kubernetes/resources.ts';
import { connectToCreate } from './connect-to.ts';
import type { FlagValues } from './flag.ts';
import type { createFlags, globalFlags } from './global-flags.ts';
import { createStrictly } from './create-strictly.ts';
import type { KanctlHost } from './host.ts';
import { checkProfileFields, checkProfileStore } from './profile-checks.ts';
import { randomSuffix } from './random-suffix.ts';

export interface ProfileRequest {
  location: Required<Location>;
  skipSSLVerify: boolean;
  /** Starts of the names of the two objects. */
  secretPrefix: string;
  profilePrefix: string;
  /** The Secret's. */
  fields: Record<string, string>;
  credential:
    | { type: 'keyPair'; idField: string; secretField: string }
    | { type: 'secret'; secretType: string };
}

interface Secret extends KubernetesObject {
  metadata: { name: string; namespace: string; creationTimestamp: null };
  type?: string;
  stringData: Record<string, string>;
}

/** The server makes its name. */
type NewProfile = Omit<Profile, 'metadata'> & { metadata: ObjectMeta };

type CreateFlagValues = FlagValues<typeof globalFlags & typeof createFlags>;

/** Creates a Secret and a Profile that uses it; no Secret stays behind when the Profile is refused. */
export async function createProfile(
  request: ProfileRequest,
  flags: CreateFlagValues,
  host: KanctlHost,
): Promise<number> {
  const { client, namespace } = await connectToCreate(host, flags);
  const suffix = randomSuffix(host.random, '0123456789abcdefghijklmnopqrstuvwxyz', 6);
  const secret = secretOf(request, `${request.secretPrefix}${suffix}`, namespace);
  const profile = profileOf(request, secret.metadata.name, namespace);

  if (flags['dry-run']) {
    checkProfileFields(profile, host, 'failures');
    const { formatYaml } = await import('../kubernetes/yaml.ts');
    host.stdout.write(`${formatYaml(secret)}---\n${formatYaml(profile)}`);
    return 0;
  }
  await client.create(SECRETS, secret, { fieldValidation: 'Strict', signal: host.signal });
  host.stdout.write(`secret '${secret.metadata.name}' created\n`);
  try {
    checkProfileFields(profile, host, 'failures');
    if (profile.location?.bucket && !flags['skip-validation']) {
      await checkProfileStore(client, profile, host, 'failures');
    }
  } catch (error) {
    await deleteSecret(client, secret, 'validation failed', host);
    const cause = error instanceof Error ? error.message : String(error);
    throw new Error(`profile validation failed: ${cause}`, { cause: error });
  }
  try {
    const created = await createStrictly(client, PROFILES, profile, host.signal);
    host.stdout.write(`profile '${created.metadata.name ?? ''}' created\n`);
    return 0;
  } catch (error) {
    await deleteSecret(client, secret, 'profile not created', host);
    throw error;
  }
}

/** Also after an interruption, whose signal would stop the deletion: the call's own time limit bounds it. */
async function deleteSecret(
  client: KubernetesClient,
  { metadata: { name, namespace } }: Secret,
  reason: string,
  { stdout }: KanctlHost,
): Promise<void> {
  stdout.write(`${reason}, deleting secret '${name}'\n`);
  await client.delete(SECRETS, { name, namespace });
  stdout.write(`secret '${name}' deleted\n`);
}

function secretOf({ fields, credential }: ProfileRequest, name: string, namespace: string): Secret {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { creationTimestamp: null, name, namespace },
    stringData: fields,
    ...(credential.type === 'secret' && { type: credential.secretType }),
  };
}

function profileOf(request: ProfileRequest, secretName: string, namespace: string): NewProfile {
  const { location, credential, skipSSLVerify, profilePrefix } = request;
  const secret = { apiVersion: '', group: '', kind: '', name: secretName, namespace, resource: '' };
  return {
    apiVersion: API_VERSION,
    kind: 'Profile',
    metadata: { creationTimestamp: null, generateName: profilePrefix, namespace },
    location,
    credential:
      credential.type === 'secret'
        ? { type: 'secret', secret }
        : {
            type: 'keyPair',
            keyPair: { idField: credential.idField, secretField: credential.secretField, secret },
          },
    skipSSLVerify,
  };
}
