import { isAlreadyExists } from '../../kubernetes/api-error.ts';
import type { KubernetesClient } from '../../kubernetes/client.ts';
import type { KubernetesObject, ResourceType } from '../../kubernetes/objects.ts';
import { compareQuantities, parseQuantity } from '../../kubernetes/quantity.ts';
import { PERSISTENT_VOLUMES, PERSISTENT_VOLUME_CLAIMS } from '../../kubernetes/resources.ts';
import { keyOf } from './controller.ts';
import type { Controller, ControllerContext } from './controller.ts';
import { nameOf } from './kinds.ts';
import type { Claim, Volume } from './kinds.ts';
import { find, writeStatus } from './pod-set.ts';
import { recordEvent } from './record-event.ts';

export const STORAGE_CLASSES: ResourceType = {
  group: 'storage.k8s.io',
  version: 'v1',
  resource: 'storageclasses',
  kind: 'StorageClass',
  namespaced: false,
};

/** Makes folders of this machine into volumes. */
export const FOLDER_PROVISIONER = 'sandbox.kanister.io/folder';

const DEFAULT_CLASS = 'storageclass.kubernetes.io/is-default-class';
const KIND = { apiVersion: 'v1', kind: 'PersistentVolumeClaim' };
const COMPONENT = 'persistentvolume-controller';

interface StorageClass extends KubernetesObject {
  provisioner: string;
  reclaimPolicy?: string;
}

/** Gives claims their volumes: one that is there and fits, or a new one that is a folder below `volumesFolder`. */
export function persistentVolumeClaimController({ volumesFolder }: { volumesFolder: string }): Controller {
  return {
    name: 'persistentvolumeclaims',
    triggers: [
      { type: PERSISTENT_VOLUME_CLAIMS, keys: (object) => [keyOf(object)] },
      {
        type: PERSISTENT_VOLUMES,
        keys: (object) => {
          const { namespace, name } = (object as Volume).spec.claimRef ?? {};
          return name === undefined ? [] : [`${namespace ?? ''}/${name}`];
        },
      },
    ],
    async reconcile(subject, context) {
      const claim = await find<Claim>(context.client, PERSISTENT_VOLUME_CLAIMS, subject);
      if (!claim || claim.metadata?.deletionTimestamp || claim.status?.phase === 'Bound') return undefined;
      const volume = await volumeFor(context, claim, volumesFolder);
      if (volume) await bind(context.client, claim, volume);
      // A volume or a class that somebody makes later is found then.
      return volume ? undefined : RETRY;
    },
  };
}

const RETRY = 5000;

/** The class of claims that name none. */
export async function createDefaultStorageClass(client: KubernetesClient): Promise<void> {
  try {
    await client.create<StorageClass>(STORAGE_CLASSES, {
      metadata: { name: 'standard', annotations: { [DEFAULT_CLASS]: 'true' } },
      provisioner: FOLDER_PROVISIONER,
      reclaimPolicy: 'Delete',
    });
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
  }
}

async function volumeFor(
  context: ControllerContext,
  claim: Claim,
  folder: string,
): Promise<Volume | undefined> {
  const { client } = context;
  const { volumeName } = claim.spec;
  if (volumeName) return find<Volume>(client, PERSISTENT_VOLUMES, { name: volumeName });
  const className = claim.spec.storageClassName ?? (await defaultClass(client))?.metadata?.name;
  const { items: volumes } = await client.list<Volume>(PERSISTENT_VOLUMES);
  const reserved = volumes.find(({ spec }) => spec.claimRef?.uid === claim.metadata?.uid);
  const existing = reserved ?? smallestFitting(volumes, claim, className ?? '');
  if (existing) return existing;
  if (!className) return undefined;
  const storageClass = await find<StorageClass>(client, STORAGE_CLASSES, { name: className });
  const obstacle = obstacleTo(claim, className, storageClass);
  if (obstacle !== undefined) {
    await recordEvent(context, claim, KIND, {
      type: 'Warning',
      reason: 'ProvisioningFailed',
      message: obstacle,
      component: COMPONENT,
    });
    return undefined;
  }
  return provision(client, claim, className, storageClass?.reclaimPolicy ?? 'Delete', folder);
}

