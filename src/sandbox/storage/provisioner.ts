import { isAlreadyExists } from '../../kubernetes/api-error.ts';
import { PERSISTENT_VOLUMES, PERSISTENT_VOLUME_CLAIMS } from '../../kubernetes/resources.ts';
import {
  BIND_COMPLETED,
  PROVISIONED_BY,
  PROVISIONER,
  SELECTED_NODE,
} from '../controllers/claim-annotations.ts';
import { ownKey } from '../controllers/controller.ts';
import type { Controller, ControllerContext } from '../controllers/controller.ts';
import { nameOf } from '../controllers/kinds.ts';
import { waitsForConsumer } from '../controllers/pod-claims.ts';
import { deleteThis, find } from '../controllers/pod-set.ts';
import { STORAGE_CLASSES, VOLUME_SNAPSHOTS } from '../controllers/resource-types.ts';
import type { Claim, StorageClass, Volume } from '../controllers/storage-kinds.ts';
import { FOLDER_DRIVER } from './folder-driver.ts';
import type { FolderDriver } from './folder-driver.ts';
import { sourceOf, Unavailable } from './volume-source.ts';

const FINALIZER = 'external-provisioner.volume.kubernetes.io/finalizer';

/** Makes the volumes that claims ask the sandbox's driver for, and removes those that are left behind. */
export function provisioner(driver: FolderDriver): Controller[] {
  return [
    {
      name: 'provisioner',
      concurrency: 4,
      triggers: [
        { type: PERSISTENT_VOLUME_CLAIMS, keys: ownKey },
        {
          // A claim may wait for its snapshot.
          type: VOLUME_SNAPSHOTS,
          keys: async ({ object }, { informers }) =>
            (await informers.of<Claim>(PERSISTENT_VOLUME_CLAIMS))
              .list(nameOf(object).namespace)
              .filter(({ spec }) => spec.dataSource?.name === nameOf(object).name)
              .map((claim) => `${nameOf(claim).namespace}/${nameOf(claim).name}`),
        },
      ],
      async reconcile(subject, context) {
        const claim = await find<Claim>(context, PERSISTENT_VOLUME_CLAIMS, subject);
        if (!claim || claim.metadata?.deletionTimestamp || claim.spec.volumeName) return undefined;
        const { annotations } = claim.metadata ?? {};
        if (annotations?.[PROVISIONER] !== FOLDER_DRIVER || annotations[BIND_COMPLETED]) return undefined;
        if ((await waitsForConsumer(context, claim)) && !annotations[SELECTED_NODE]) return undefined;
        return provision(context, driver, claim);
      },
    },
    {
      name: 'volume-remover',
      concurrency: 4,
      triggers: [{ type: PERSISTENT_VOLUMES, keys: ownKey }],
      async reconcile({ name }, context) {
        const volume = await find<Volume>(context, PERSISTENT_VOLUMES, { name });
        if (volume && isOurs(volume)) await removeWhenLeft(context, driver, volume);
        return undefined;
      },
    },
  ];
}

const RETRY = 5000;

async function provision(
  context: ControllerContext,
  driver: FolderDriver,
  claim: Claim,
): Promise<number | undefined> {
  const { client, signal } = context;
  const name = `pvc-${claim.metadata?.uid ?? ''}`;
  if (await find<Volume>(context, PERSISTENT_VOLUMES, { name })) return undefined;
  const className = claim.spec.storageClassName ?? '';
  const storageClass = await find<StorageClass>(context, STORAGE_CLASSES, { name: className });
  if (!storageClass) return undefined;
  const { namespace, name: claimName } = nameOf(claim);
  const message = `External provisioner is provisioning volume for claim "${namespace}/${claimName}"`;
  await tell(context, claim, 'Normal', 'Provisioning', message);
  let handle: string;
  try {
    if (claim.spec.volumeMode === 'Block') throw new Unavailable(BLOCK);
    const source = await sourceOf(context, claim);
    handle = await driver.createVolume(name, { source, signal }).catch((error: unknown) => {
      signal.throwIfAborted();
      const why = error instanceof Error ? error.message : String(error);
      throw new Error(`failed to provision volume with StorageClass "${className}": ${why}`, {
        cause: error,
      });
    });
  } catch (error) {
    if (signal.aborted) throw error;
    const why = error instanceof Error ? error.message : String(error);
    await tell(context, claim, 'Warning', 'ProvisioningFailed', why);
    return RETRY;
  }
  try {
    await client.create<Volume>(PERSISTENT_VOLUMES, volumeOf(claim, storageClass, driver, name, handle));
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
  }
  await tell(context, claim, 'Normal', 'ProvisioningSucceeded', `Successfully provisioned volume ${name}`);
  return undefined;
}

