import type { KubernetesObject } from '../../src/kubernetes/objects.ts';
import { DEPLOYMENTS, STATEFUL_SETS } from '../../src/kubernetes/resources.ts';
import type { Pod } from '../../src/pods/pod.ts';
import type { FunctionWorld } from './function-world.ts';

export interface WorkloadOptions {
  kind?: 'Deployment' | 'StatefulSet';
  name: string;
  namespace?: string;
  replicas?: number;
  /** Names of the containers; `main` when absent. */
  containers?: string[];
  command?: string[];
  /** Laid over the spec of the pods. */
  podSpec?: Record<string, unknown>;
}

/** Creates a workload of pods labelled `app: NAME`, and waits until all of them are ready. */
export async function createWorkload(
  world: Pick<FunctionWorld, 'cluster' | 'images' | 'namespace' | 'pods' | 'until'>,
  {
    kind = 'Deployment',
    name,
    namespace = world.namespace,
    replicas = 1,
    containers = ['main'],
    command = ['sleep', '3600'],
    podSpec = {},
  }: WorkloadOptions,
): Promise<Pod[]> {
  await world.cluster.client.create<KubernetesObject & { spec: object }>(
    kind === 'Deployment' ? DEPLOYMENTS : STATEFUL_SETS,
    {
      apiVersion: 'apps/v1',
      kind,
      metadata: { name, namespace },
      spec: {
        replicas,
        ...(kind === 'StatefulSet' && { serviceName: name }),
        selector: { matchLabels: { app: name } },
        template: {
          metadata: { labels: { app: name } },
          spec: {
            terminationGracePeriodSeconds: 1,
            containers: containers.map((container) => ({
              name: container,
              image: world.images.shell,
              command,
            })),
            ...podSpec,
          },
        },
      },
    },
  );
  return world.until(`${replicas} ready pods of ${kind} ${name}`, async () => {
    const pods = await world.pods({ labelSelector: `app=${name}`, namespace });
    const ready = pods.filter(({ status }) =>
      status?.conditions?.some((condition) => condition.type === 'Ready' && condition.status === 'True'),
    );
    return ready.length === replicas ? ready : `${ready.length} of ${pods.length} pods are ready`;
  });
}
