import { PERSISTENT_VOLUMES, PERSISTENT_VOLUME_CLAIMS, PODS } from '../../kubernetes/resources.ts';
import {
  BIND_COMPLETED,
  BOUND_BY_CONTROLLER,
  OLD_PROVISIONER,
  PROVISIONER,
  SELECTED_NODE,
} from './claim-annotations.ts';
import { keyOf, ownKey } from './controller.ts';
import type { Controller, ControllerContext, Key } from './controller.ts';
import { nameOf } from './kinds.ts';
import type { Pod } from './kinds.ts';
import { waitsForConsumer } from './pod-claims.ts';
import { find, writeStatus } from './pod-set.ts';
import { STORAGE_CLASSES } from './resource-types.ts';
import type { Claim, ClaimReference, StorageClass, Volume } from './storage-kinds.ts';
import { isFor, mismatch, smallestFitting } from './volume-match.ts';

const COMPONENT = 'persistentvolume-controller';
const DEFAULT_CLASS = 'storageclass.kubernetes.io/is-default-class';

/** Binds claims to volumes: to one that is there and fits, or to one that it asks a provisioner for. */
export const persistentVolumeClaimController: Controller = {
  name: 'persistentvolumeclaims',
  triggers: [
    { type: PERSISTENT_VOLUME_CLAIMS, keys: ownKey },
    // A volume or a class that somebody makes may be what claims wait for.
    { type: PERSISTENT_VOLUMES, keys: (event, context) => claimsFor(event.object as Volume, context) },
    { type: STORAGE_CLASSES, keys: (_event, context) => unbound(context) },
  ],
  async reconcile(subject, context) {
    const claim = await find<Claim>(context, PERSISTENT_VOLUME_CLAIMS, subject);
    if (!claim) return undefined;
    if (claim.metadata?.annotations?.[BIND_COMPLETED] !== undefined) await keepBound(context, claim);
    else if (!claim.metadata?.deletionTimestamp) await findVolume(context, claim);
    return undefined;
  },
};

async function unbound({ informers }: ControllerContext): Promise<Key[]> {
  return (await informers.of<Claim>(PERSISTENT_VOLUME_CLAIMS))
    .list()
    .filter(({ metadata }) => metadata?.annotations?.[BIND_COMPLETED] === undefined)
    .map(keyOf);
}

async function claimsFor({ spec }: Volume, context: ControllerContext): Promise<Key[]> {
  const { namespace, name } = spec.claimRef ?? {};
  return name === undefined ? unbound(context) : [`${namespace ?? ''}/${name}`];
}

/** What is bound stays so; where its volume went, it says that it is lost. */
async function keepBound(context: ControllerContext, claim: Claim): Promise<void> {
  const { client } = context;
  const lose = async (reason: string, message: string): Promise<void> => {
    if (claim.status?.phase === 'Lost') return;
    await writeStatus(client, PERSISTENT_VOLUME_CLAIMS, claim, { phase: 'Lost' });
    await tell(context, claim, 'Warning', reason, message);
  };
  const { volumeName } = claim.spec;
  if (!volumeName) {
    await lose(
      'ClaimLost',
      'Bound claim has lost reference to PersistentVolume. Data on the volume is lost!',
    );
    return;
  }
  const volume = await find<Volume>(context, PERSISTENT_VOLUMES, { name: volumeName });
  if (!volume) {
    await lose('ClaimLost', 'Bound claim has lost its PersistentVolume. Data on the volume is lost!');
    return;
  }
  const { claimRef } = volume.spec;
  if (claimRef && claimRef.uid !== undefined && claimRef.uid !== claim.metadata?.uid) {
    const message = 'Two claims are bound to the same volume, this one is bound incorrectly';
    await lose('ClaimMisbound', message);
    return;
  }
  await bind(context, claim, volume);
}

async function findVolume(context: ControllerContext, claim: Claim): Promise<void> {
  const { client, informers } = context;
  if (claim.spec.volumeName) {
    await bindToNamed(context, claim, claim.spec.volumeName);
    return;
  }
  const volumes = (await informers.of<Volume>(PERSISTENT_VOLUMES)).list();
  const reserved = volumes.find((volume) => isFor(volume, claim) && !mismatch(volume, claim));
  const delayed = await waitsForConsumer(context, claim);
  const hasNode = claim.metadata?.annotations?.[SELECTED_NODE] !== undefined;
  const found = reserved ?? (delayed && !hasNode ? undefined : smallestFitting(volumes, claim));
  if (found) {
    await bind(context, claim, found);
    return;
  }
  if (claim.status?.phase !== 'Pending') {
    await writeStatus(client, PERSISTENT_VOLUME_CLAIMS, claim, { phase: 'Pending' });
    return;
  }
  if (delayed && !hasNode) await sayWhatIsAwaited(context, claim);
  else if (claim.spec.storageClassName) await askProvisioner(context, claim, claim.spec.storageClassName);
  else if (claim.spec.storageClassName === undefined && (await takeDefaultClass(context, claim))) return;
  else {
    const message = 'no persistent volumes available for this claim and no storage class is set';
    await tell(context, claim, 'Normal', 'FailedBinding', message);
  }
}

async function bindToNamed(context: ControllerContext, claim: Claim, volumeName: string): Promise<void> {
  const volume = await find<Volume>(context, PERSISTENT_VOLUMES, { name: volumeName });
  if (!volume) {
    await writeStatus(context.client, PERSISTENT_VOLUME_CLAIMS, claim, { ...claim.status, phase: 'Pending' });
    return;
  }
  if (volume.spec.claimRef && !isFor(volume, claim)) {
    const message = `volume "${volumeName}" already bound to a different claim.`;
    await tell(context, claim, 'Warning', 'FailedBinding', message);
    return;
  }
  const why = volume.spec.claimRef ? undefined : mismatch(volume, claim);
  if (why === undefined) {
    await bind(context, claim, volume);
    return;
  }
  await tell(
    context,
    claim,
    'Warning',
    'VolumeMismatch',
    `Cannot bind to requested volume "${volumeName}": ${why}`,
  );
}

