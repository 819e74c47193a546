import { PERSISTENT_VOLUMES, PERSISTENT_VOLUME_CLAIMS } from '../../kubernetes/resources.ts';
import type { KubernetesClient } from '../../kubernetes/client.ts';
import { keyOf } from './controller.ts';
import type { Controller } from './controller.ts';
import type { Claim, Volume } from './kinds.ts';
import { FOLDER_PROVISIONER } from './persistent-volume-claim.ts';
import { deleteThis, find, writeStatus } from './pod-set.ts';

/** Frees a volume whose claim is gone, and removes it with its folder where its policy says so. */
export function persistentVolumeController(
  client: KubernetesClient,
  options: { removeFolder(path: string): Promise<void> },
): Controller {
  return {
    name: 'persistentvolumes',
    triggers: [
      { type: PERSISTENT_VOLUMES, keys: (object) => [keyOf(object)] },
      {
        type: PERSISTENT_VOLUME_CLAIMS,
        async keys({ metadata }) {
          const { items } = await client.list<Volume>(PERSISTENT_VOLUMES);
          return items.filter(({ spec }) => spec.claimRef?.uid === metadata?.uid).map(keyOf);
        },
      },
    ],
    async reconcile({ name }) {
      const volume = await find<Volume>(client, PERSISTENT_VOLUMES, { name });
      if (!volume || volume.metadata?.deletionTimestamp) return undefined;
      const { claimRef } = volume.spec;
      if (claimRef?.uid === undefined) {
        if (volume.status?.phase !== 'Available') {
          await writeStatus(client, PERSISTENT_VOLUMES, volume, { phase: 'Available' });
        }
        return undefined;
      }
      const claim = await find<Claim>(client, PERSISTENT_VOLUME_CLAIMS, {
        namespace: claimRef.namespace ?? '',
        name: claimRef.name ?? '',
      });
      if (claim?.metadata?.uid === claimRef.uid) return undefined;
      const { persistentVolumeReclaimPolicy, hostPath } = volume.spec;
      const provisioner = volume.metadata?.annotations?.['pv.kubernetes.io/provisioned-by'];
      if (persistentVolumeReclaimPolicy === 'Delete' && provisioner === FOLDER_PROVISIONER && hostPath) {
        // The folder first: what is left half done here is found again by the volume that still is there.
        await options.removeFolder(hostPath.path);
        await deleteThis(client, PERSISTENT_VOLUMES, volume);
        return undefined;
      }
      if (volume.status?.phase !== 'Released') {
        await writeStatus(client, PERSISTENT_VOLUMES, volume, { phase: 'Released' });
      }
      return undefined;
    },
  };
}
