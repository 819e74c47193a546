import type { KubernetesClient } from '../../src/kubernetes/client.ts';
import type { KubernetesObject } from '../../src/kubernetes/objects.ts';
import { PODS } from '../../src/kubernetes/resources.ts';

export interface SentRequests {
  client: KubernetesClient;
  pods: KubernetesObject[];
  execs: { namespace: string; pod: string; container: string; command: string[] }[];
}

/** Keeps the pods and commands that are sent through a client, as they are sent. */
export function keepRequests(client: KubernetesClient): SentRequests {
  const pods: KubernetesObject[] = [];
  const execs: SentRequests['execs'] = [];
  return {
    pods,
    execs,
    client: {
      ...client,
      create(type, object, options) {
        if (type.resource === PODS.resource && type.group === PODS.group) pods.push(structuredClone(object));
        return client.create(type, object, options);
      },
      exec(pod, options) {
        const { container = '', command } = options;
        execs.push({ namespace: pod.namespace ?? '', pod: pod.name, container, command });
        return client.exec(pod, options);
      },
    },
  };
}
