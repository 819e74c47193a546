import { PERSISTENT_VOLUMES, PERSISTENT_VOLUME_CLAIMS } from '../../kubernetes/resources.ts';
import { keyOf, ownKey } from './controller.ts';
import type { Controller } from './controller.ts';
import { find, writeStatus } from './pod-set.ts';
import type { Claim, Volume } from './storage-kinds.ts';
import { timestamp } from './timestamp.ts';

/** Says of a volume whether it is free, bound, or left behind by its claim. */
export const persistentVolumeController: Controller = {
  name: 'persistentvolumes',
  triggers: [
    { type: PERSISTENT_VOLUMES, keys: ownKey },
    {
      type: PERSISTENT_VOLUME_CLAIMS,
      async keys({ object: { metadata } }, { informers }) {
        const volumes = (await informers.of<Volume>(PERSISTENT_VOLUMES)).list();
        return volumes.filter(({ spec }) => spec.claimRef?.uid === metadata?.uid).map(keyOf);
      },
    },
  ],
  async reconcile({ name }, context) {
    const volume = await find<Volume>(context, PERSISTENT_VOLUMES, { name });
    if (!volume) return undefined;
    const { claimRef } = volume.spec;
    const claim =
      claimRef?.uid === undefined
        ? undefined
        : await find<Claim>(context, PERSISTENT_VOLUME_CLAIMS, {
            namespace: claimRef.namespace ?? '',
            name: claimRef.name ?? '',
          });
    const phase =
      claimRef?.uid === undefined
        ? 'Available'
        : claim?.metadata?.uid !== claimRef.uid
          ? 'Released'
          : claim.spec.volumeName === name
            ? 'Bound'
            : volume.status?.phase;
    // A volume that failed stays so until somebody looks after it.
    if (phase === undefined || volume.status?.phase === phase || volume.status?.phase === 'Failed')
      return undefined;
    await writeStatus(context.client, PERSISTENT_VOLUMES, volume, {
      phase,
      lastPhaseTransitionTime: timestamp(context.clock.now()),
    });
    return undefined;
  },
};
