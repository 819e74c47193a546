import { createHash } from 'node:crypto';
import { isAlreadyExists } from '../../kubernetes/api-error.ts';
import type { OwnerReference } from '../../kubernetes/objects.ts';
import { PERSISTENT_VOLUMES, PERSISTENT_VOLUME_CLAIMS } from '../../kubernetes/resources.ts';
import { selectorOf } from '../apiserver/label-selector.ts';
import { selectorText } from '../apiserver/printer-cells.ts';
import { ownKey } from '../controllers/controller.ts';
import type { Controller, ControllerContext } from '../controllers/controller.ts';
import { nameOf } from '../controllers/kinds.ts';
import { deleteThis, find, writeStatus } from '../controllers/pod-set.ts';
import {
  VOLUME_GROUP_SNAPSHOTS,
  VOLUME_GROUP_SNAPSHOT_CLASSES,
  VOLUME_GROUP_SNAPSHOT_CONTENTS,
  VOLUME_SNAPSHOTS,
  VOLUME_SNAPSHOT_CONTENTS,
} from '../controllers/resource-types.ts';
import type { Claim, Volume } from '../controllers/storage-kinds.ts';
import { timestamp } from '../controllers/timestamp.ts';
import { FOLDER_DRIVER } from './folder-driver.ts';
import type { FolderDriver } from './folder-driver.ts';
import { setFinalizer } from './set-finalizer.ts';
import type {
  SnapshotClass,
  VolumeGroupSnapshot,
  VolumeGroupSnapshotContent,
  VolumeSnapshot,
  VolumeSnapshotContent,
  VolumeSnapshotInfo,
} from './snapshot-kinds.ts';
import { parseQuantity, quantityToNumber } from '../../kubernetes/quantity.ts';

const BOUND = 'groupsnapshot.storage.kubernetes.io/volumegroupsnapshot-bound-protection';
const CONTENT_BOUND = 'groupsnapshot.storage.kubernetes.io/volumegroupsnapshotcontent-bound-protection';
const IS_DEFAULT = 'groupsnapshot.storage.kubernetes.io/is-default-class';

/** Takes snapshots of all claims that a selector finds, and makes a VolumeSnapshot of each. */
export function groupSnapshotController(driver: FolderDriver): Controller {
  return {
    name: 'volumegroupsnapshots',
    triggers: [
      { type: VOLUME_GROUP_SNAPSHOTS, keys: ownKey },
      {
        type: VOLUME_GROUP_SNAPSHOT_CONTENTS,
        keys({ object }) {
          const { namespace, name } = (object as VolumeGroupSnapshotContent).spec.volumeGroupSnapshotRef;
          return [`${namespace ?? ''}/${name ?? ''}`];
        },
      },
      {
        type: VOLUME_SNAPSHOTS,
        keys: ({ object: { metadata } }) =>
          (metadata?.ownerReferences ?? [])
            .filter(({ kind }) => kind === 'VolumeGroupSnapshot')
            .map(({ name }) => `${metadata?.namespace ?? ''}/${name}`),
      },
    ],
    async reconcile(subject, context) {
      const group = await find<VolumeGroupSnapshot>(context, VOLUME_GROUP_SNAPSHOTS, subject);
      if (!group) return undefined;
      if (group.metadata?.deletionTimestamp) {
        await remove(context, group);
        return undefined;
      }
      try {
        await advance(context, driver, group);
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
        await fail(context, group, error);
        return RETRY;
      }
      return undefined;
    },
  };
}

const RETRY = 2000;

class Refused extends Error {
  readonly reason: string;
  constructor(reason: string, message: string) {
    super(message);
    this.name = 'Refused';
    this.reason = reason;
  }
}

