import { PODS } from '../../src/kubernetes/resources.ts';
import type { KubernetesObject } from '../../src/kubernetes/objects.ts';
import type { Pod } from '../../src/pods/pod.ts';
import type { FunctionWorld } from './function-world.ts';

export interface PodOptions {
  name: string;
  /** Names of the containers; `main` when absent. */
  containers?: string[];
  /** What they run; they sleep when absent. */
  command?: string[];
  /** Laid over the pod's spec. */
  podSpec?: Record<string, unknown>;
}

/** Creates a pod of the given name, for commands to be run in, and waits until all of its containers run. */
export async function createPod(
  { cluster, images, namespace, until }: FunctionWorld,
  { name, containers = ['main'], command = ['sleep', '3600'], podSpec = {} }: PodOptions,
): Promise<void> {
  await cluster.client.create<KubernetesObject & { spec: object }>(PODS, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace },
    spec: {
      terminationGracePeriodSeconds: 1,
      containers: containers.map((container) => ({ name: container, image: images.shell, command })),
      ...podSpec,
    },
  });
  await until(`pod ${name} with all containers running`, async () => {
    const { status } = await cluster.client.get<Pod>(PODS, { name, namespace });
    const running = status?.containerStatuses?.filter(({ state }) => state?.running) ?? [];
    return running.length === containers.length || `${running.length} of ${containers.length} run`;
  });
}
