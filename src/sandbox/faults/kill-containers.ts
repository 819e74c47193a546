import type { KubernetesClient } from '../../kubernetes/client.ts';
import type { KubernetesObject } from '../../kubernetes/objects.ts';
import { PODS } from '../../kubernetes/resources.ts';

interface Pod extends KubernetesObject {
  spec: { containers: { name: string }[] };
}

/** Ends the processes of a pod's containers, or of one of them, with SIGKILL. @throws {Error} where none of them runs */
export async function killContainers(
  kubelets: ReadonlyMap<string, { kill(namespace: string, pod: string, container: string): boolean }>,
  client: KubernetesClient,
  pod: { namespace: string; name: string; container?: string },
): Promise<void> {
  const { namespace, name, container } = pod;
  const { spec } = await client.get<Pod>(PODS, { namespace, name });
  const names = container === undefined ? spec.containers.map((one) => one.name) : [container];
  const killed = [...kubelets.values()].flatMap((kubelet) =>
    names.filter((one) => kubelet.kill(namespace, name, one)),
  );
  if (killed.length > 0) return;
  throw new Error(
    `no process of ${names.join(', ')} runs in pod ${namespace}/${name}, so none could be killed`,
  );
}