async function advance(
  context: ControllerContext,
  driver: FolderDriver,
  group: VolumeGroupSnapshot,
): Promise<void> {
  const content = await contentOf(context, group);
  const bound = await setFinalizer(context.client, VOLUME_GROUP_SNAPSHOTS, group, BOUND, true);
  const taken = content.status?.readyToUse ? content : await take(context, driver, content);
  for (const info of taken.status?.volumeSnapshotInfoList ?? [])
    await createMember(context, bound, taken, info);
  const { creationTime } = taken.status ?? {};
  const ready = bound.status?.readyToUse === true;
  await writeStatus(context.client, VOLUME_GROUP_SNAPSHOTS, bound, {
    boundVolumeGroupSnapshotContentName: nameOf(taken).name,
    creationTime,
    readyToUse: true,
  });
  if (ready) return;
  const key = keyOf(group);
  const created = `Group snapshot ${key} was successfully created by the CSI driver.`;
  await tell(context, group, 'Normal', 'GroupSnapshotCreated', created);
  await tell(context, group, 'Normal', 'GroupSnapshotReady', `Group snapshot ${key} is ready to use.`);
}

const keyOf = (group: VolumeGroupSnapshot): string => `${nameOf(group).namespace}/${nameOf(group).name}`;

/** The content that was made beforehand, or one for the volumes of the claims that the selector finds now. @throws {Refused} */
async function contentOf(
  context: ControllerContext,
  group: VolumeGroupSnapshot,
): Promise<VolumeGroupSnapshotContent> {
  const given = group.spec.source.volumeGroupSnapshotContentName;
  const name = given ?? `groupsnapcontent-${group.metadata?.uid ?? ''}`;
  const existing = await find<VolumeGroupSnapshotContent>(context, VOLUME_GROUP_SNAPSHOT_CONTENTS, { name });
  if (existing) return existing;
  if (given !== undefined)
    throw new Refused('GroupSnapshotContentMissing', 'VolumeGroupSnapshotContent is missing');
  const { name: className, driver, deletionPolicy } = await classOf(context, group);
  const volumes = await volumesOf(context, group);
  const foreign = volumes.find(({ spec }) => spec.csi?.driver !== driver);
  if (foreign) {
    throw notCreated(
      group,
      `Volume CSI driver (${foreign.spec.csi?.driver ?? ''}) mismatch with VolumeGroupSnapshotClass (${driver}) ${keyOf(group)}: ${nameOf(foreign).name}`,
    );
  }
  const wanted: VolumeGroupSnapshotContent = {
    metadata: { name, finalizers: [CONTENT_BOUND] },
    spec: {
      deletionPolicy,
      driver,
      source: { volumeHandles: volumes.map(({ spec }) => spec.csi?.volumeHandle ?? '') },
      volumeGroupSnapshotClassName: className,
      volumeGroupSnapshotRef: {
        apiVersion: 'groupsnapshot.storage.k8s.io/v1',
        kind: 'VolumeGroupSnapshot',
        ...nameOf(group),
        uid: group.metadata?.uid,
        resourceVersion: group.metadata?.resourceVersion,
      },
    },
  };
  const created = await context.client.create(VOLUME_GROUP_SNAPSHOT_CONTENTS, wanted);
  const message = `Waiting for a group snapshot ${keyOf(group)} to be created by the CSI driver.`;
  await tell(context, group, 'Normal', 'CreatingGroupSnapshot', message);
  return created;
}

const NO_DEFAULT_CLASS = 'Failed to set default group snapshot class with error';

async function classOf(
  context: ControllerContext,
  group: VolumeGroupSnapshot,
): Promise<{ name: string; driver: string; deletionPolicy: 'Delete' | 'Retain' }> {
  const classes = (await context.informers.of<SnapshotClass>(VOLUME_GROUP_SNAPSHOT_CLASSES)).list();
  const name = group.spec.volumeGroupSnapshotClassName;
  // A default class is chosen by what drives the volumes.
  if (name === undefined && (await claimsOf(context, group)).length === 0)
    throw new Refused('SetDefaultGroupSnapshotClassFailed', `${NO_DEFAULT_CLASS} ${withoutClaims(group)}`);
  const found = classes.find(({ metadata }) =>
    name === undefined ? metadata?.annotations?.[IS_DEFAULT] === 'true' : metadata?.name === name,
  );
  if (!found) {
    throw name === undefined
      ? new Refused(
          'SetDefaultGroupSnapshotClassFailed',
          `${NO_DEFAULT_CLASS} cannot find default group snapshot class`,
        )
      : new Refused(
          'GetGroupSnapshotClassFailed',
          `failed to get group snapshot class with error volumegroupsnapshotclass.groupsnapshot.storage.k8s.io "${name}" not found`,
        );
  }
  if (name === undefined) {
    const body = { spec: { volumeGroupSnapshotClassName: nameOf(found).name } };
    await context.client.patch(VOLUME_GROUP_SNAPSHOTS, nameOf(group), { type: 'merge', body });
  }
  return { name: nameOf(found).name, driver: found.driver, deletionPolicy: found.deletionPolicy };
}