async function sayWhatIsAwaited(context: ControllerContext, claim: Claim): Promise<void> {
  const pods = (await context.informers.of<Pod>(PODS))
    .list(nameOf(claim).namespace)
    .filter(
      ({ spec }) =>
        !spec?.nodeName &&
        spec?.volumes?.some(
          ({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName === nameOf(claim).name,
        ),
    )
    .map((pod) => nameOf(pod).name);
  if (pods.length === 0) {
    const message = 'waiting for first consumer to be created before binding';
    await tell(context, claim, 'Normal', 'WaitForFirstConsumer', message);
    return;
  }
  const message = `waiting for pod${pods.length > 1 ? 's' : ''} ${pods.join(',')} to be scheduled`;
  await tell(context, claim, 'Normal', 'WaitForPodScheduled', message);
}

async function askProvisioner(context: ControllerContext, claim: Claim, className: string): Promise<void> {
  const storageClass = await find<StorageClass>(context, STORAGE_CLASSES, { name: className });
  if (!storageClass) {
    const message = `storageclass.storage.k8s.io "${className}" not found`;
    await tell(context, claim, 'Warning', 'ProvisioningFailed', message);
    return;
  }
  const { provisioner } = storageClass;
  if (provisioner === 'kubernetes.io/no-provisioner') {
    const message = 'storageclass.storage.k8s.io uses no provisioner and no persistent volume fits';
    await tell(context, claim, 'Normal', 'FailedBinding', message);
    return;
  }
  if (claim.metadata?.annotations?.[PROVISIONER] === provisioner) return;
  const body = { metadata: { annotations: { [PROVISIONER]: provisioner, [OLD_PROVISIONER]: provisioner } } };
  const asked = await context.client.patch<Claim>(PERSISTENT_VOLUME_CLAIMS, nameOf(claim), {
    type: 'merge',
    body,
  });
  const message = `Waiting for a volume to be created either by the external provisioner '${provisioner}' or manually by the system administrator. If volume creation is delayed, please verify that the provisioner is running and correctly registered.`;
  await tell(context, asked, 'Normal', 'ExternalProvisioning', message);
}

/** A claim that was made before there was a default class gets it afterwards. */
async function takeDefaultClass({ client, informers }: ControllerContext, claim: Claim): Promise<boolean> {
  const classes = (await informers.of<StorageClass>(STORAGE_CLASSES)).list();
  const found = classes.find(({ metadata }) => metadata?.annotations?.[DEFAULT_CLASS] === 'true');
  if (!found) return false;
  const body = { spec: { storageClassName: nameOf(found).name } };
  await client.patch(PERSISTENT_VOLUME_CLAIMS, nameOf(claim), { type: 'merge', body });
  return true;
}

const referenceTo = ({ metadata }: Claim): ClaimReference => ({
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  namespace: metadata?.namespace ?? '',
  name: metadata?.name ?? '',
  uid: metadata?.uid,
  resourceVersion: metadata?.resourceVersion,
});

/** Both sides name each other, the volume first; whatever of it is done already stays as it is. */
async function bind(context: ControllerContext, claim: Claim, volume: Volume): Promise<void> {
  const { client } = context;
  const name = nameOf(volume).name;
  const reserved =
    volume.spec.claimRef?.uid === claim.metadata?.uid
      ? volume
      : await client.patch<Volume>(
          PERSISTENT_VOLUMES,
          { name },
          {
            type: 'merge',
            body: {
              metadata: {
                resourceVersion: volume.metadata?.resourceVersion,
                ...(!volume.spec.claimRef && { annotations: { [BOUND_BY_CONTROLLER]: 'yes' } }),
              },
              spec: { claimRef: referenceTo(claim) },
            },
          },
        );
  if (reserved.status?.phase !== 'Bound') {
    const at = context.clock
      .now()
      .toISOString()
      .replace(/\.\d+Z$/, 'Z');
    await writeStatus(client, PERSISTENT_VOLUMES, reserved, { phase: 'Bound', lastPhaseTransitionTime: at });
  }
  const done = claim.metadata?.annotations?.[BIND_COMPLETED] !== undefined && claim.spec.volumeName === name;
  const bound = done
    ? claim
    : await client.patch<Claim>(PERSISTENT_VOLUME_CLAIMS, nameOf(claim), {
        type: 'merge',
        body: {
          metadata: {
            resourceVersion: claim.metadata?.resourceVersion,
            annotations: {
              [BIND_COMPLETED]: 'yes',
              ...(!claim.spec.volumeName && { [BOUND_BY_CONTROLLER]: 'yes' }),
            },
          },
          spec: { volumeName: name },
        },
      });
  if (bound.status?.phase === 'Bound') return;
  await writeStatus(client, PERSISTENT_VOLUME_CLAIMS, bound, {
    phase: 'Bound',
    accessModes: volume.spec.accessModes,
    capacity: volume.spec.capacity,
  });
}

const tell = (
  { events }: ControllerContext,
  claim: Claim,
  type: 'Normal' | 'Warning',
  reason: string,
  message: string,
): Promise<void> => events(PERSISTENT_VOLUME_CLAIMS, claim, { type, reason, message, component: COMPONENT });
