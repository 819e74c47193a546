import { availableParallelism, arch, hostname, totalmem } from 'node:os';
import { isAlreadyExists } from '../../kubernetes/api-error.ts';
import type { KubernetesObject } from '../../kubernetes/objects.ts';
import { NODES, PODS } from '../../kubernetes/resources.ts';
import type { NodeAgent } from '../apiserver/node-agent.ts';
import { cacheResources } from '../network/resource-cache.ts';
import { createNodeAgent } from './kubelet-agent.ts';
import type { NodeContext } from './node-context.ts';
import { type Pod, podIdentity } from './pod.ts';
import { PodWorker } from './pod-worker.ts';
import { rfc3339 } from './rfc3339.ts';

/** A node of the sandbox: runs the pods that are bound to it, and serves their logs, execs and ports. */
export interface Kubelet {
  agent: NodeAgent;
  /** Ends a container's processes at once, as a fault would; its restart policy then counts. False: it does not run. */
  kill(namespace: string, pod: string, container: string): boolean;
  /** Ends a pod as the node does when it is short of something. False: there is no such pod. */
  evict(namespace: string, pod: string, message: string): Promise<boolean>;
  /** Ends every container. What the pods had on this machine is removed, unless a later sandbox is to go on with them. */
  stop(options?: { keep?: boolean }): Promise<void>;
}

export interface KubeletOptions extends NodeContext {
  /** Besides those that every node has. */
  labels?: Record<string, string>;
  taints?: { key: string; value?: string; effect: string }[];
}

/** Registers the node and starts to run pods; those that an earlier sandbox of the folder left are gone on with. */
export async function startKubelet(options: KubeletOptions): Promise<Kubelet> {
  const node: NodeContext = options;
  await registerNode(options);
  const workers = new Map<string, PodWorker>();
  const closing = new Set<Promise<void>>();
  const stop = new AbortController();

  const onChange = (key: string, pod: Pod | undefined) => {
    const worker = workers.get(key);
    if (!pod) {
      workers.delete(key);
      if (worker) leave(worker, (ending) => ending.destroy());
    } else if (worker) {
      worker.update(pod);
      if (pod.metadata?.deletionTimestamp) void worker.delete(graceOf(pod));
    } else {
      const created = new PodWorker(pod, node);
      workers.set(key, created);
      if (pod.metadata?.deletionTimestamp) void created.delete(graceOf(pod));
      else if (!isFinished(pod)) created.start();
    }
  };
  const leave = (worker: PodWorker, how: (worker: PodWorker) => Promise<void>) => {
    const { namespace, name } = worker.identity;
    const done = how(worker).catch((error: unknown) =>
      node.log(`removing pod ${namespace}/${name}: ${String(error)}`),
    );
    closing.add(done);
    void done.finally(() => closing.delete(done));
  };
  const find = (namespace: string, pod: string) =>
    [...workers.values()].find(({ identity }) => identity.namespace === namespace && identity.name === pod);

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
    agent: createNodeAgent((pod) => {
      const { uid } = podIdentity(pod);
      return [...workers.values()].find((worker) => worker.identity.uid === uid);
    }, node.runtime.network),
    kill(namespace, pod, container) {
      const process = find(namespace, pod)?.runner(container)?.process;
      process?.kill('SIGKILL');
      return process !== undefined;
    },
    async evict(namespace, pod, message) {
      const worker = find(namespace, pod);
      await worker?.evict('Evicted', message, 0);
      return worker !== undefined;
    },
    async stop({ keep = false } = {}) {
      stop.abort();
      await cache.ended;
      for (const worker of workers.values())
        leave(worker, (ending) => (keep ? ending.shutDown() : ending.destroy()));
      workers.clear();
      await Promise.all(closing);
    },
  };
}

const graceOf = (pod: Pod) =>
  pod.metadata?.deletionGracePeriodSeconds ?? pod.spec.terminationGracePeriodSeconds ?? 30;
const isFinished = ({ status }: Pod) => status?.phase === 'Succeeded' || status?.phase === 'Failed';

/** Also what the scheduler looks at: labels, capacity and readiness. */
async function registerNode(node: KubeletOptions): Promise<void> {
  const time = rfc3339(node.clock.now());
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
    ...node.labels,
  };
  const status = {
    capacity: resources,
    allocatable: resources,
    addresses: [
      { type: 'InternalIP', address: node.addresses.host },
      { type: 'Hostname', address: node.nodeName },
    ],
    nodeInfo: {
      operatingSystem: 'linux',
      architecture,
      osImage: `processes of ${hostname()}`,
      kubeletVersion: 'v1.34.1',
      containerRuntimeVersion: 'containerd://2.0.0',
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
    spec: node.taints ? { taints: node.taints } : {},
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
