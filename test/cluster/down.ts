import { rm } from 'node:fs/promises';
import { removeControlGroup } from './control-group.ts';
import type { ClusterFolders } from './folders.ts';
import { endNamespaces } from './namespaces.ts';

/**
 * Ends the cluster's processes and nobody else's; their mounts, network and rules go with their namespaces. With `keep` the objects, volumes
 * and pulled images stay for the next start, which finds them as a node does that lost its power.
 */
export async function takeDown(folders: ClusterFolders, { keep }: { keep: boolean }): Promise<void> {
  await endNamespaces(folders.process, keep ? 10_000 : 0);
  await removeControlGroup(folders.controlGroup, 10_000);
  if (keep) {
    await Promise.all([folders.progress, folders.facts].map((file) => rm(file, { force: true })));
  } else {
    await rm(folders.run, { recursive: true, force: true });
  }
}
