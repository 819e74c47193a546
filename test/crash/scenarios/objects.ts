import type { KubernetesClient } from '../../../src/kubernetes/client.ts';
import type { KubernetesObject, ResourceType } from '../../../src/kubernetes/objects.ts';

/** Of the application's namespace. */
export function object(kind: string, name: string, rest: object): KubernetesObject {
  return { apiVersion: 'v1', kind, metadata: { name, namespace: 'app' }, ...rest };
}

/** What a person does with `kubectl edit`: until it has worked. */
export async function update(
  client: KubernetesClient,
  type: ResourceType,
  name: string,
  change: (found: KubernetesObject) => KubernetesObject,
  namespace = 'app',
): Promise<void> {
  const found = await client.get<KubernetesObject>(type, { name, namespace });
  await client.replace(type, change(found));
}
