import type { KubernetesClient } from '../../src/kubernetes/client.ts';
import type { KubernetesObject, OwnerReference } from '../../src/kubernetes/objects.ts';
import { DEPLOYMENTS, PODS, REPLICA_SETS } from '../../src/kubernetes/resources.ts';
import type { Pod } from '../../src/pods/pod.ts';
import type { WorkloadObject } from '../../src/pods/workload.ts';
import type { EventQueue } from './event-queue.ts';
import type { StoredHistory } from './stored-history.ts';

export interface DeploymentOptions {
  history: Pick<StoredHistory, 'objects'>;
  queue: EventQueue;
  client: KubernetesClient;
  /** Whatever is done from here on is the controller's. */
  acting(): void;
  failed(error: unknown): void;
}

type Deployment = WorkloadObject & { spec: { template: { metadata: object; spec: object } } };

/** Milliseconds from a change to what the controller does about it. */
const REACTION = 150;
const OWN = new Set(['deployments.apps', 'replicasets.apps', 'pods']);
const REVISION = 'deployment.kubernetes.io/revision';

/**
 * The controller of Deployments: it keeps as many pods as are asked for, of a ReplicaSet that it makes once, and says in the status how many
 * are there. Templates do not change.
 * @returns to be called with the storage of each change
 */
export function createSimulatedDeployment(options: DeploymentOptions): (storage: string) => void {
  const { history, queue, client } = options;
  let isDue = false;
  let made = 0;

  const reconcile = async (deployment: Deployment) => {
    const { metadata = {}, spec, status } = deployment;
    const { name = '', namespace = '', generation = 1 } = metadata;
    const [set] = ownedBy(deployment, history.objects('replicasets.apps'));
    if (set === undefined) return begin(deployment);
    const pods = ownedBy(set, history.objects('pods') as Pod[]).filter(
      (pod) => pod.metadata.deletionTimestamp === undefined,
    );
    const wanted = spec.replicas ?? 1;
    for (const pod of pods.slice(wanted))
      await client.delete(PODS, { name: pod.metadata.name ?? '', namespace });
    for (let missing = wanted - pods.length; missing > 0; missing -= 1) {
      made += 1;
      await client.create<KubernetesObject & { spec: object }>(PODS, {
        apiVersion: 'v1',
        kind: 'Pod',
        ...spec.template,
        metadata: {
          ...spec.template.metadata,
          name: `${name}-${made}`,
          namespace,
          ownerReferences: [reference('ReplicaSet', set)],
        },
      });
    }
    const running = pods.slice(0, wanted).filter((pod) => pod.status?.phase === 'Running').length;
    const now = {
      observedGeneration: generation,
      replicas: wanted,
      updatedReplicas: wanted,
      availableReplicas: running,
      readyReplicas: running,
    };
    const known: Record<string, number | undefined> = { ...status };
    if (Object.entries(now).every(([field, count]) => known[field] === count)) return;
    const body = { status: now };
    await client.patch(DEPLOYMENTS, { name, namespace }, { type: 'merge', body }, { subresource: 'status' });
  };

  const begin = async (deployment: Deployment) => {
    const { metadata: { name = '', namespace = '' } = {}, spec } = deployment;
    const annotations = { [REVISION]: '1' };
    await client.patch(
      DEPLOYMENTS,
      { name, namespace },
      { type: 'merge', body: { metadata: { annotations } } },
    );
    await client.create<KubernetesObject & { spec: object }>(REPLICA_SETS, {
      apiVersion: 'apps/v1',
      kind: 'ReplicaSet',
      metadata: {
        ...spec.template.metadata,
        name: `${name}-1`,
        namespace,
        annotations,
        ownerReferences: [reference('Deployment', deployment)],
      },
      spec,
    });
  };

  return (storage) => {
    if (isDue || !OWN.has(storage)) return;
    if (storage !== 'deployments.apps' && history.objects('deployments.apps').length === 0) return;
    isDue = true;
    queue.after(REACTION, () => {
      isDue = false;
      options.acting();
      const all = history.objects('deployments.apps') as Deployment[];
      Promise.all(all.map(reconcile)).catch(options.failed);
    });
  };
}

function ownedBy<T extends KubernetesObject>({ metadata }: KubernetesObject, objects: T[]): T[] {
  return objects.filter((object) =>
    object.metadata?.ownerReferences?.some(({ uid }) => uid === metadata?.uid),
  );
}

function reference(kind: string, { metadata }: KubernetesObject): OwnerReference {
  return {
    apiVersion: 'apps/v1',
    kind,
    name: metadata?.name ?? '',
    uid: metadata?.uid ?? '',
    controller: true,
  };
}
