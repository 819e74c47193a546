import { validateProfile } from '../api/kanister/validate-profile.ts';
import type { Profile } from '../api/kanister/types.ts';
import { ApiError } from '../kubernetes/api-error.ts';
import type { KubernetesClient } from '../kubernetes/client.ts';
import type { ObjectMeta } from '../kubernetes/objects.ts';
import type { KanctlHost } from './host.ts';
import { randomSuffix } from './random-suffix.ts';

/** Of an object that may not have a name yet. */
type CheckedProfile = Pick<Profile, 'location' | 'credential' | 'skipSSLVerify'> & { metadata?: ObjectMeta };

/** Which stages are printed: `failures` when creating, as the original does. */
export type Announce = 'all' | 'failures';

export const printPassed = ({ stdout }: KanctlHost, stage: string): void =>
  void stdout.write(`Passed the '${stage}' check.. ✅\n`);
export const printSkipped = ({ stdout }: KanctlHost, stage: string): void =>
  void stdout.write(`Skipping the '${stage}' check.. 🚫\n`);
export const printFailed = ({ stdout }: KanctlHost, stage: string): void =>
  void stdout.write(`Failed the '${stage}' check.. ❌\n`);

export const SCHEMA_STAGE = 'Validate Profile schema';
const REGION_STAGE = 'Validate bucket region specified in profile';
const READ_STAGE = 'Validate read access to bucket specified in profile';
const WRITE_STAGE = 'Validate write access to bucket specified in profile';
export const STORE_STAGES = [REGION_STAGE, READ_STAGE, WRITE_STAGE];

/** @throws {ValidationFailed} the first problem */
export function checkProfileFields(profile: CheckedProfile, host: KanctlHost, announce: Announce): void {
  const [problem] = validateProfile(profile);
  if (problem) {
    printFailed(host, SCHEMA_STAGE);
    throw problem;
  }
  if (announce === 'all') printPassed(host, SCHEMA_STAGE);
}

/**
 * Opens the bucket of a Profile with its credentials, lists, writes and deletes in it: one object of a random name, below
 * the Profile's prefix.
 * @throws what the first failing stage says
 */
export async function checkProfileStore(
  client: KubernetesClient,
  profile: CheckedProfile,
  host: KanctlHost,
  announce: Announce,
): Promise<void> {
  if (profile.location?.type !== 's3Compliant') {
    for (const stage of STORE_STAGES) printSkipped(host, stage);
    host.stderr.write(
      `Warning: buckets of type ${profile.location?.type} can't be checked yet, only their Profile's fields were.\n`,
    );
    return;
  }
  const [{ resolveFetchedProfile }, { openStore }, { objectKey }] = await Promise.all([
    import('../engine/resolve-profile.ts'),
    import('../objectstore/open-store.ts'),
    import('../objectstore/key.ts'),
  ]);
  const { signal } = host;
  const stage = async <T>(name: string, check: () => Promise<T>): Promise<T> => {
    try {
      const result = await check();
      if (announce === 'all') printPassed(host, name);
      return result;
    } catch (error) {
      printFailed(host, name);
      throw error;
    }
  };
  const store = await stage(REGION_STAGE, async () => {
    const resolved = await resolveFetchedProfile(client, {
      ...profile,
      metadata: { ...profile.metadata, name: profile.metadata?.name ?? '' },
    }).catch((error: unknown) => {
      throw credentialError(error);
    });
    return await openStore(resolved, {
      signal,
      onWarning: (message) => void host.stderr.write(`Warning: ${message}\n`),
    });
  });
  try {
    const prefix = profile.location.prefix ?? '';
    await stage(READ_STAGE, async () => {
      for await (const _ of store.list(prefix, { signal })) break;
    });
    await stage(WRITE_STAGE, async () => {
      const name = `kanctl-validate-${randomSuffix(host.random, '0123456789abcdef', 16)}`;
      const key = objectKey(prefix, name);
      await store.put(key, contentOf('sample content'), { signal });
      await store.delete([key], { signal });
    });
  } finally {
    store.close();
  }
}

/** The original's texts for a Secret that can't be read, or that lacks a key. */
function credentialError(error: unknown): Error {
  if (!(error instanceof Error)) return new Error(String(error));
  const { cause } = error;
  return cause instanceof ApiError
    ? new Error(`Could not fetch the secret specified in credential: ${cause.message}`, { cause: error })
    : new Error(`${error.message}: Validation Failed`, { cause: error });
}

async function* contentOf(text: string): AsyncGenerator<Uint8Array> {
  yield new TextEncoder().encode(text);
}
