import { isNotFound } from './api-error.ts';
import type { CallOptions, KubernetesClient } from './client.ts';
import type { ResourceType } from './objects.ts';

/** Finds the resource of a kind, and the other way round, by what the server says that it serves. */
export interface RestMapping {
  /** @throws {NoSuchResource} */
  byKind(apiVersion: string, kind: string, options?: CallOptions): Promise<ResourceType>;
  /** `version` absent: the one that the server prefers. @throws {NoSuchResource} */
  byResource(
    resource: { group: string; version?: string; resource: string },
    options?: CallOptions,
  ): Promise<ResourceType>;
  /** As people name it to kubectl: plural, singular, kind or short name, with `.group` where it is needed. @throws {NoSuchResource} */
  byName(name: string, options?: CallOptions): Promise<ResourceType>;
}

/** The server has no such resource; its text is kubectl's. */
export class NoSuchResource extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'NoSuchResource';
  }
}

/** Remembers what it has seen; what is not found is looked up again, since it may have been installed a moment ago. */
export function createRestMapping(client: KubernetesClient): RestMapping {
  let groups: Promise<GroupVersions[]> | undefined;
  const resources = new Map<string, Promise<DiscoveredResource[]>>();

  function groupVersions(options: CallOptions): Promise<GroupVersions[]> {
    return (groups ??= forgetOnFailure(discoverGroups(client, options), () => (groups = undefined)));
  }

  function resourcesOf(groupVersion: string, options: CallOptions): Promise<DiscoveredResource[]> {
    const seen = resources.get(groupVersion);
    if (seen) return seen;
    const found = forgetOnFailure(discoverResources(client, groupVersion, options), () =>
      resources.delete(groupVersion),
    );
    resources.set(groupVersion, found);
    return found;
  }

  /** Looks in memory, then once more at the server. */
  async function lookUp(find: () => Promise<ResourceType | undefined>, what: string): Promise<ResourceType> {
    const hit = await find();
    if (hit) return hit;
    groups = undefined;
    resources.clear();
    const fresh = await find();
    if (!fresh) throw new NoSuchResource(what);
    return fresh;
  }

  return {
    byKind: (apiVersion, kind, options = {}) =>
      lookUp(
        async () => (await resourcesOf(apiVersion, options)).find(({ type }) => type.kind === kind)?.type,
        `no matches for kind "${kind}" in version "${apiVersion}"`,
      ),

    byResource: ({ group, version, resource }, options = {}) =>
      lookUp(
        async () => {
          const versions =
            version === undefined ? versionsOf(group, await groupVersions(options)) : [version];
          for (const candidate of versions) {
            const found = await resourcesOf(group === '' ? candidate : `${group}/${candidate}`, options);
            const match = found.find(({ type }) => type.resource === resource);
            if (match) return match.type;
          }
          return undefined;
        },
        `the server doesn't have a resource type "${[resource, version, group].filter((part) => part).join('.')}"`,
      ),

    byName: (name, options = {}) =>
      lookUp(async () => {
        const [word = '', ...rest] = name.toLowerCase().split('.');
        const qualifier = rest.join('.');
        for (const { group, versions } of await groupVersions(options)) {
          for (const version of versions) {
            if (qualifier !== '' && qualifier !== group && qualifier !== `${version}.${group}`) continue;
            const found = await resourcesOf(group === '' ? version : `${group}/${version}`, options);
            const match = found.find(({ names }) => names.includes(word));
            if (match) return match.type;
          }
        }
        return undefined;
      }, `the server doesn't have a resource type "${name}"`),
  };
}

/** The preferred version first. */
interface GroupVersions {
  group: string;
  versions: string[];
}

interface DiscoveredResource {
  type: ResourceType;
  /** Lower case. */
  names: string[];
}

interface ApiGroupList {
  groups: { name: string; versions: { version: string }[]; preferredVersion?: { version: string } }[];
}

interface ApiResourceList {
  resources: {
    name: string;
    singularName?: string;
    kind: string;
    namespaced: boolean;
    shortNames?: string[];
  }[];
}

async function discoverGroups(client: KubernetesClient, options: CallOptions): Promise<GroupVersions[]> {
  const { groups } = await client.raw<ApiGroupList>('/apis', options);
  const named = groups.map(({ name, versions, preferredVersion }) => {
    const all = versions.map(({ version }) => version);
    const preferred = preferredVersion?.version ?? all[0] ?? '';
    return { group: name, versions: [preferred, ...all.filter((version) => version !== preferred)] };
  });
  return [{ group: '', versions: ['v1'] }, ...named];
}

/** None for a group version that the server does not have. */
async function discoverResources(
  client: KubernetesClient,
  groupVersion: string,
  options: CallOptions,
): Promise<DiscoveredResource[]> {
  const [group, version] = groupVersion.includes('/') ? groupVersion.split('/') : ['', groupVersion];
  try {
    const { resources } = await client.raw<ApiResourceList>(
      group === '' ? `/api/${version}` : `/apis/${group}/${version}`,
      options,
    );
    // With a slash they are subresources.
    return resources
      .filter(({ name }) => !name.includes('/'))
      .map(({ name, singularName, kind, namespaced, shortNames = [] }) => ({
        type: { group: group ?? '', version: version ?? '', resource: name, kind, namespaced },
        names: [name, singularName ?? '', kind, ...shortNames].map((word) => word.toLowerCase()),
      }));
  } catch (error) {
    if (isNotFound(error)) return [];
    throw error;
  }
}

function versionsOf(group: string, groups: GroupVersions[]): string[] {
  return groups.find((candidate) => candidate.group === group)?.versions ?? [];
}

function forgetOnFailure<T>(work: Promise<T>, forget: () => void): Promise<T> {
  work.catch(forget);
  return work;
}