const BLOCK =
  'rpc error: code = InvalidArgument desc = the sandbox has no volumes with volumeMode Block: use Filesystem';

function volumeOf(
  claim: Claim,
  storageClass: StorageClass,
  driver: FolderDriver,
  name: string,
  handle: string,
): Volume {
  const { namespace, name: claimName } = nameOf(claim);
  return {
    metadata: {
      name,
      annotations: {
        [PROVISIONED_BY]: FOLDER_DRIVER,
        'volume.kubernetes.io/provisioner-deletion-secret-name': '',
        'volume.kubernetes.io/provisioner-deletion-secret-namespace': '',
      },
      finalizers: [FINALIZER],
    },
    spec: {
      capacity: { storage: claim.spec.resources.requests.storage },
      accessModes: claim.spec.accessModes,
      persistentVolumeReclaimPolicy: storageClass.reclaimPolicy ?? 'Delete',
      storageClassName: nameOf(storageClass).name,
      volumeMode: claim.spec.volumeMode ?? 'Filesystem',
      // What a node finds the files by.
      csi: { driver: FOLDER_DRIVER, volumeHandle: handle, volumeAttributes: { path: driver.pathOf(handle) } },
      claimRef: {
        apiVersion: 'v1',
        kind: 'PersistentVolumeClaim',
        namespace,
        name: claimName,
        uid: claim.metadata?.uid,
        resourceVersion: claim.metadata?.resourceVersion,
      },
    },
  };
}

const isOurs = ({ spec, metadata }: Volume): boolean =>
  spec.csi?.driver === FOLDER_DRIVER && metadata?.annotations?.[PROVISIONED_BY] === FOLDER_DRIVER;

/** The files go before the object: what is left half done is found again by the volume that still is there. */
async function removeWhenLeft(
  context: ControllerContext,
  driver: FolderDriver,
  volume: Volume,
): Promise<void> {
  const { client } = context;
  const { name } = nameOf(volume);
  const deleting = volume.metadata?.deletionTimestamp !== undefined;
  const left = volume.status?.phase === 'Released' && volume.spec.persistentVolumeReclaimPolicy === 'Delete';
  if (left) {
    await driver.deleteVolume(volume.spec.csi?.volumeHandle ?? '');
    if (!deleting) await deleteThis(client, PERSISTENT_VOLUMES, volume, {});
  }
  if (!left && !(deleting && volume.status?.phase !== 'Bound')) return;
  const latest = await find<Volume>(context, PERSISTENT_VOLUMES, { name });
  const finalizers = latest?.metadata?.finalizers ?? [];
  if (!latest || !finalizers.includes(FINALIZER)) return;
  const body = { metadata: { finalizers: finalizers.filter((finalizer) => finalizer !== FINALIZER) } };
  await client.patch(PERSISTENT_VOLUMES, { name }, { type: 'merge', body });
}

const tell = (
  { events }: ControllerContext,
  claim: Claim,
  type: 'Normal' | 'Warning',
  reason: string,
  message: string,
): Promise<void> =>
  events(PERSISTENT_VOLUME_CLAIMS, claim, { type, reason, message, component: `${FOLDER_DRIVER}_sandbox` });
