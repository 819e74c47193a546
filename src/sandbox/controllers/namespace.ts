import { isAlreadyExists, isNotFound } from '../../kubernetes/api-error.ts';
import type { KubernetesClient } from '../../kubernetes/client.ts';
import type { KubernetesObject, ResourceType } from '../../kubernetes/objects.ts';
import { CONFIG_MAPS, NAMESPACES, SERVICE_ACCOUNTS } from '../../kubernetes/resources.ts';
import { keyOf } from './controller.ts';
import type { Controller } from './controller.ts';
import { listResourceTypes } from './list-resource-types.ts';
import { deleteThis, find } from './pod-set.ts';

const POLL = 250;

/** Gives a namespace what every namespace has, and empties one that is to go. */
export function namespaceController(options: { certificateAuthority: string }): Controller {
  return {
    name: 'namespaces',
    triggers: [
      { type: NAMESPACES, keys: (object) => [keyOf(object)] },
      // What is deleted of it comes back.
      { type: SERVICE_ACCOUNTS, keys: ({ metadata }) => [`/${metadata?.namespace ?? ''}`] },
    ],
    async reconcile({ name }, { client }) {
      const namespace = await find(client, NAMESPACES, { name });
      if (!namespace) return undefined;
      if (namespace.metadata?.deletionTimestamp) return empty(client, namespace);
      await ensure(client, SERVICE_ACCOUNTS, { metadata: { name: 'default', namespace: name } });
      await ensure(client, CONFIG_MAPS, {
        metadata: { name: 'kube-root-ca.crt', namespace: name },
        data: { 'ca.crt': options.certificateAuthority },
      });
      return undefined;
    },
  };
}

async function ensure(
  client: KubernetesClient,
  type: ResourceType,
  object: KubernetesObject & { data?: Record<string, string> },
): Promise<void> {
  const name = { name: object.metadata?.name ?? '', namespace: object.metadata?.namespace ?? '' };
  if (await find(client, type, name)) return;
  try {
    await client.create(type, object);
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
  }
}

/** Deletes all content, looks again until none is left, then lets the namespace go. */
async function empty(client: KubernetesClient, namespace: KubernetesObject): Promise<number | undefined> {
  const name = namespace.metadata?.name ?? '';
  let left = 0;
  for (const type of await listResourceTypes(client)) {
    // Events tell of the end too; the last ones go with the rest.
    if (!type.namespaced || !type.verbs.includes('delete') || type.group === 'events.k8s.io') continue;
    const objects = await listUnlessGone(client, type, name);
    left += objects.length;
    for (const object of objects)
      if (!object.metadata?.deletionTimestamp) await deleteThis(client, type, object);
  }
  if (left > 0) return POLL;
  await client.replace(NAMESPACES, { ...namespace, spec: { finalizers: [] } } as KubernetesObject, {
    subresource: 'finalize',
  });
  return undefined;
}

async function listUnlessGone(
  client: KubernetesClient,
  type: ResourceType,
  namespace: string,
): Promise<KubernetesObject[]> {
  try {
    return (await client.list(type, { namespace })).items;
  } catch (error) {
    // The definition of a custom resource went between discovery and this list.
    if (isNotFound(error)) return [];
    throw error;
  }
}
