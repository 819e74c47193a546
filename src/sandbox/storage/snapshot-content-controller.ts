import { parseQuantity, quantityToNumber } from '../../kubernetes/quantity.ts';
import { PERSISTENT_VOLUMES } from '../../kubernetes/resources.ts';
import { ownKey } from '../controllers/controller.ts';
import type { Controller, ControllerContext } from '../controllers/controller.ts';
import { find, writeStatus } from '../controllers/pod-set.ts';
import { VOLUME_SNAPSHOT_CLASSES, VOLUME_SNAPSHOT_CONTENTS } from '../controllers/resource-types.ts';
import type { Volume } from '../controllers/storage-kinds.ts';
import { timestamp } from '../controllers/timestamp.ts';
import { FOLDER_DRIVER } from './folder-driver.ts';
import type { FolderDriver } from './folder-driver.ts';
import { setFinalizer } from './set-finalizer.ts';
import type { SnapshotClass, VolumeSnapshotContent } from './snapshot-kinds.ts';

export const BEING_DELETED = 'snapshot.storage.kubernetes.io/volumesnapshot-being-deleted';
const PROTECTION = 'snapshot.storage.kubernetes.io/volumesnapshotcontent-bound-protection';

/** A parameter of a snapshot class: its snapshots fail with this message, for trying what follows. */
const FAIL = 'fail';
const RETRY = 1000;

/** Makes the copies that contents of the folder driver stand for, and removes them with their contents. */
export function snapshotContentController(driver: FolderDriver): Controller {
  return {
    name: 'volumesnapshotcontents',
    concurrency: 4,
    triggers: [{ type: VOLUME_SNAPSHOT_CONTENTS, keys: ownKey }],
    async reconcile({ name }, context) {
      const content = await find<VolumeSnapshotContent>(context, VOLUME_SNAPSHOT_CONTENTS, { name });
      if (!content || content.spec.driver !== FOLDER_DRIVER) return undefined;
      if (content.metadata?.deletionTimestamp) {
        await remove(context, driver, content);
        return undefined;
      }
      if (content.metadata?.annotations?.[BEING_DELETED] === 'yes') return undefined;
      const kept = await setFinalizer(context.client, VOLUME_SNAPSHOT_CONTENTS, content, PROTECTION, true);
      if (kept.status?.readyToUse) return undefined;
      return take(context, driver, kept);
    },
  };
}

async function take(
  context: ControllerContext,
  driver: FolderDriver,
  content: VolumeSnapshotContent,
): Promise<number | undefined> {
  const { client, clock, signal } = context;
  const { source, volumeSnapshotClassName } = content.spec;
  try {
    const storageClass =
      volumeSnapshotClassName === undefined
        ? undefined
        : await find<SnapshotClass>(context, VOLUME_SNAPSHOT_CLASSES, { name: volumeSnapshotClassName });
    const failure = storageClass?.parameters?.[FAIL];
    if (failure !== undefined) throw new Error(`rpc error: code = Internal desc = ${failure}`);
    const handle =
      source.snapshotHandle ??
      content.status?.snapshotHandle ??
      (await driver.createSnapshot(`snapshot-${content.metadata?.uid ?? ''}`, source.volumeHandle ?? '', {
        size: await sizeOf(context, source.volumeHandle),
        signal,
      }));
    const found = await driver.readSnapshot(handle);
    if (!found) {
      throw new Error(`rpc error: code = NotFound desc = snapshot ${handle} does not exist`);
    }
    const restoreSize = found.size;
    await writeStatus(client, VOLUME_SNAPSHOT_CONTENTS, content, {
      snapshotHandle: handle,
      creationTime: clock.now().getTime() * 1e6,
      readyToUse: true,
      ...(restoreSize !== undefined && { restoreSize }),
    });
    return undefined;
  } catch (error) {
    if (signal.aborted) throw error;
    const why = error instanceof Error ? error.message : String(error);
    const what =
      source.volumeHandle === undefined
        ? `failed to check snapshot ${source.snapshotHandle ?? ''}: ${JSON.stringify(why)}`
        : `failed to take snapshot of the volume ${source.volumeHandle}: ${JSON.stringify(why)}`;
    const message = `Failed to check and update snapshot content: ${what}`;
    if (content.status?.error?.message === message) return RETRY;
    await writeStatus(client, VOLUME_SNAPSHOT_CONTENTS, content, {
      ...content.status,
      readyToUse: false,
      error: { message, time: timestamp(clock.now()) },
    });
    await context.events(VOLUME_SNAPSHOT_CONTENTS, content, {
      type: 'Warning',
      reason: 'SnapshotContentCheckandUpdateFailed',
      message,
      component: `csi-snapshotter ${FOLDER_DRIVER}`,
    });
    return RETRY;
  }
}

/** In bytes: as large as the volume is said to be. */
async function sizeOf(
  { informers }: ControllerContext,
  handle: string | undefined,
): Promise<number | undefined> {
  if (handle === undefined) return undefined;
  const volumes = (await informers.of<Volume>(PERSISTENT_VOLUMES)).list();
  const volume = volumes.find(
    ({ spec }) => spec.csi?.driver === FOLDER_DRIVER && spec.csi.volumeHandle === handle,
  );
  return volume && quantityToNumber(parseQuantity(volume.spec.capacity.storage));
}

/** The copy goes only where the policy says so and the snapshot itself was deleted. */
async function remove(
  { client }: ControllerContext,
  driver: FolderDriver,
  content: VolumeSnapshotContent,
): Promise<void> {
  const wanted =
    content.spec.deletionPolicy === 'Delete' && content.metadata?.annotations?.[BEING_DELETED] === 'yes';
  const handle = content.status?.snapshotHandle ?? content.spec.source.snapshotHandle;
  if (wanted && handle !== undefined && (await driver.readSnapshot(handle)))
    await driver.deleteSnapshot(handle);
  const bound = content.spec.volumeSnapshotRef.uid !== undefined && content.spec.volumeSnapshotRef.uid !== '';
  // A content whose snapshot still is there stays with it.
  if (bound && !wanted && content.metadata?.annotations?.[BEING_DELETED] !== 'yes') return;
  await setFinalizer(client, VOLUME_SNAPSHOT_CONTENTS, content, PROTECTION, false);
}