async function volumesOf(context: ControllerContext, group: VolumeGroupSnapshot): Promise<Volume[]> {
  const claims = await claimsOf(context, group);
  if (claims.length === 0) throw notCreated(group, withoutClaims(group));
  const volumes: Volume[] = [];
  for (const claim of claims) {
    const name = claim.spec.volumeName ?? '';
    const volume = name ? await find<Volume>(context, PERSISTENT_VOLUMES, { name }) : undefined;
    if (!volume) {
      const message = `the PVC ${nameOf(claim).name} is not yet bound to a PV, will not attempt to take a group snapshot`;
      throw notCreated(group, message);
    }
    volumes.push(volume);
  }
  return volumes;
}

async function claimsOf(context: ControllerContext, group: VolumeGroupSnapshot): Promise<Claim[]> {
  const selects = selectorOf(group.spec.source.selector);
  return (await context.informers.of<Claim>(PERSISTENT_VOLUME_CLAIMS))
    .list(nameOf(group).namespace)
    .filter(({ metadata }) => selects(metadata?.labels ?? {}));
}

const withoutClaims = ({ spec }: VolumeGroupSnapshot): string =>
  `label selector ${selectorText(spec.source.selector)} for group snapshot not applied to any PVC`;

const notCreated = (group: VolumeGroupSnapshot, why: string): Refused =>
  new Refused(
    'GroupSnapshotContentCreationFailed',
    `failed to create group snapshot content with error failed to get input parameters to create group snapshot ${nameOf(group).name}: ${JSON.stringify(why)}`,
  );

/** One copy after the other: the group is as consistent as its claims are quiet. */
async function take(
  context: ControllerContext,
  driver: FolderDriver,
  content: VolumeGroupSnapshotContent,
): Promise<VolumeGroupSnapshotContent> {
  const { client, clock, signal, informers } = context;
  const at = clock.now();
  const infos: VolumeSnapshotInfo[] = [];
  const volumes = (await informers.of<Volume>(PERSISTENT_VOLUMES)).list();
  const uid = content.metadata?.uid ?? '';
  for (const volumeHandle of content.spec.source.volumeHandles ?? []) {
    const volume = volumes.find(({ spec }) => spec.csi?.volumeHandle === volumeHandle);
    const size = volume && quantityToNumber(parseQuantity(volume.spec.capacity.storage));
    infos.push({
      volumeHandle,
      snapshotHandle: await driver.createSnapshot(`group-${uid}-${volumeHandle}`, volumeHandle, {
        size,
        signal,
      }),
      creationTime: at.getTime() * 1e6,
      readyToUse: true,
      ...(size !== undefined && { restoreSize: size }),
    });
  }
  for (const snapshotHandle of content.spec.source.groupSnapshotHandles?.volumeSnapshotHandles ?? [])
    infos.push({ volumeHandle: '', snapshotHandle, readyToUse: true });
  return writeStatus(client, VOLUME_GROUP_SNAPSHOT_CONTENTS, content, {
    volumeGroupSnapshotHandle:
      content.spec.source.groupSnapshotHandles?.volumeGroupSnapshotHandle ?? `group-${uid}`,
    creationTime: timestamp(at),
    readyToUse: true,
    volumeSnapshotInfoList: infos,
  });
}

