import type { Profile } from '../api/kanister/types.ts';
import { PROFILES } from '../api/kanister/types.ts';
import { profileCrd } from '../api/kanister/profile-crd.ts';
import { connectTo } from './connect-to.ts';
import type { KanctlHost } from './host.ts';
import { checkProfileFields, checkProfileStore, printSkipped, STORE_STAGES } from './profile-checks.ts';
import { readManifest } from './read-manifest.ts';

export interface ProfileToValidate {
  /** In the cluster; before `filename` when both are given. */
  name: string;
  resourceNamespace: string;
  filename: string;
  'schema-validation-only': boolean;
  namespace: string;
  kubeconfig: string;
  context: string;
}

/** `kanctl validate profile` */
export async function validateProfileCommand(flags: ProfileToValidate, host: KanctlHost): Promise<number> {
  const { client } = await connectTo(host, flags).catch((error: unknown) => {
    const cause = error instanceof Error ? error.message : String(error);
    throw new Error(`could not initialize clients for validation: ${cause}`, { cause: error });
  });
  const profile =
    flags.name === ''
      ? await readManifest<Profile>(flags.filename, profileCrd, host)
      : await client.get<Profile>(
          PROFILES,
          { name: flags.name, namespace: flags.resourceNamespace },
          { signal: host.signal },
        );
  checkProfileFields(profile, host, 'all');
  if (profile.location?.bucket) {
    if (flags['schema-validation-only']) for (const stage of STORE_STAGES) printSkipped(host, stage);
    else await checkProfileStore(client, profile, host, 'all');
  }
  host.stdout.write('All checks passed.. ✅\n\n');
  return 0;
}
