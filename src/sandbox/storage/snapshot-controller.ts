import { isAlreadyExists } from '../../kubernetes/api-error.ts';
import { PERSISTENT_VOLUME_CLAIMS } from '../../kubernetes/resources.ts';
import { keyOf, ownKey } from '../controllers/controller.ts';
import type { Controller, ControllerContext } from '../controllers/controller.ts';
import { nameOf } from '../controllers/kinds.ts';
import { deleteThis, find, writeStatus } from '../controllers/pod-set.ts';
import {
  VOLUME_SNAPSHOTS,
  VOLUME_SNAPSHOT_CLASSES,
  VOLUME_SNAPSHOT_CONTENTS,
} from '../controllers/resource-types.ts';
import type { Claim } from '../controllers/storage-kinds.ts';
import { timestamp } from '../controllers/timestamp.ts';
import { formatQuantity, quantityOf } from '../../kubernetes/quantity.ts';
import { setFinalizer } from './set-finalizer.ts';
import { BEING_DELETED } from './snapshot-content-controller.ts';
import type { SnapshotClass, VolumeSnapshot, VolumeSnapshotContent } from './snapshot-kinds.ts';
import { defaultClassFor, volumeBehind } from './snapshot-source.ts';

const COMPONENT = 'snapshot-controller';
const AS_SOURCE = 'snapshot.storage.kubernetes.io/volumesnapshot-as-source-protection';
const BOUND = 'snapshot.storage.kubernetes.io/volumesnapshot-bound-protection';
const OF_CLAIM = 'snapshot.storage.kubernetes.io/pvc-as-source-protection';

/** Binds snapshots to their contents: to one that it makes for a claim's volume, or to one that somebody made beforehand. */
export const snapshotController: Controller = {
  name: 'volumesnapshots',
  triggers: [
    { type: VOLUME_SNAPSHOTS, keys: ownKey },
    {
      type: VOLUME_SNAPSHOT_CONTENTS,
      keys({ object }) {
        const { namespace, name } = (object as VolumeSnapshotContent).spec.volumeSnapshotRef;
        return [`${namespace ?? ''}/${name ?? ''}`];
      },
    },
    // A snapshot may wait for a claim to be bound, or for a class.
    {
      type: PERSISTENT_VOLUME_CLAIMS,
      keys: async ({ object }, { informers }) =>
        (await informers.of<VolumeSnapshot>(VOLUME_SNAPSHOTS))
          .list(nameOf(object).namespace)
          .filter(({ spec, status }) => {
            const { persistentVolumeClaimName } = spec.source;
            return persistentVolumeClaimName === nameOf(object).name && !status?.readyToUse;
          })
          .map(keyOf),
    },
    {
      type: VOLUME_SNAPSHOT_CLASSES,
      keys: async (_event, { informers }) =>
        (await informers.of<VolumeSnapshot>(VOLUME_SNAPSHOTS))
          .list()
          .filter(({ status }) => !status?.boundVolumeSnapshotContentName)
          .map(keyOf),
    },
  ],
  async reconcile(subject, context) {
    const snapshot = await find<VolumeSnapshot>(context, VOLUME_SNAPSHOTS, subject);
    if (!snapshot) return undefined;
    if (snapshot.metadata?.deletionTimestamp) await remove(context, snapshot);
    else if (snapshot.spec.source.volumeSnapshotContentName) await bindProvided(context, snapshot);
    else if (snapshot.spec.source.persistentVolumeClaimName) await bindDynamic(context, snapshot);
    return undefined;
  },
};

/** A failure that is written into the snapshot's status and told as an event. */
interface Failure {
  reason: string;
  message: string;
  /** The status says that it is not ready, rather than nothing. */
  notReady: boolean;
}

