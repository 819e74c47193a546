import { mkdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createLoop } from './refresh-volumes.ts';
import type { SandboxImage } from '../images/image-table.ts';
import { CannotConfigure } from './container-runtime.ts';
import type { PodSetup, RecoveredContainer, RuntimeContainer, RuntimePod } from './container-runtime.ts';
import { ContainerLog } from './container-log.ts';
import { createHostNamesFile, type HostNamesFile } from './host-names-file.ts';
import { watchEmptyDirs } from './empty-dir-usage.ts';
import { type MemoryVolumes, mountMemoryVolumes, unmountMemoryVolumes } from './memory-volumes.ts';
import { type Container, type Pod, podIdentity } from './pod.ts';
import { type ContainerParts, prepareContainer } from './prepare-container.ts';
import { adoptContainer, startContainer } from './process-container.ts';
import type { ProcessNode } from './process-runtime.ts';
import { rfc3339 } from './rfc3339.ts';
import type { Mount } from './root-filesystem.ts';
import { findRuns } from './run-folder.ts';
import { serviceAccountTokens } from './service-account-tokens.ts';
import { storedDataOf } from './stored-data.ts';
import { prepareVolumes, refreshVolumes, type VolumeContext } from './volumes.ts';

/** A pod whose containers are processes of this machine. */
export class ProcessPod implements RuntimePod {
  readonly #node: ProcessNode;
  readonly #setup: PodSetup;
  readonly #folder: string;
  readonly #logs = new Set<ContainerLog>();
  #pod: Pod;
  #volumes = new Map<string, string>();
  #commonMounts: Mount[] = [];
  #hosts: HostNamesFile | undefined;
  #memoryVolumes: MemoryVolumes | undefined;
  #refreshing: Promise<void> | undefined;
  #watching: Promise<void> | undefined;

  constructor(setup: PodSetup, node: ProcessNode) {
    this.#setup = setup;
    this.#pod = setup.pod;
    this.#node = node;
    this.#folder = join(node.folder, 'pods', podIdentity(setup.pod).uid);
  }

  update(pod: Pod): void {
    this.#pod = pod;
  }

  async prepare(): Promise<void> {
    const { network, clock } = this.#node;
    const { pod, address, signal } = this.#setup;
    const { namespace } = podIdentity(pod);
    mkdirSync(this.#folder, { recursive: true });
    const token = serviceAccountTokens(pod, this.#node, signal);
    const context = (): VolumeContext => ({
      pod: this.#pod,
      client: this.#node.client,
      stored: storedDataOf(this.#node.client, namespace, signal),
      folder: this.#folder,
      address,
      signal,
      nodeAddress: network.addresses.host,
      mayChown: this.#node.account.uid === 0,
      token,
    });
    this.#volumes = await prepareVolumes(context());
    this.#memoryVolumes = await mountMemoryVolumes(pod, (name) => this.#volumes.get(name) ?? '', {
      ...this.#node,
      folder: this.#folder,
      group: this.#node.account.uid === 0 ? pod.spec.securityContext?.fsGroup : undefined,
    });
    this.#watching ??= watchEmptyDirs(pod, (name) => this.#volumes.get(name), { clock, signal }).then(
      (message) => void (message !== undefined && this.#setup.evict(message)),
      (error: unknown) =>
        this.#node.log(`looking at emptyDirs of ${podIdentity(pod).name}: ${String(error)}`),
    );
    this.#hosts ??= createHostNamesFile(join(this.#folder, 'hosts'), network, {
      pod: { namespace, hostname: this.#hostname, subdomain: pod.spec.subdomain, address },
      aliases: pod.spec.hostAliases ?? [],
    });
    this.#commonMounts = [{ source: this.#hosts.file, target: '/etc/hosts', readOnly: false }];
    this.#refreshing ??= createLoop(clock, signal, async () => {
      await refreshVolumes(context()).catch((error: unknown) => {
        // What has gone since stays as it was, as a kubelet leaves it.
        if (!signal.aborted && !(error instanceof CannotConfigure)) this.#node.log(String(error));
      });
    });
  }

  async create(container: Container, image: SandboxImage, attempt: number): Promise<RuntimeContainer> {
    const parts: ContainerParts = {
      node: this.#node,
      pod: this.#pod,
      container,
      folder: this.#folder,
      address: this.#setup.address,
      hostname: this.#hostname,
      volumes: this.#volumes,
      memoryVolumes: this.#memoryVolumes,
      commonMounts: this.#commonMounts,
      stored: storedDataOf(this.#node.client, podIdentity(this.#pod).namespace, this.#setup.signal),
    };
    const prepared = await prepareContainer(parts, image, attempt);
    const log = this.#log(prepared.folder);
    const skipped = prepared.skippedVariables;
    return {
      log,
      warnings:
        skipped.length === 0
          ? []
          : [
              {
                reason: 'InvalidEnvironmentVariableNames',
                message: `Keys [${skipped.join(', ')}] were skipped since they are considered invalid environment variable names.`,
              },
            ],
      start: () => startContainer(prepared, container, log),
    };
  }

  recover(container: Container): RecoveredContainer | undefined {
    const runs = findRuns(this.#folder, container.name).filter(({ identity }) => identity !== undefined);
    const [previous, last] = [runs.at(-2), runs.at(-1)];
    if (!last) return undefined;
    const log = this.#log(last.folder);
    const previousLog = previous && this.#log(previous.folder);
    previousLog?.finish();
    return {
      attempt: last.attempt,
      startedAt: rfc3339(last.startedAt ?? this.#node.clock.now()),
      log,
      previousLog,
      ...adoptContainer(last, container, log, this.#node),
    };
  }

  async close(): Promise<void> {
    this.#hosts?.close();
    for (const log of this.#logs) log.finish();
    await this.#refreshing;
    await this.#watching;
    unmountMemoryVolumes(this.#folder);
  }

  async remove(): Promise<void> {
    await this.close();
    await rm(this.#folder, { recursive: true, force: true, maxRetries: 3 });
  }

  #log(folder: string): ContainerLog {
    const { clock, outlives, rotateLogsAt } = this.#node;
    const index = outlives ? join(folder, 'log.index') : undefined;
    const log = new ContainerLog(join(folder, 'log'), clock, { index, rotateAt: rotateLogsAt });
    this.#logs.add(log);
    return log;
  }

  get #hostname(): string {
    const { pod } = this.#setup;
    return pod.spec.hostname ?? podIdentity(pod).name.slice(0, 63);
  }
}
