import { mkdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { availableParallelism, arch, hostname, totalmem } from 'node:os';
import { join } from 'node:path';
import { isAlreadyExists } from '../../kubernetes/api-error.ts';
import type { KubernetesObject } from '../../kubernetes/objects.ts';
import { NODES, PODS } from '../../kubernetes/resources.ts';
import type { NodeAgent } from '../apiserver/node-agent.ts';
import { cacheResources } from '../network/resource-cache.ts';
import { endLeftoverProcesses } from './leftover-processes.ts';
import type { NodeContext } from './node-context.ts';
import { overlayWorks } from './overlay-works.ts';
import { type Pod, podIdentity } from './pod.ts';
import { PodWorker } from './pod-worker.ts';

/** The node of the sandbox: runs the pods that are bound to it, and serves their logs and execs. */
export interface Kubelet {
  agent: NodeAgent;
  /** Ends every container and removes what pods had on this machine. */
  stop(): Promise<void>;
}

/** Registers the node and starts to run pods. What a killed sandbox of the same folder left behind is ended first. */
export async function startKubelet(options: Omit<NodeContext, 'overlay'>): Promise<Kubelet> {
  const pods = join(options.folder, 'pods');
  mkdirSync(pods, { recursive: true });
  endLeftoverProcesses(pods);
  await rm(pods, { recursive: true, force: true, maxRetries: 3 });
  const node: NodeContext = { ...options, overlay: await overlayWorks(options) };
  await registerNode(node);
  const workers = new Map<string, PodWorker>();
  const closing = new Set<Promise<void>>();
  const stop = new AbortController();

  const onChange = (key: string, pod: Pod | undefined) => {
    const worker = workers.get(key);
    if (!pod) {
      workers.delete(key);
      if (worker) destroy(worker);
    } else if (worker) {
      if (pod.metadata?.deletionTimestamp) void worker.delete(graceOf(pod));
    } else if (!isFinished(pod) || pod.metadata?.deletionTimestamp) {
      const created = new PodWorker(pod, node);
      workers.set(key, created);
      if (pod.metadata?.deletionTimestamp) void created.delete(0);
      else created.start();
    }
  };
  const destroy = (worker: PodWorker) => {
    const { namespace, name } = worker.identity;
    const done = worker
      .destroy()
      .catch((error: unknown) => node.log(`removing pod ${namespace}/${name}: ${String(error)}`));
    closing.add(done);
    void done.finally(() => closing.delete(done));
  };

  const cache = cacheResources<Pod>({
    client: node.client,
    clock: node.clock,
    type: PODS,
    signal: stop.signal,
    onChange,
    fieldSelector: `spec.nodeName=${node.nodeName}`,
    log: (message) => node.log(message),
  });
  await cache.synced;
  return {
    agent: agentOf((uid) => [...workers.values()].find((worker) => worker.identity.uid === uid)),
    async stop() {
      stop.abort();
      await cache.ended;
      for (const worker of workers.values()) destroy(worker);
      workers.clear();
      await Promise.all(closing);
    },
  };
}

const graceOf = (pod: Pod) =>
  pod.metadata?.deletionGracePeriodSeconds ?? pod.spec.terminationGracePeriodSeconds ?? 30;
const isFinished = ({ status }: Pod) => status?.phase === 'Succeeded' || status?.phase === 'Failed';

function agentOf(find: (uid: string) => PodWorker | undefined): NodeAgent {
  const runnerOf = (pod: KubernetesObject, container: string) => {
    const { uid, name } = podIdentity(pod);
    const runner = find(uid)?.runner(container);
    if (runner) return runner;
    throw new Error(`container "${container}" in pod "${name}" is not on this node any more`);
  };
  return {
    async log(pod, container, { previous, ...options }) {
      const log = runnerOf(pod, container).log(previous);
      if (log) return log.read(options);
      const { name } = podIdentity(pod);
      const which = previous ? 'previous terminated container' : 'container';
      throw new Error(`${which} "${container}" in pod "${name}" not found`);
    },
    async exec(pod, container, command) {
      const process = runnerOf(pod, container).process;
      if (!process) throw new Error(`container not found ("${container}")`);
      return { exitCode: await process.exec(command) };
    },
  };
}

/** Also what the scheduler looks at: labels, capacity and readiness. */
async function registerNode(node: NodeContext): Promise<void> {
  const time = node.clock
    .now()
    .toISOString()
    .replace(/\.\d+Z$/, 'Z');
  const architecture = arch() === 'x64' ? 'amd64' : arch();
  const resources = {
    cpu: String(availableParallelism()),
    memory: `${Math.floor(totalmem() / 1024)}Ki`,
    'ephemeral-storage': '100Gi',
    pods: '1000',
  };
  const labels = {
    'kubernetes.io/hostname': node.nodeName,
    'kubernetes.io/os': 'linux',
    'kubernetes.io/arch': architecture,
  };
  const status = {
    capacity: resources,
    allocatable: resources,
    addresses: [
      { type: 'InternalIP', address: node.network.addresses.host },
      { type: 'Hostname', address: node.nodeName },
    ],
    nodeInfo: {
      operatingSystem: 'linux',
      architecture,
      osImage: `processes of ${hostname()}`,
      kubeletVersion: 'v1.34.0',
    },
    conditions: [
      {
        type: 'Ready',
        status: 'True',
        reason: 'KubeletReady',
        message: 'kubelet is posting ready status',
        lastHeartbeatTime: time,
        lastTransitionTime: time,
      },
    ],
  };
  const object = {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: node.nodeName, labels },
    spec: {},
    status,
  };
  try {
    await node.client.create<KubernetesObject>(NODES, object);
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
  }
  await node.client.patch(
    NODES,
    { name: node.nodeName },
    { type: 'merge', body: { status } },
    { subresource: 'status' },
  );
}
