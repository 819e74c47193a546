import { unmountMemoryVolumes } from './memory-volumes.ts';
import { findRuns } from './run-folder.ts';

/** Ends what an earlier sandbox has left of a pod: its containers, and its volumes in memory. Its files stay. */
export async function endPod(folder: string): Promise<void> {
  await Promise.all(findRuns(folder).map((run) => run.end()));
  unmountMemoryVolumes(folder);
}
