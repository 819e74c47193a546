import { PERSISTENT_VOLUMES, PERSISTENT_VOLUME_CLAIMS } from '../../kubernetes/resources.ts';
import type { ControllerContext } from './controller.ts';
import { isBound, SELECTED_NODE } from './claim-annotations.ts';
import { nameOf } from './kinds.ts';
import type { NodeSelectorTerm, Pod } from './kinds.ts';
import { find } from './pod-set.ts';
import { STORAGE_CLASSES } from './resource-types.ts';
import type { Claim, StorageClass, Volume } from './storage-kinds.ts';

/** What a pod's claims mean for where it can be. */
export interface PodClaims {
  /** Why the pod cannot be anywhere now. */
  obstacle?: string;
  /** Claims that are bound only when their pod has a node. */
  waiting: { claim: Claim; selectedNode: string | undefined }[];
  /** Names of claims that only one pod may have. */
  exclusive: string[];
  /** Of each volume that is not everywhere: where it is. */
  nodeTerms: NodeSelectorTerm[][];
}

export async function readPodClaims(context: ControllerContext, pod: Pod): Promise<PodClaims> {
  const { namespace } = nameOf(pod);
  const claims: PodClaims = { waiting: [], exclusive: [], nodeTerms: [] };
  for (const { persistentVolumeClaim, ephemeral, name: volume } of pod.spec?.volumes ?? []) {
    const name = ephemeral ? `${nameOf(pod).name}-${volume}` : persistentVolumeClaim?.claimName;
    if (name === undefined) continue;
    const claim = await find<Claim>(context, PERSISTENT_VOLUME_CLAIMS, { namespace, name });
    if (!claim)
      return {
        ...claims,
        obstacle: ephemeral
          ? `waiting for ephemeral volume controller to create the persistentvolumeclaim "${name}"`
          : `persistentvolumeclaim "${name}" not found`,
      };
    if (claim.status?.phase === 'Lost') {
      const lost = `persistentvolumeclaim "${name}" bound to non-existent persistentvolume "${claim.spec.volumeName ?? ''}"`;
      return { ...claims, obstacle: lost };
    }
    if (claim.metadata?.deletionTimestamp) {
      return { ...claims, obstacle: `persistentvolumeclaim "${name}" is being deleted` };
    }
    if (claim.spec.accessModes.includes('ReadWriteOncePod')) claims.exclusive.push(name);
    if (isBound(claim)) {
      const bound = await find<Volume>(context, PERSISTENT_VOLUMES, { name: claim.spec.volumeName ?? '' });
      const terms = bound?.spec.nodeAffinity?.required?.nodeSelectorTerms;
      if (terms) claims.nodeTerms.push(terms);
    } else if (await waitsForConsumer(context, claim)) {
      claims.waiting.push({ claim, selectedNode: claim.metadata?.annotations?.[SELECTED_NODE] });
    } else return { ...claims, obstacle: 'pod has unbound immediate PersistentVolumeClaims' };
  }
  return claims;
}

/** A claim whose class binds it only when the node of its pod is known. */
export async function waitsForConsumer(context: ControllerContext, claim: Claim): Promise<boolean> {
  const name = claim.spec.storageClassName;
  if (!name || claim.spec.volumeName) return false;
  const storageClass = await find<StorageClass>(context, STORAGE_CLASSES, { name });
  return storageClass?.volumeBindingMode === 'WaitForFirstConsumer';
}

/** Tells the claims which node their volumes are for. Resolves to whether there is anything to wait for. */
export async function selectNode(
  { client }: ControllerContext,
  waiting: PodClaims['waiting'],
  node: string,
): Promise<boolean> {
  for (const { claim, selectedNode } of waiting) {
    if (selectedNode === node) continue;
    const body = {
      metadata: {
        annotations: { [SELECTED_NODE]: node },
        resourceVersion: claim.metadata?.resourceVersion,
      },
    };
    await client.patch(PERSISTENT_VOLUME_CLAIMS, nameOf(claim), { type: 'merge', body });
  }
  return waiting.length > 0;
}
