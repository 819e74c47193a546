import { compareQuantities, parseQuantity, quantityToInteger } from '../../kubernetes/quantity.ts';
import { PERSISTENT_VOLUMES, PERSISTENT_VOLUME_CLAIMS } from '../../kubernetes/resources.ts';
import type { ControllerContext } from '../controllers/controller.ts';
import { nameOf } from '../controllers/kinds.ts';
import { find } from '../controllers/pod-set.ts';
import { VOLUME_SNAPSHOTS, VOLUME_SNAPSHOT_CONTENTS } from '../controllers/resource-types.ts';
import type { Claim, DataSource, Volume } from '../controllers/storage-kinds.ts';
import { FOLDER_DRIVER } from './folder-driver.ts';
import type { VolumeSource } from './folder-driver.ts';
import type { VolumeSnapshot, VolumeSnapshotContent } from './snapshot-kinds.ts';

/** What a claim wants to begin with cannot be had, or not yet; in the words of the CSI provisioner. */
export class Unavailable extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'Unavailable';
  }
}

/** What a claim's volume begins with; nothing where it begins empty. @throws {Unavailable} */
export async function sourceOf(context: ControllerContext, claim: Claim): Promise<VolumeSource | undefined> {
  const source = claim.spec.dataSource ?? claim.spec.dataSourceRef;
  if (!source) return undefined;
  try {
    if (source.kind === 'PersistentVolumeClaim' && !source.apiGroup) {
      return { volume: await volumeOfClaim(context, claim, source) };
    }
    if (source.kind === 'VolumeSnapshot' && source.apiGroup === VOLUME_SNAPSHOTS.group) {
      return { snapshot: await handleOfSnapshot(context, claim, source) };
    }
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error;
    throw new Unavailable(
      `error getting handle for DataSource Type ${source.kind} by Name ${source.name}: ${error.message}`,
    );
  }
  throw new Unavailable(
    `the sandbox makes no volumes from a ${source.kind} of ${source.apiGroup || 'the core API'}: use a VolumeSnapshot or a PersistentVolumeClaim`,
  );
}

async function volumeOfClaim(
  context: ControllerContext,
  claim: Claim,
  { name }: DataSource,
): Promise<string> {
  const { namespace } = nameOf(claim);
  const source = await find<Claim>(context, PERSISTENT_VOLUME_CLAIMS, { namespace, name });
  if (!source) {
    throw new Unavailable(
      `error getting PVC ${name} (namespace "${namespace}") from api server: persistentvolumeclaims "${name}" not found`,
    );
  }
  if (source.status?.phase !== 'Bound') {
    throw new Unavailable(
      `the PVC DataSource ${name} must have a status of Bound.  Got ${source.status?.phase ?? ''}`,
    );
  }
  if (source.metadata?.deletionTimestamp) {
    throw new Unavailable(`the PVC DataSource ${name} is currently being deleted`);
  }
  const [requested, actual] = [claim, source].map(({ spec }) => spec.resources.requests.storage);
  if (compareQuantities(parseQuantity(requested ?? '0'), parseQuantity(actual ?? '0')) < 0) {
    throw new Unavailable(
      `error, new PVC request must be greater than or equal in size to the specified PVC data source, requested ${requested ?? ''} but source is ${actual ?? ''}`,
    );
  }
  const volume = await find<Volume>(context, PERSISTENT_VOLUMES, { name: source.spec.volumeName ?? '' });
  if (volume?.spec.csi?.driver !== FOLDER_DRIVER)
    throw new Unavailable('claim in dataSource not bound or invalid');
  return volume.spec.csi.volumeHandle;
}

async function handleOfSnapshot(
  context: ControllerContext,
  claim: Claim,
  { name }: DataSource,
): Promise<string> {
  const { namespace } = nameOf(claim);
  const snapshot = await find<VolumeSnapshot>(context, VOLUME_SNAPSHOTS, { namespace, name });
  if (!snapshot) {
    throw new Unavailable(
      `error getting snapshot ${name} from api server: volumesnapshots.snapshot.storage.k8s.io "${name}" not found`,
    );
  }
  if (snapshot.metadata?.deletionTimestamp) throw new Unavailable(`snapshot ${name} is being deleted`);
  const contentName = snapshot.status?.boundVolumeSnapshotContentName;
  const content =
    contentName === undefined
      ? undefined
      : await find<VolumeSnapshotContent>(context, VOLUME_SNAPSHOT_CONTENTS, { name: contentName });
  if (
    !content ||
    content.spec.volumeSnapshotRef.uid !== snapshot.metadata?.uid ||
    !snapshot.status?.readyToUse
  ) {
    throw new Unavailable(`snapshot ${name} is not Ready`);
  }
  if (content.spec.driver !== FOLDER_DRIVER || content.status?.snapshotHandle === undefined) {
    throw new Unavailable(`snapshot handle ${name} is not available`);
  }
  const { restoreSize } = snapshot.status;
  const requested = parseQuantity(claim.spec.resources.requests.storage);
  if (restoreSize !== undefined && compareQuantities(requested, parseQuantity(restoreSize)) < 0) {
    throw new Unavailable(
      `requested volume size ${quantityToInteger(requested)} is less than the size ${quantityToInteger(parseQuantity(restoreSize))} for the source snapshot ${name}`,
    );
  }
  return content.status.snapshotHandle;
}
