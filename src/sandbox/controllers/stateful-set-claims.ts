import { isAlreadyExists } from '../../kubernetes/api-error.ts';
import type { OwnerReference } from '../../kubernetes/objects.ts';
import { PERSISTENT_VOLUME_CLAIMS, PODS, STATEFUL_SETS } from '../../kubernetes/resources.ts';
import type { ControllerContext } from './controller.ts';
import { controllerReference, nameOf } from './kinds.ts';
import type { Pod, StatefulSet } from './kinds.ts';
import { find } from './pod-set.ts';
import type { Claim } from './storage-kinds.ts';
import { canonical } from './template-hash.ts';

export const claimName = (set: StatefulSet, template: Claim, ordinal: number): string =>
  `${template.metadata?.name ?? ''}-${nameOf(set).name}-${ordinal}`;

/** Makes the claims of an ordinal that are missing. A claim outlives its pod: the next pod of this name finds it. */
export async function ensureClaims(
  context: ControllerContext,
  set: StatefulSet,
  ordinal: number,
): Promise<void> {
  const { client, events } = context;
  const { namespace, name: setName } = nameOf(set);
  const whenDeleted = set.spec.persistentVolumeClaimRetentionPolicy?.whenDeleted;
  for (const template of set.spec.volumeClaimTemplates ?? []) {
    const name = claimName(set, template, ordinal);
    const existing = await find<Claim>(context, PERSISTENT_VOLUME_CLAIMS, { namespace, name });
    if (existing?.metadata?.deletionTimestamp) throw new Error(`pvc ${name} is being deleted`);
    if (existing) continue;
    const { annotations, labels } = template.metadata ?? {};
    try {
      await client.create<Claim>(PERSISTENT_VOLUME_CLAIMS, {
        apiVersion: 'v1',
        kind: 'PersistentVolumeClaim',
        metadata: {
          name,
          namespace,
          labels: { ...labels, ...set.spec.selector.matchLabels },
          annotations,
          ...(whenDeleted === 'Delete' && { ownerReferences: [controllerReference(set, STATEFUL_SETS)] }),
        },
        spec: template.spec,
      });
    } catch (error) {
      if (isAlreadyExists(error)) continue;
      const why = error instanceof Error ? error.message : String(error);
      await events(STATEFUL_SETS, set, {
        type: 'Warning',
        reason: 'FailedCreate',
        message: `create Claim ${name} for Pod ${setName}-${ordinal} in StatefulSet ${setName} failed error: ${why}`,
        component: 'statefulset-controller',
      });
      throw error;
    }
    await events(STATEFUL_SETS, set, {
      type: 'Normal',
      reason: 'SuccessfulCreate',
      message: `create Claim ${name} Pod ${setName}-${ordinal} in StatefulSet ${setName} success`,
      component: 'statefulset-controller',
    });
  }
}

/** The retention policy is kept as owners of the claims: the set for its deletion, a surplus pod for scaling down. */
export async function alignClaimOwners(
  context: ControllerContext,
  set: StatefulSet,
  pod: Pod,
  ordinal: number,
  { condemned }: { condemned: boolean },
): Promise<void> {
  const { whenDeleted, whenScaled } = set.spec.persistentVolumeClaimRetentionPolicy ?? {};
  const wanted: OwnerReference[] = [];
  if (condemned && whenScaled === 'Delete') wanted.push(controllerReference(pod, PODS));
  else if (whenDeleted === 'Delete') wanted.push(controllerReference(set, STATEFUL_SETS));
  for (const template of set.spec.volumeClaimTemplates ?? []) {
    const name = { namespace: nameOf(set).namespace, name: claimName(set, template, ordinal) };
    const claim = await find<Claim>(context, PERSISTENT_VOLUME_CLAIMS, name);
    if (!claim) continue;
    const owners = claim.metadata?.ownerReferences ?? [];
    const foreign = owners.filter(
      ({ uid, kind }) => uid !== set.metadata?.uid && uid !== pod.metadata?.uid && kind !== 'Pod',
    );
    const ownerReferences = [...foreign, ...wanted];
    if (canonical(ownerReferences) === canonical(owners)) continue;
    const body = { metadata: { ownerReferences, resourceVersion: claim.metadata?.resourceVersion } };
    await context.client.patch(PERSISTENT_VOLUME_CLAIMS, name, { type: 'merge', body });
  }
}
