import { existsSync, readdirSync } from 'node:fs';
import { rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { claimFolder } from '../claim-folder.ts';
import { endPod } from '../kubelet/end-pod.ts';

/** Below a sandbox's folder: objects and keys. */
export const STATE_FOLDER = 'state';

/**
 * Ends the containers that a killed sandbox of this folder may have left running.
 * @throws {Error} when a sandbox uses it.
 */
export async function endRemains(folder: string): Promise<void> {
  if (!existsSync(folder)) return;
  const claim = await claimFolder(folder);
  try {
    await endContainers(folder);
  } finally {
    await claim.release();
  }
}

/** Removes a cluster: its containers, objects, keys and volumes. The object store's content, where backups are, stays. */
export async function removeCluster(folder: string): Promise<void> {
  await endContainers(folder);
  await remove(folder, [STATE_FOLDER, 'pods', 'skeletons', 'volumes', 'images', 'kubeconfig']);
}

/**
 * Removes everything that a sandbox has in its folder, and the folder when nothing else is in it.
 * @throws {Error} when a sandbox uses it.
 */
export async function purgeFolder(folder: string): Promise<void> {
  const claim = await claimFolder(folder);
  try {
    await removeCluster(folder);
    await remove(folder, ['s3', 'sandbox.json', 'sandbox.log']);
    if (readdirSync(folder).length === 0) await rmdir(folder);
  } finally {
    await claim.release();
  }
}

async function endContainers(folder: string): Promise<void> {
  const pods = join(folder, 'pods');
  const found = existsSync(pods) ? readdirSync(pods) : [];
  await Promise.all(found.map((pod) => endPod(join(pods, pod))));
}

async function remove(folder: string, names: string[]): Promise<void> {
  for (const name of names) await rm(join(folder, name), { recursive: true, force: true, maxRetries: 3 });
}