async function bindDynamic(context: ControllerContext, snapshot: VolumeSnapshot): Promise<void> {
  const named = await withClass(context, snapshot);
  if (!('snapshot' in named)) {
    await fail(context, snapshot, named);
    return;
  }
  const current = await setFinalizer(context.client, VOLUME_SNAPSHOTS, named.snapshot, AS_SOURCE, true);
  const name = `snapcontent-${current.metadata?.uid ?? ''}`;
  const existing = await find<VolumeSnapshotContent>(context, VOLUME_SNAPSHOT_CONTENTS, { name });
  if (existing) {
    await follow(context, current, existing);
    return;
  }
  if (current.status?.readyToUse) {
    await fail(context, current, missing);
    return;
  }
  const found = await volumeBehind(context, current);
  if ('why' in found) {
    await fail(context, current, {
      reason: 'SnapshotContentCreationFailed',
      message: `Failed to create snapshot content with error ${found.why}`,
      notReady: true,
    });
    return;
  }
  const { volume, claim } = found;
  const handle = volume.spec.csi?.volumeHandle;
  if (handle === undefined || volume.spec.csi?.driver !== named.storageClass.driver) {
    const why =
      handle === undefined
        ? `cannot find CSI PersistentVolumeSource for volume ${nameOf(volume).name}`
        : `the driver ${volume.spec.csi?.driver ?? ''} of volume ${nameOf(volume).name} is not the driver ${named.storageClass.driver} of the snapshot class`;
    await fail(context, current, {
      reason: 'SnapshotContentCreationFailed',
      message: `Failed to create snapshot content with error ${why}`,
      notReady: true,
    });
    return;
  }
  await setFinalizer(context.client, PERSISTENT_VOLUME_CLAIMS, claim, OF_CLAIM, true);
  await create(context, current, named.storageClass, handle, volume.spec.volumeMode ?? 'Filesystem', name);
}

async function withClass(
  context: ControllerContext,
  snapshot: VolumeSnapshot,
): Promise<{ snapshot: VolumeSnapshot; storageClass: SnapshotClass } | Failure> {
  const name = snapshot.spec.volumeSnapshotClassName;
  if (name !== undefined) {
    const storageClass = await find<SnapshotClass>(context, VOLUME_SNAPSHOT_CLASSES, { name });
    if (storageClass) return { snapshot, storageClass };
    const message = `Failed to get snapshot class with error volumesnapshotclass.snapshot.storage.k8s.io "${name}" not found`;
    return { reason: 'GetSnapshotClassFailed', message, notReady: false };
  }
  const found = await defaultClassFor(context, snapshot);
  if ('why' in found) {
    const message = `Failed to set default snapshot class with error ${found.why}`;
    return { reason: 'SetDefaultSnapshotClassFailed', message, notReady: false };
  }
  const body = { spec: { volumeSnapshotClassName: nameOf(found).name } };
  const named = await context.client.patch<VolumeSnapshot>(VOLUME_SNAPSHOTS, nameOf(snapshot), {
    type: 'merge',
    body,
  });
  return { snapshot: named, storageClass: found };
}

async function create(
  context: ControllerContext,
  snapshot: VolumeSnapshot,
  { driver, deletionPolicy, metadata }: SnapshotClass,
  volumeHandle: string,
  sourceVolumeMode: string,
  name: string,
): Promise<void> {
  const { namespace, name: own } = nameOf(snapshot);
  const { uid, resourceVersion } = snapshot.metadata ?? {};
  try {
    await context.client.create<VolumeSnapshotContent>(VOLUME_SNAPSHOT_CONTENTS, {
      metadata: { name },
      spec: {
        deletionPolicy,
        driver,
        source: { volumeHandle },
        sourceVolumeMode,
        volumeSnapshotClassName: metadata?.name,
        volumeSnapshotRef: {
          apiVersion: 'snapshot.storage.k8s.io/v1',
          kind: 'VolumeSnapshot',
          namespace,
          name: own,
          uid,
          resourceVersion,
        },
      },
    });
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
    return;
  }
  const message = `Waiting for a snapshot ${namespace}/${own} to be created by the CSI driver.`;
  await tell(context, snapshot, 'Normal', 'CreatingSnapshot', message);
}

