import { isNotFound } from '../../kubernetes/api-error.ts';
import type { KubernetesClient } from '../../kubernetes/client.ts';
import type { ResourceType } from '../../kubernetes/objects.ts';
import { CUSTOM_RESOURCE_DEFINITIONS } from '../../kubernetes/resources.ts';
import type { Informers } from './informer.ts';

export interface ServedType extends ResourceType {
  verbs: string[];
}

/** Every resource that the server serves now and that can be listed, in the preferred version of its group. */
export type ServedTypes = () => Promise<ServedType[]>;

/** Asks again only after a CustomResourceDefinition has changed. */
export function createServedTypes(client: KubernetesClient, informers: Informers): ServedTypes {
  let known: Promise<ServedType[]> | undefined;
  let following: Promise<void> | undefined;
  const follow = async (): Promise<void> => {
    const definitions = await informers.of(CUSTOM_RESOURCE_DEFINITIONS);
    definitions.subscribe(() => (known = undefined));
  };
  return async () => {
    await (following ??= follow());
    const asked = (known ??= discover(client));
    try {
      return await asked;
    } catch (error) {
      if (known === asked) known = undefined;
      throw error;
    }
  };
}

async function discover(client: KubernetesClient): Promise<ServedType[]> {
  const { groups } = await client.raw<{
    groups: { name: string; preferredVersion: { version: string } }[];
  }>('/apis');
  const versions = [
    { group: '', version: 'v1' },
    ...groups.map(({ name, preferredVersion }) => ({ group: name, version: preferredVersion.version })),
  ];
  const types: ServedType[] = [];
  for (const { group, version } of versions) {
    const path = group ? `/apis/${group}/${version}` : `/api/${version}`;
    for (const { name, kind, namespaced, verbs } of await resourcesOf(client, path)) {
      if (name.includes('/') || !verbs.includes('list')) continue;
      types.push({ group, version, resource: name, kind, namespaced, verbs });
    }
  }
  return types;
}

interface ApiResource {
  name: string;
  kind: string;
  namespaced: boolean;
  verbs: string[];
}

async function resourcesOf(client: KubernetesClient, path: string): Promise<ApiResource[]> {
  try {
    return (await client.raw<{ resources: ApiResource[] }>(path)).resources;
  } catch (error) {
    // A group can go with its last CustomResourceDefinition.
    if (isNotFound(error)) return [];
    throw error;
  }
}
