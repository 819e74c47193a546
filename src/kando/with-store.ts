import type { ResolvedProfile } from '../api/kanister/types.ts';
import { objectKey } from '../objectstore/key.ts';
import type { ObjectStore } from '../objectstore/object-store.ts';
import { openStore } from '../objectstore/open-store.ts';
import type { LocationContext, LocationFlags } from './location.ts';

/** Opens the store for as long as `use` runs, and gives it the key that the flags name. */
export async function withStore<T>(
  profile: ResolvedProfile,
  flags: LocationFlags,
  { process }: LocationContext,
  signal: AbortSignal,
  use: (store: ObjectStore, key: string) => Promise<T>,
): Promise<T> {
  const onWarning = (warning: string) => void process.stderr.write(`Warning: ${warning}\n`);
  const store = await openStore(profile, { signal, onWarning });
  try {
    return await use(store, objectKey(profile.Location.prefix, flags.path));
  } finally {
    store.close();
  }
}
