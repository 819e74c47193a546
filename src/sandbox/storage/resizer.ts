import { compareQuantities, parseQuantity } from '../../kubernetes/quantity.ts';
import { PERSISTENT_VOLUMES, PERSISTENT_VOLUME_CLAIMS } from '../../kubernetes/resources.ts';
import { ownKey } from '../controllers/controller.ts';
import type { Controller } from '../controllers/controller.ts';
import { nameOf } from '../controllers/kinds.ts';
import { find, writeStatus } from '../controllers/pod-set.ts';
import type { Claim, Volume } from '../controllers/storage-kinds.ts';
import { FOLDER_DRIVER } from './folder-driver.ts';

/** Gives a bound claim the size that it has come to ask for. A folder grows by itself: only the objects change. */
export const resizer: Controller = {
  name: 'resizer',
  triggers: [{ type: PERSISTENT_VOLUME_CLAIMS, keys: ownKey }],
  async reconcile(subject, context) {
    const { client, events } = context;
    const claim = await find<Claim>(context, PERSISTENT_VOLUME_CLAIMS, subject);
    if (claim?.status?.phase !== 'Bound' || claim.metadata?.deletionTimestamp) return undefined;
    const { storage } = claim.spec.resources.requests;
    const wanted = parseQuantity(storage);
    const actual = parseQuantity(claim.status.capacity?.storage ?? storage);
    if (compareQuantities(wanted, actual) <= 0) return undefined;
    const name = claim.spec.volumeName ?? '';
    const volume = await find<Volume>(context, PERSISTENT_VOLUMES, { name });
    if (volume?.spec.csi?.driver !== FOLDER_DRIVER) return undefined;
    const tell = (reason: string, message: string): Promise<void> =>
      events(PERSISTENT_VOLUME_CLAIMS, claim, {
        type: 'Normal',
        reason,
        message,
        component: `external-resizer ${FOLDER_DRIVER}`,
      });
    await tell('Resizing', `External resizer is resizing volume ${name}`);
    if (compareQuantities(parseQuantity(volume.spec.capacity.storage), wanted) < 0) {
      const body = { spec: { capacity: { storage } } };
      await client.patch(PERSISTENT_VOLUMES, nameOf(volume), { type: 'merge', body });
    }
    await writeStatus(client, PERSISTENT_VOLUME_CLAIMS, claim, {
      ...claim.status,
      allocatedResources: { storage },
      capacity: { storage },
    });
    await tell('VolumeResizeSuccessful', 'Resize volume succeeded');
    return undefined;
  },
};
