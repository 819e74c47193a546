import { CANCEL_ANNOTATION } from '../../../src/api/kanister/cancel.ts';
import { ACTION_SETS } from '../../../src/api/kanister/types.ts';
import type { KubernetesClient } from '../../../src/kubernetes/client.ts';
import type { KubernetesObject, ResourceType } from '../../../src/kubernetes/objects.ts';
import { PODS } from '../../../src/kubernetes/resources.ts';
import type { Happening } from '../scenario.ts';

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

/** Somebody cancels the run. */
export const cancel: Happening['act'] = ({ client }) =>
  update(
    client,
    ACTION_SETS,
    'as-0',
    (found) => {
      const annotations = { ...found.metadata?.annotations, [CANCEL_ANNOTATION]: 'a test' };
      return { ...found, metadata: { ...found.metadata, annotations } };
    },
    'kanister',
  );

/** A pod of the application, whose containers `db` and `proxy` run until they are told to end. */
export function member(name: string): { type: ResourceType; object: KubernetesObject } {
  const containers = ['db', 'proxy'].map((container) => ({
    name: container,
    image: container,
    command: ['serve'],
  }));
  return { type: PODS, object: object('Pod', name, { spec: { containers } }) };
}
