import { compareQuantities, parseQuantity } from '../../kubernetes/quantity.ts';
import { selectorOf } from '../apiserver/label-selector.ts';
import { nameOf } from './kinds.ts';
import type { Claim, Volume } from './storage-kinds.ts';

/** Whether a volume is bound to this very claim, or kept for one of its name. */
export function isFor({ spec }: Volume, claim: Claim): boolean {
  const { claimRef } = spec;
  if (!claimRef) return false;
  const { namespace, name } = nameOf(claim);
  if (claimRef.name !== name || claimRef.namespace !== namespace) return false;
  return claimRef.uid === undefined || claimRef.uid === claim.metadata?.uid;
}

/** Why a volume is not what a claim asks for; nothing where it is. */
export function mismatch({ spec }: Volume, claim: Claim): string | undefined {
  const wanted = parseQuantity(claim.spec.resources.requests.storage);
  if (compareQuantities(parseQuantity(spec.capacity.storage), wanted) < 0) return 'requested PV is too small';
  if ((spec.storageClassName ?? '') !== (claim.spec.storageClassName ?? ''))
    return 'storageClassName does not match';
  if ((spec.volumeMode ?? 'Filesystem') !== (claim.spec.volumeMode ?? 'Filesystem'))
    return 'incompatible volumeMode';
  if (!claim.spec.accessModes.every((mode) => spec.accessModes.includes(mode)))
    return 'incompatible accessMode';
  return undefined;
}

/** The smallest free volume that a claim can have; one that is kept for it comes before all others. */
export function smallestFitting(volumes: Volume[], claim: Claim): Volume | undefined {
  const selects = claim.spec.selector === undefined ? () => true : selectorOf(claim.spec.selector);
  const capacity = ({ spec }: Volume) => parseQuantity(spec.capacity.storage);
  return volumes
    .filter(
      (volume) =>
        volume.spec.claimRef === undefined &&
        !volume.metadata?.deletionTimestamp &&
        volume.status?.phase !== 'Released' &&
        volume.status?.phase !== 'Failed' &&
        selects(volume.metadata?.labels ?? {}) &&
        mismatch(volume, claim) === undefined,
    )
    .toSorted((a, b) => compareQuantities(capacity(a), capacity(b)))[0];
}
