import { mkdirSync, readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { KubernetesClient } from '../../kubernetes/client.ts';
import type { Clock } from '../../kubernetes/clock.ts';
import type { PodNetwork } from '../network/pod-network.ts';
import type { ContainerRuntime } from './container-runtime.ts';
import type { HostPrograms } from './host-programs.ts';
import { machineNetwork } from './machine-network.ts';
import type { Account } from './namespaces.ts';
import { overlayWorks } from './overlay-works.ts';
import { ProcessPod } from './process-pod.ts';
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
  /** Bytes after which a container's log counts as rotated; absent: never. */
  rotateLogsAt?: number | undefined;
  log(message: string): void;
}

export interface ProcessRuntime extends ContainerRuntime {
  /** Ends and removes pods of an earlier sandbox that are not among these. */
  removeOthers(uids: ReadonlySet<string>): Promise<void>;
}

/** Runs containers as processes of this machine. */
export async function createProcessRuntime(options: Omit<ProcessNode, 'overlay'>): Promise<ProcessRuntime> {
  const pods = join(options.folder, 'pods');
  mkdirSync(pods, { recursive: true });
  const node: ProcessNode = { ...options, overlay: await overlayWorks(options) };
  return {
    network: machineNetwork,
    openPod: (setup) => new ProcessPod(setup, node),
    async removeOthers(uids) {
      const others = readdirSync(pods).filter((uid) => !uids.has(uid));
      for (const uid of others) {
        for (const run of findRuns(join(pods, uid))) run.kill();
        await rm(join(pods, uid), { recursive: true, force: true, maxRetries: 3 });
      }
    },
  };
}
