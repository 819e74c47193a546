import { chmodSync, mkdirSync } from 'node:fs';
import type { KubernetesClient } from '../../kubernetes/client.ts';
import type { KubernetesObject } from '../../kubernetes/objects.ts';
import { PERSISTENT_VOLUME_CLAIMS, PERSISTENT_VOLUMES } from '../../kubernetes/resources.ts';
import { CannotConfigure } from './container-runtime.ts';

/**
 * Where the files of a claim's volume are; made when they are missing.
 * @throws {CannotConfigure} when it has no volume, or none that is a folder of this machine. {ApiError} when there is no such claim.
 */
export async function claimedFolder(
  client: KubernetesClient,
  { name, namespace }: { name: string; namespace: string },
  signal?: AbortSignal,
): Promise<string> {
  const claim = await client.get<Claim>(
    PERSISTENT_VOLUME_CLAIMS,
    { name, namespace },
    { ...(signal && { signal }) },
  );
  const volumeName = claim.spec?.volumeName;
  if (!volumeName || claim.status?.phase !== 'Bound') {
    throw new CannotConfigure(`persistentvolumeclaim "${name}" is not bound to a volume yet`);
  }
  const volume = await client.get<PersistentVolume>(
    PERSISTENT_VOLUMES,
    { name: volumeName },
    { ...(signal && { signal }) },
  );
  const { hostPath, local, csi } = volume.spec ?? {};
  const path = hostPath?.path ?? local?.path ?? csi?.volumeAttributes?.path;
  if (path === undefined)
    throw new CannotConfigure(`persistentvolume "${volumeName}" is no folder of this machine`);
  if (mkdirSync(path, { recursive: true }) !== undefined) chmodSync(path, 0o777); // pods choose their users
  return path;
}

interface Claim extends KubernetesObject {
  spec?: { volumeName?: string; volumeMode?: string };
  status?: { phase?: string };
}
interface PersistentVolume extends KubernetesObject {
  spec?: {
    hostPath?: { path: string };
    local?: { path: string };
    /** Of the sandbox's own driver: where the files are. */
    csi?: { volumeAttributes?: { path?: string } };
  };
}