async function defaultClass(client: KubernetesClient): Promise<StorageClass | undefined> {
  const { items } = await client.list<StorageClass>(STORAGE_CLASSES);
  return items.find(({ metadata }) => metadata?.annotations?.[DEFAULT_CLASS] === 'true');
}

function obstacleTo(
  claim: Claim,
  className: string,
  storageClass: StorageClass | undefined,
): string | undefined {
  if (!storageClass) return `storageclass.storage.k8s.io "${className}" not found`;
  if (storageClass.provisioner !== FOLDER_PROVISIONER) {
    return `the sandbox has no provisioner ${storageClass.provisioner}; use the class "standard"`;
  }
  if (claim.spec.dataSource) return 'the sandbox does not support claims with a dataSource';
  if (claim.spec.volumeMode === 'Block') return 'the sandbox does not support claims with volumeMode Block';
  return undefined;
}

function smallestFitting(volumes: Volume[], claim: Claim, className: string): Volume | undefined {
  const wanted = parseQuantity(claim.spec.resources.requests.storage);
  const capacity = (volume: Volume) => parseQuantity(volume.spec.capacity.storage);
  return volumes
    .filter(({ spec, metadata, status }) => {
      const ref = spec.claimRef;
      const free =
        ref === undefined ||
        (ref.uid === undefined &&
          ref.name === nameOf(claim).name &&
          ref.namespace === nameOf(claim).namespace);
      const modes = claim.spec.accessModes.every((mode) => spec.accessModes.includes(mode));
      return (
        free &&
        modes &&
        !metadata?.deletionTimestamp &&
        status?.phase !== 'Released' &&
        (spec.storageClassName ?? '') === className
      );
    })
    .filter((volume) => compareQuantities(capacity(volume), wanted) >= 0)
    .toSorted((a, b) => compareQuantities(capacity(a), capacity(b)))[0];
}

/** The folder itself is made by the node, when a pod first uses it. */
async function provision(
  client: KubernetesClient,
  claim: Claim,
  className: string,
  reclaimPolicy: string,
  folder: string,
): Promise<Volume> {
  const name = `pvc-${claim.metadata?.uid ?? ''}`;
  return client.create<Volume>(PERSISTENT_VOLUMES, {
    metadata: { name, annotations: { 'pv.kubernetes.io/provisioned-by': FOLDER_PROVISIONER } },
    spec: {
      capacity: { storage: claim.spec.resources.requests.storage },
      accessModes: claim.spec.accessModes,
      persistentVolumeReclaimPolicy: reclaimPolicy,
      storageClassName: className,
      hostPath: { path: `${folder}/${name}`, type: 'DirectoryOrCreate' },
      claimRef: referenceTo(claim),
    },
  });
}

const referenceTo = (claim: Claim): NonNullable<Volume['spec']['claimRef']> => ({
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  ...nameOf(claim),
  ...(claim.metadata?.uid !== undefined && { uid: claim.metadata.uid }),
});

async function bind(client: KubernetesClient, claim: Claim, volume: Volume): Promise<void> {
  const name = nameOf(volume).name;
  const reserved =
    volume.spec.claimRef?.uid === claim.metadata?.uid
      ? volume
      : await client.replace<Volume>(PERSISTENT_VOLUMES, {
          ...volume,
          spec: { ...volume.spec, claimRef: referenceTo(claim) },
        });
  await writeStatus(client, PERSISTENT_VOLUMES, reserved, { phase: 'Bound' });
  const bound = await client.replace<Claim>(PERSISTENT_VOLUME_CLAIMS, {
    ...claim,
    metadata: {
      ...claim.metadata,
      annotations: { ...claim.metadata?.annotations, 'pv.kubernetes.io/bind-completed': 'yes' },
    },
    spec: { ...claim.spec, volumeName: name, storageClassName: volume.spec.storageClassName ?? '' },
  });
  await writeStatus(client, PERSISTENT_VOLUME_CLAIMS, bound, {
    phase: 'Bound',
    accessModes: volume.spec.accessModes,
    capacity: volume.spec.capacity,
  });
}
