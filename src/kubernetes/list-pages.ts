import type { KubernetesClient, ListOptions } from './client.ts';
import type { KubernetesList, KubernetesObject, ResourceType } from './objects.ts';

/**
 * The pages of a list, of one moment, each read when it is asked for. `limit`: objects per page.
 * @throws {ApiError} also when reading took so long that the moment is forgotten: see `isExpired`
 */
export async function* listPages<T extends KubernetesObject>(
  client: KubernetesClient,
  type: ResourceType,
  query: Omit<ListOptions, 'continue'>,
): AsyncGenerator<KubernetesList<T>> {
  let next: string | undefined;
  do {
    const page = await client.list<T>(type, { ...query, ...(next !== undefined && { continue: next }) });
    yield page;
    next = page.metadata.continue || undefined;
  } while (next !== undefined);
}
