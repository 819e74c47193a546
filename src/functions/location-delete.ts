import { boolean, string } from '../engine/arguments.ts';
import { Failure } from '../engine/failure.ts';
import { defineFunction } from '../engine/function.ts';
import { checkProfile } from '../objectstore/check-profile.ts';
import { deleteLocation } from '../objectstore/delete-location.ts';
import { objectKey } from '../objectstore/key.ts';
import { openStore } from '../objectstore/open-store.ts';

/** Deletes an object or a folder from the Profile's bucket. Kanister 0.119: LocationDelete. */
export const locationDelete = defineFunction({
  name: 'LocationDelete',
  doc: 'Deletes the object that the artifact names, and everything in the folder of that name. Nothing there is success.',
  afterRestart: 'It is done again, and deletes what is left.',
  args: {
    artifact: string({
      required: true,
      doc: 'path below the Profile’s prefix; the bucket, or s3://bucket, may stand in front',
    }),
    prefixMatch: boolean({
      default: false,
      doc: 'delete every object whose key merely begins with the path: a/b takes a/bc, too',
    }),
  },
  outputs: {},
  permissions: [],
  revision: 1,
  needsProfile: true,
  async run({ artifact, prefixMatch }, { profile, step, signal, log }) {
    const checked = validated(profile);
    const key = objectKey(checked.Location.prefix, pathOfArtifact(artifact, checked.Location.bucket));
    await step('delete', async () => {
      const store = await openStore(checked, { signal, onWarning: (message) => log.warn(message) });
      try {
        return await deleteLocation(store, key, { prefix: prefixMatch, signal });
      } finally {
        store.close();
      }
    });
    return undefined;
  },
});

/**
 * The path that an artifact means inside the bucket. A scheme, as in the documented example, and the bucket's name as the whole first
 * segment are not part of it.
 */
export function pathOfArtifact(artifact: string, bucket: string): string {
  const [, scheme = '', rest = ''] = /^(?:([a-z][a-z0-9+.-]*):\/\/)?(.*)$/is.exec(artifact) ?? [];
  const segments = rest.replace(/^\/+/, '').split('/');
  if (segments[0] === bucket) return segments.slice(1).join('/');
  if (scheme === '') return rest;
  throw new Failure(
    'InvalidArgument',
    `the artifact names the bucket ${JSON.stringify(segments[0] ?? '')}, the Profile has ${JSON.stringify(bucket)}`,
    {
      argument: 'artifact',
      hint: 'Use the Profile with which the artifact was made, or give the path alone.',
    },
  );
}

function validated(profile: Parameters<typeof checkProfile>[0]) {
  try {
    checkProfile(profile);
    return profile;
  } catch (error) {
    throw Failure.wrap('Failed to validate Profile', error, 'InvalidProfile', {
      hint: 'Name a Profile in the ActionSet, and correct what the message says.',
    });
  }
}
