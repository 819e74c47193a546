import type { JsonObject, KubernetesObject, ObjectMeta } from '../../src/kubernetes/objects.ts';
import { PERSISTENT_VOLUME_CLAIMS } from '../../src/kubernetes/resources.ts';
import type { FunctionWorld } from './function-world.ts';

/** Creates a small claim of the cluster's default storage class. */
export async function createClaim(
  { cluster, namespace }: Pick<FunctionWorld, 'cluster' | 'namespace'>,
  name: string,
  metadata: Omit<ObjectMeta, 'name'> = {},
): Promise<void> {
  await cluster.client.create<KubernetesObject & { spec: JsonObject }>(PERSISTENT_VOLUME_CLAIMS, {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name, namespace, ...metadata },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Mi' } } },
  });
}
