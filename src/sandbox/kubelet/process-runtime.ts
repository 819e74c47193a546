import { mkdirSync, readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { KubernetesClient } from '../../kubernetes/client.ts';
import type { Clock } from '../../kubernetes/clock.ts';
import type { PodNetwork } from '../network/pod-network.ts';
import type { ContainerRuntime } from './container-runtime.ts';
import { endPod } from './end-pod.ts';
import type { HostPrograms } from './host-programs.ts';
import { identifyProcess, isRunning } from '../process-identity.ts';
import { machineNetwork } from './machine-network.ts';
import { openMemoryGroups, type MemoryGroups } from './memory-groups.ts';
import { readControlGroupFiles } from './memory-hierarchy.ts';
import type { Account } from './namespaces.ts';
import { overlayWorks } from './overlay-works.ts';
import { ProcessPod } from './process-pod.ts';
import { runBesideContainer } from './run-beside-container.ts';
import { checkCanFill, freeScriptOf, writeFullVolume } from './full-volume.ts';
import { findRuns } from './run-folder.ts';

/** What containers as processes are made with. */
export interface ProcessNode {
  client: KubernetesClient;
  clock: Clock;
  network: PodNetwork;
  programs: HostPrograms;
  account: Account;
  /** Whether containers can have a layer of their own over the machine's files. */
  overlay: boolean;
  /** Of the sandbox; state of pods goes below it. */
  folder: string;
  /** Files of the machine that every container must see where they are. */
  visible: string[];
  /** How pods reach the API server. */
  apiServer: { host: string; port: number };
  /** PATH of containers, after the image's folders. */
  path: string;
  /** Whether containers run on when the sandbox is killed, for the next one of the folder to take over. */
  outlives: boolean;
  /** Folders of volumes in which no space is left. */
  fullVolumes: ReadonlySet<string>;
  /** Absent where this machine does not let the sandbox limit memory: then limits are not enforced. */
  memory: MemoryGroups | undefined;
  /** Bytes after which a container's log counts as rotated; absent: never. */
  rotateLogsAt?: number | undefined;
  log(message: string): void;
}

export interface ProcessRuntime extends ContainerRuntime {
  /** Whether containers' limits of memory are enforced. */
  limitsMemory: boolean;
  /** Ends and removes pods of an earlier sandbox that are not among these. */
  removeOthers(uids: ReadonlySet<string>): Promise<void>;
  /** Leaves no space in a volume that is a folder of this machine, or gives it back: for what runs, and what is started from now on. */
  setFull(volume: string, isFull: boolean): Promise<void>;
  /** Its pods have ended. */
  close(): void;
}

/** Runs containers as processes of this machine. */
export async function createProcessRuntime(
  options: Omit<ProcessNode, 'overlay' | 'memory' | 'fullVolumes'>,
): Promise<ProcessRuntime> {
  const pods = join(options.folder, 'pods');
  mkdirSync(pods, { recursive: true });
  const [overlay, memory] = await Promise.all([overlayWorks(options), openOwnMemoryGroups(options)]);
  const fullVolumes = new Set<string>();
  const node: ProcessNode = { ...options, overlay, memory, fullVolumes };
  return {
    network: machineNetwork,
    limitsMemory: memory !== undefined,
    openPod: (setup) => new ProcessPod(setup, node),
    async removeOthers(uids) {
      const others = readdirSync(pods).filter((uid) => !uids.has(uid));
      for (const uid of others) {
        await endPod(join(pods, uid));
        await rm(join(pods, uid), { recursive: true, force: true, maxRetries: 3 });
      }
      // How its containers ended while no sandbox looked after them is still to be read there.
      const groups = [...uids].flatMap((uid) =>
        findRuns(join(pods, uid)).map((run) => run.record()?.memoryGroup),
      );
      memory?.removeAbandoned(new Set(groups.filter((group) => group !== undefined)));
    },
    async setFull(volume, isFull) {
      if (isFull) checkCanFill(volume, overlay);
      if (isFull === fullVolumes.has(volume)) return;
      if (isFull) fullVolumes.add(volume);
      else fullVolumes.delete(volume);
      const runs = readdirSync(pods).flatMap((uid) => findRuns(join(pods, uid)));
      for (const { folder, identity } of runs) {
        if (!identity || !isRunning(identity)) continue;
        const script = isFull ? writeFullVolume(folder, volume)?.fill : freeScriptOf(folder, volume);
        if (script === undefined) continue;
        await runBesideContainer(node, { pid: identity.pid, folder }, script).catch((error: unknown) => {
          if (isRunning(identity)) throw error; // one that has ended meanwhile needs nothing
        });
      }
    },
    close: () => memory?.close(),
  };
}

async function openOwnMemoryGroups({
  programs,
}: Pick<ProcessNode, 'programs'>): Promise<MemoryGroups | undefined> {
  const owner = identifyProcess(process.pid);
  return owner && openMemoryGroups(readControlGroupFiles(), owner, programs.sh);
}
