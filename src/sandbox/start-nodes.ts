import { dirname } from 'node:path';
import { existsSync } from 'node:fs';
import type { KubernetesClient } from '../kubernetes/client.ts';
import type { Clock } from '../kubernetes/clock.ts';
import type { NodeAgent } from './apiserver/node-agent.ts';
import type { ImageTable } from './images/image-table.ts';
import { claimedFolder } from './kubelet/claimed-folder.ts';
import { findHostPrograms } from './kubelet/host-programs.ts';
import { type Kubelet, startKubelet } from './kubelet/kubelet.ts';
import { currentAccount } from './kubelet/namespaces.ts';
import { type BackOff, DEFAULT_BACK_OFF } from './kubelet/node-context.ts';
import { podIdentity, type Pod } from './kubelet/pod.ts';
import { createProcessRuntime } from './kubelet/process-runtime.ts';
import { PODS } from '../kubernetes/resources.ts';
import type { AddressRange } from './network/addresses.ts';
import { startPodNetwork } from './network/pod-network.ts';
import { createSimulatedRuntime, type SimulatedContainer } from './simulated-kubelet/simulated-runtime.ts';

/** A node of the sandbox, by the name that pods are bound to. */
export interface SandboxNode {
  name: string;
  /** Besides those that every node has. */
  labels?: Record<string, string>;
  taints?: { key: string; value?: string; effect: string }[];
}

export interface NodesOptions {
  nodes: SandboxNode[];
  client: KubernetesClient;
  clock: Clock;
  addresses: AddressRange;
  images: ImageTable;
  log(message: string): void;
  backOff?: Partial<BackOff> | undefined;
  /** Scripts in place of processes. */
  simulated?: SimulatedContainer[] | undefined;
  /** What processes are made with; not needed for simulated ones. */
  processes: ProcessesOptions;
}

export interface ProcessesOptions {
  folder: string;
  /** Files of the machine that every container must see where they are. */
  visible: string[];
  apiServer: { host: string; port: number };
  /** PATH of containers. */
  path: string;
  /** PATH in which the programs that make containers are looked for. */
  hostPath: string;
  /** Whether containers run on when the sandbox is killed, for the next one of the folder to take over. */
  outlives: boolean;
  /** Bytes after which a container's log counts as rotated. */
  rotateLogsAt?: number | undefined;
}

/** All nodes of a sandbox, which one process serves. */
export interface Nodes {
  agent: NodeAgent;
  kubelets: ReadonlyMap<string, Kubelet>;
  /** Whether containers' limits of memory are enforced. */
  limitsMemory: boolean;
  /** Leaves no space in a claim's volume, and resolves with how to give it back; absent where containers are simulated. */
  fillVolume?: ((claim: { namespace: string; name: string }) => Promise<() => Promise<void>>) | undefined;
  stop(options?: { keep?: boolean }): Promise<void>;
}

/** Starts the nodes; what an earlier sandbox of the folder left running is taken over, or ended where its pod is gone. */
export async function startNodes(options: NodesOptions): Promise<Nodes> {
  const { client, clock, addresses, images, log, nodes } = options;
  const ends: (() => Promise<void>)[] = [];
  const processes = options.simulated ? undefined : await startProcesses(options, (end) => ends.push(end));
  const runtime = processes ?? createSimulatedRuntime({ clock, containers: options.simulated ?? [] });
  const backOff = { ...DEFAULT_BACK_OFF, ...options.backOff };
  const common = { client, clock, addresses, images, log, runtime, backOff };
  const kubelets = new Map<string, Kubelet>();
  for (const { name, labels, taints } of nodes) {
    const own = { nodeName: name, ...(labels && { labels }), ...(taints && { taints }) };
    kubelets.set(name, await startKubelet({ ...common, ...own }));
  }
  return {
    kubelets,
    limitsMemory: processes?.limitsMemory ?? false,
    ...(processes && {
      async fillVolume(claim) {
        const folder = await claimedFolder(client, claim);
        await processes.setFull(folder, true);
        return () => processes.setFull(folder, false);
      },
    }),
    agent: agentOfAll(kubelets),
    async stop(how) {
      await Promise.all([...kubelets.values()].map((kubelet) => kubelet.stop(how)));
      for (const end of ends) await end();
    },
  };
}

async function startProcesses(options: NodesOptions, onStop: (end: () => Promise<void>) => void) {
  const { client, clock, addresses, log } = options;
  const { folder, visible, apiServer, path, hostPath, outlives, rotateLogsAt } = options.processes;
  const network = await startPodNetwork({ client, clock, addresses, log });
  onStop(() => network.close());
  const runtime = await createProcessRuntime({
    client,
    clock,
    network,
    log,
    folder,
    apiServer,
    path,
    outlives,
    rotateLogsAt,
    visible: [...visible, dirname(process.execPath)].filter((file) => existsSync(file)),
    programs: findHostPrograms(hostPath),
    account: currentAccount(),
  });
  onStop(async () => runtime.close());
  const pods = await client.list<Pod>(PODS, {});
  await runtime.removeOthers(new Set(pods.items.map((pod) => podIdentity(pod).uid)));
  return runtime;
}

/** Asks the kubelet of the node that a pod is bound to. */
function agentOfAll(kubelets: ReadonlyMap<string, Kubelet>): NodeAgent {
  const of = (pod: object): NodeAgent => {
    const { nodeName = '' } = 'spec' in pod ? (pod as Pod).spec : {};
    const kubelet = kubelets.get(nodeName);
    if (kubelet) return kubelet.agent;
    throw new Error(`node "${nodeName}" is not one of this sandbox`);
  };
  return {
    log: async (pod, container, asked) => of(pod).log(pod, container, asked),
    exec: async (pod, container, command) => of(pod).exec(pod, container, command),
    attach: async (pod, container, streams) => of(pod).attach(pod, container, streams),
    connect: async (pod, port, signal) => of(pod).connect(pod, port, signal),
  };
}