const missing: Failure = {
  reason: 'SnapshotContentMissing',
  message: 'VolumeSnapshotContent is missing',
  notReady: true,
};

async function bindProvided(context: ControllerContext, snapshot: VolumeSnapshot): Promise<void> {
  const current = await setFinalizer(context.client, VOLUME_SNAPSHOTS, snapshot, AS_SOURCE, true);
  const name = current.spec.source.volumeSnapshotContentName ?? '';
  const content = await find<VolumeSnapshotContent>(context, VOLUME_SNAPSHOT_CONTENTS, { name });
  if (!content) {
    await fail(context, current, missing);
    return;
  }
  if (content.spec.source.snapshotHandle === undefined) {
    const message = 'VolumeSnapshotContent is dynamically provisioned while expecting a pre-provisioned one';
    await fail(context, current, { reason: 'SnapshotContentMismatch', message, notReady: true });
    return;
  }
  const { volumeSnapshotRef: ref } = content.spec;
  const own = nameOf(current);
  const foreign =
    ref.name !== own.name ||
    ref.namespace !== own.namespace ||
    (ref.uid && ref.uid !== current.metadata?.uid);
  if (foreign) {
    const message = `VolumeSnapshotContent [${name}] is bound to a different snapshot`;
    await fail(context, current, { reason: 'SnapshotContentMisbound', message, notReady: true });
    return;
  }
  if (!ref.uid) {
    const body = {
      spec: {
        volumeSnapshotRef: { uid: current.metadata?.uid },
        ...(current.spec.volumeSnapshotClassName && {
          volumeSnapshotClassName: current.spec.volumeSnapshotClassName,
        }),
      },
    };
    const bound = await context.client.patch<VolumeSnapshotContent>(
      VOLUME_SNAPSHOT_CONTENTS,
      { name },
      { type: 'merge', body },
    );
    await follow(context, current, bound);
    return;
  }
  await follow(context, current, content);
}

/** The snapshot says what its content says. */
async function follow(
  context: ControllerContext,
  snapshot: VolumeSnapshot,
  content: VolumeSnapshotContent,
): Promise<void> {
  const { client, clock } = context;
  const bound = await setFinalizer(client, VOLUME_SNAPSHOTS, snapshot, BOUND, true);
  const before = bound.status ?? {};
  const { readyToUse, restoreSize, creationTime, error } = content.status ?? {};
  const status: NonNullable<VolumeSnapshot['status']> = {
    ...before,
    boundVolumeSnapshotContentName: nameOf(content).name,
    readyToUse: readyToUse ?? false,
    ...(creationTime !== undefined && { creationTime: timestamp(new Date(creationTime / 1e6)) }),
    ...(restoreSize !== undefined && { restoreSize: formatQuantity(quantityOf(restoreSize, 'binary')) }),
  };
  if (error?.message) status.error = { message: error.message, time: error.time ?? timestamp(clock.now()) };
  else delete status.error;
  await writeStatus(client, VOLUME_SNAPSHOTS, bound, status);
  const key = `${nameOf(snapshot).namespace}/${nameOf(snapshot).name}`;
  if (before.creationTime === undefined && status.creationTime !== undefined) {
    const message = `Snapshot ${key} was successfully created by the CSI driver.`;
    await tell(context, snapshot, 'Normal', 'SnapshotCreated', message);
  }
  if (!before.readyToUse && status.readyToUse) {
    await tell(context, snapshot, 'Normal', 'SnapshotReady', `Snapshot ${key} is ready to use.`);
  }
  if (status.readyToUse) await letGoOfClaim(context, snapshot);
}

