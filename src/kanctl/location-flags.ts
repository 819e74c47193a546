import type { Location } from '../api/kanister/types.ts';
import { booleanFlag, textFlag, type FlagValues } from './flag.ts';

/** Flags of all `create profile` commands. */
export const locationFlags = {
  bucket: textFlag({ short: 'b', usage: 'bucket or container' }),
  endpoint: textFlag({ short: 'e', usage: 'URL of the object store' }),
  prefix: textFlag({ short: 'p', usage: 'put in front of every path in the bucket' }),
  region: textFlag({ short: 'r', usage: 'region of the bucket' }),
  'skip-SSL-verification': booleanFlag({ usage: "accept any certificate of the object store's server" }),
};

export function locationOf(type: string, flags: FlagValues<typeof locationFlags>): Required<Location> {
  const { bucket, endpoint, prefix, region } = flags;
  return { type, bucket, endpoint, prefix, region };
}
