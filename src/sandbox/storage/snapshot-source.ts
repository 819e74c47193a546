import { PERSISTENT_VOLUMES, PERSISTENT_VOLUME_CLAIMS } from '../../kubernetes/resources.ts';
import type { ControllerContext } from '../controllers/controller.ts';
import { nameOf } from '../controllers/kinds.ts';
import { find } from '../controllers/pod-set.ts';
import { VOLUME_SNAPSHOT_CLASSES } from '../controllers/resource-types.ts';
import type { Claim, Volume } from '../controllers/storage-kinds.ts';
import type { SnapshotClass, VolumeSnapshot } from './snapshot-kinds.ts';

const IS_DEFAULT = 'snapshot.storage.kubernetes.io/is-default-class';

/** The volume of the claim that a snapshot is of, or why there is none, in the snapshot controller's words. */
export async function volumeBehind(
  context: ControllerContext,
  snapshot: VolumeSnapshot,
): Promise<{ claim: Claim; volume: Volume } | { why: string }> {
  const name = snapshot.spec.source.persistentVolumeClaimName ?? '';
  const { namespace } = nameOf(snapshot);
  const claim = await find<Claim>(context, PERSISTENT_VOLUME_CLAIMS, { namespace, name });
  if (!claim) {
    return {
      why: `failed to retrieve PVC ${name} from the lister: ${JSON.stringify(`persistentvolumeclaim "${name}" not found`)}`,
    };
  }
  if (claim.status?.phase !== 'Bound') {
    return { why: `the PVC ${name} is not yet bound to a PV, will not attempt to take a snapshot` };
  }
  const volumeName = claim.spec.volumeName ?? '';
  const volume = await find<Volume>(context, PERSISTENT_VOLUMES, { name: volumeName });
  if (!volume)
    return {
      why: `failed to retrieve PV ${volumeName} from the API server: "persistentvolumes \\"${volumeName}\\" not found"`,
    };
  return { claim, volume };
}

/** The default class for the driver of a snapshot's volume. */
export async function defaultClassFor(
  context: ControllerContext,
  snapshot: VolumeSnapshot,
): Promise<SnapshotClass | { why: string }> {
  const found = await volumeBehind(context, snapshot);
  if ('why' in found) return found;
  const { csi } = found.volume.spec;
  if (!csi) return { why: `snapshotting non-CSI volumes is not supported, snapshot:${key(snapshot)}` };
  const classes = (await context.informers.of<SnapshotClass>(VOLUME_SNAPSHOT_CLASSES)).list();
  const defaults = classes.filter(
    ({ metadata, driver }) => metadata?.annotations?.[IS_DEFAULT] === 'true' && driver === csi.driver,
  );
  if (defaults.length > 1) return { why: `${defaults.length} default snapshot classes were found` };
  return defaults[0] ?? { why: 'cannot find default snapshot class' };
}

const key = (snapshot: VolumeSnapshot): string => `${nameOf(snapshot).namespace}/${nameOf(snapshot).name}`;