/** A VolumeSnapshot, with its content, for one volume of the group. */
async function createMember(
  context: ControllerContext,
  group: VolumeGroupSnapshot,
  content: VolumeGroupSnapshotContent,
  info: VolumeSnapshotInfo,
): Promise<void> {
  const { client } = context;
  const { namespace, name: groupName } = nameOf(group);
  const digest = createHash('sha256')
    .update(`${group.metadata?.uid ?? ''}${info.volumeHandle}`)
    .digest('hex');
  const [name, member] = [`snapshot-${digest}`, `snapcontent-${digest}`];
  if (await find(context, VOLUME_SNAPSHOTS, { namespace, name })) return;
  const owner: OwnerReference = {
    apiVersion: 'groupsnapshot.storage.k8s.io/v1',
    kind: 'VolumeGroupSnapshot',
    name: groupName,
    uid: group.metadata?.uid ?? '',
  };
  const handle = content.status?.volumeGroupSnapshotHandle ?? '';
  const wanted: VolumeSnapshotContent = {
    metadata: {
      name: member,
      annotations: { 'groupsnapshot.storage.k8s.io/volumeGroupSnapshotHandle': handle },
    },
    spec: {
      deletionPolicy: content.spec.deletionPolicy,
      driver: FOLDER_DRIVER,
      source: { snapshotHandle: info.snapshotHandle },
      volumeSnapshotRef: {
        apiVersion: 'snapshot.storage.k8s.io/v1',
        kind: 'VolumeSnapshot',
        namespace,
        name,
      },
    },
  };
  const snapshot: VolumeSnapshot = {
    metadata: { name, namespace, ownerReferences: [owner] },
    spec: { source: { volumeSnapshotContentName: member } },
  };
  try {
    await client.create(VOLUME_SNAPSHOT_CONTENTS, wanted);
    await client.create(VOLUME_SNAPSHOTS, snapshot);
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
  }
}

async function remove(context: ControllerContext, group: VolumeGroupSnapshot): Promise<void> {
  const { client } = context;
  const name = group.status?.boundVolumeGroupSnapshotContentName;
  const content =
    name === undefined
      ? undefined
      : await find<VolumeGroupSnapshotContent>(context, VOLUME_GROUP_SNAPSHOT_CONTENTS, { name });
  const members = (await context.informers.of<VolumeSnapshot>(VOLUME_SNAPSHOTS))
    .list(nameOf(group).namespace)
    .filter(({ metadata }) => metadata?.ownerReferences?.some(({ uid }) => uid === group.metadata?.uid));
  for (const member of members) await deleteThis(client, VOLUME_SNAPSHOTS, member, {});
  if (content?.spec.deletionPolicy === 'Delete') {
    if (!content.metadata?.deletionTimestamp)
      await deleteThis(client, VOLUME_GROUP_SNAPSHOT_CONTENTS, content, {});
    const left = await find(context, VOLUME_GROUP_SNAPSHOT_CONTENTS, nameOf(content));
    if (left) await setFinalizer(client, VOLUME_GROUP_SNAPSHOT_CONTENTS, left, CONTENT_BOUND, false);
  }
  await setFinalizer(client, VOLUME_GROUP_SNAPSHOTS, group, BOUND, false);
}

async function fail(context: ControllerContext, group: VolumeGroupSnapshot, refusal: Refused): Promise<void> {
  const { message } = refusal;
  if (group.status?.error?.message === message) return;
  await writeStatus(context.client, VOLUME_GROUP_SNAPSHOTS, group, {
    ...group.status,
    readyToUse: false,
    error: { message, time: timestamp(context.clock.now()) },
  });
  await tell(context, group, 'Warning', refusal.reason, message);
}

const tell = (
  { events }: ControllerContext,
  group: VolumeGroupSnapshot,
  type: 'Normal' | 'Warning',
  reason: string,
  message: string,
): Promise<void> =>
  events(VOLUME_GROUP_SNAPSHOTS, group, { type, reason, message, component: 'snapshot-controller' });
