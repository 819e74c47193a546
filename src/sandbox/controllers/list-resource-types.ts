import { isNotFound } from '../../kubernetes/api-error.ts';
import type { KubernetesClient } from '../../kubernetes/client.ts';
import type { ResourceType } from '../../kubernetes/objects.ts';

export interface ServedType extends ResourceType {
  verbs: string[];
}

/** Every resource that the server serves now, in the preferred version of its group. */
export async function listResourceTypes(client: KubernetesClient): Promise<ServedType[]> {
  const { groups } = await client.raw<{ groups: { name: string; preferredVersion: { version: string } }[] }>(
    '/apis',
  );
  const versions = [
    { group: '', version: 'v1' },
    ...groups.map(({ name, preferredVersion }) => ({ group: name, version: preferredVersion.version })),
  ];
  const types: ServedType[] = [];
  for (const { group, version } of versions) {
    for (const resource of await resourcesOf(
      client,
      group ? `/apis/${group}/${version}` : `/api/${version}`,
    )) {
      if (resource.name.includes('/') || !resource.verbs.includes('list')) continue;
      const { name, kind, namespaced, verbs } = resource;
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