/** A claim whose snapshot is made, or will not be, may be deleted. */
async function letGoOfClaim(context: ControllerContext, snapshot: VolumeSnapshot): Promise<void> {
  const name = snapshot.spec.source.persistentVolumeClaimName;
  if (name === undefined) return;
  const { namespace } = nameOf(snapshot);
  const claim = await find<Claim>(context, PERSISTENT_VOLUME_CLAIMS, { namespace, name });
  if (!claim) return;
  const others = (await context.informers.of<VolumeSnapshot>(VOLUME_SNAPSHOTS)).list(namespace);
  const needed = others.some(
    ({ metadata, spec, status }) =>
      metadata?.uid !== snapshot.metadata?.uid &&
      spec.source.persistentVolumeClaimName === name &&
      status?.boundVolumeSnapshotContentName !== undefined &&
      !status.readyToUse,
  );
  if (!needed) await setFinalizer(context.client, PERSISTENT_VOLUME_CLAIMS, claim, OF_CLAIM, false);
}

async function remove(context: ControllerContext, snapshot: VolumeSnapshot): Promise<void> {
  const { client, informers } = context;
  const { namespace, name } = nameOf(snapshot);
  const restoring = (await informers.of<Claim>(PERSISTENT_VOLUME_CLAIMS))
    .list(namespace)
    .some(({ spec, status }) => {
      const source = spec.dataSource;
      return status?.phase === 'Pending' && source?.kind === 'VolumeSnapshot' && source.name === name;
    });
  if (restoring && snapshot.status?.readyToUse) {
    await tell(
      context,
      snapshot,
      'Warning',
      'SnapshotDeletePending',
      'Snapshot is being used to restore a PVC',
    );
    return;
  }
  const contentName =
    snapshot.status?.boundVolumeSnapshotContentName ?? `snapcontent-${snapshot.metadata?.uid ?? ''}`;
  const content = await find<VolumeSnapshotContent>(context, VOLUME_SNAPSHOT_CONTENTS, { name: contentName });
  if (content?.spec.volumeSnapshotRef.uid === snapshot.metadata?.uid && content) {
    if (content.metadata?.annotations?.[BEING_DELETED] !== 'yes') {
      const body = { metadata: { annotations: { [BEING_DELETED]: 'yes' } } };
      await client.patch(VOLUME_SNAPSHOT_CONTENTS, { name: contentName }, { type: 'merge', body });
    }
    if (content.spec.deletionPolicy === 'Delete' && !content.metadata?.deletionTimestamp) {
      await deleteThis(client, VOLUME_SNAPSHOT_CONTENTS, content, {});
    }
    const left = await find(context, VOLUME_SNAPSHOT_CONTENTS, { name: contentName });
    // The content's own deletion brings the snapshot here again.
    if (content.spec.deletionPolicy === 'Delete' && left) return;
  }
  await letGoOfClaim(context, snapshot);
  const unbound = await setFinalizer(client, VOLUME_SNAPSHOTS, snapshot, BOUND, false);
  await setFinalizer(client, VOLUME_SNAPSHOTS, unbound, AS_SOURCE, false);
}

/** Writes a failure, once. */
async function fail(
  context: ControllerContext,
  snapshot: VolumeSnapshot,
  { reason, message, notReady }: Failure,
): Promise<void> {
  if (snapshot.status?.error?.message === message) return;
  await writeStatus(context.client, VOLUME_SNAPSHOTS, snapshot, {
    ...snapshot.status,
    error: { message, time: timestamp(context.clock.now()) },
    ...(notReady && { readyToUse: false }),
  });
  await tell(context, snapshot, 'Warning', reason, message);
}

const tell = (
  { events }: ControllerContext,
  snapshot: VolumeSnapshot,
  type: 'Normal' | 'Warning',
  reason: string,
  message: string,
): Promise<void> => events(VOLUME_SNAPSHOTS, snapshot, { type, reason, message, component: COMPONENT });
