import { jsonResponse } from './api-exchange.ts';
import type { ApiResponse } from './api-exchange.ts';
import type { Registry } from './registry.ts';
import { apiVersionOf } from './resource-definition.ts';
import type { ResourceDefinition } from './resource-definition.ts';
import { REVIEWS } from './reviews.ts';

/** What the server calls itself: the release whose behaviour it follows. */
const VERSION = {
  major: '1',
  minor: '34',
  emulationMajor: '1',
  emulationMinor: '34',
  minCompatibilityMajor: '1',
  minCompatibilityMinor: '33',
  gitVersion: 'v1.34.1+sandbox',
  gitCommit: '',
  gitTreeState: 'clean',
  buildDate: '2025-09-09T19:37:16Z',
  goVersion: 'none',
  compiler: 'none',
  platform: 'linux/amd64',
};

/** Answers discovery, version and health requests; `undefined` for other paths. */
export function discover(path: string, accept: string, registry: Registry): ApiResponse | undefined {
  const [root, ...rest] = path.split('/').filter((segment) => segment !== '');
  switch (root) {
    case undefined:
      return jsonResponse(200, {
        paths: ['/api', '/apis', '/healthz', '/livez', '/openapi/v3', '/readyz', '/version'],
      });
    case 'version':
      return rest.length === 0 ? jsonResponse(200, VERSION) : undefined;
    case 'api':
      if (rest.length === 0) return wantsAggregated(accept) ? aggregated(registry, true) : coreVersions();
      return rest.length === 1 ? resourceList('', rest[0] ?? '', registry) : undefined;
    case 'apis':
      if (rest.length === 0)
        return wantsAggregated(accept) ? aggregated(registry, false) : groupList(registry);
      if (rest.length === 1) return groupOf(rest[0] ?? '', registry);
      return rest.length === 2 ? resourceList(rest[0] ?? '', rest[1] ?? '', registry) : undefined;
    default:
      return undefined;
  }
}

const AGGREGATED_TYPE = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

const wantsAggregated = (accept: string): boolean =>
  accept.includes('as=APIGroupDiscoveryList') &&
  accept.includes('v=v2') &&
  !accept.startsWith('application/json,');

function coreVersions(): ApiResponse {
  return jsonResponse(200, { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: [] });
}

/** Group → its versions, newest and most stable first, each with its resources. */
function groups(registry: Registry): Map<string, Map<string, ResourceDefinition[]>> {
  const found = new Map<string, Map<string, ResourceDefinition[]>>();
  for (const definition of [...registry.all(), ...REVIEWS]) {
    const versions = found.get(definition.group) ?? new Map<string, ResourceDefinition[]>();
    found.set(definition.group, versions);
    versions.set(definition.version, [...(versions.get(definition.version) ?? []), definition]);
  }
  return new Map(
    [...found].map(([group, versions]) => [
      group,
      new Map([...versions].toSorted(([a], [b]) => compareVersions(a, b))),
    ]),
  );
}

/** v2 before v1 before v1beta2 before v1beta1 before v1alpha1. */
function compareVersions(a: string, b: string): number {
  const rank = (version: string): [number, number, number] => {
    const parts = /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(version);
    if (!parts) return [-1, 0, 0];
    const stage = parts[2] === undefined ? 2 : parts[2] === 'beta' ? 1 : 0;
    return [stage, Number(parts[1]), Number(parts[3] ?? 0)];
  };
  const [left, right] = [rank(a), rank(b)];
  for (const index of [0, 1, 2] as const) if (left[index] !== right[index]) return right[index] - left[index];
  return a < b ? -1 : 1;
}

function apiGroup(group: string, versions: Map<string, unknown>): object {
  const entries = [...versions.keys()].map((version) => ({ groupVersion: `${group}/${version}`, version }));
  return { name: group, versions: entries, preferredVersion: entries[0] };
}

function groupList(registry: Registry): ApiResponse {
  const named = [...groups(registry)].filter(([group]) => group !== '');
  return jsonResponse(200, {
    kind: 'APIGroupList',
    apiVersion: 'v1',
    groups: named.map(([group, versions]) => apiGroup(group, versions)),
  });
}

function groupOf(group: string, registry: Registry): ApiResponse | undefined {
  const versions = groups(registry).get(group);
  return versions && jsonResponse(200, { kind: 'APIGroup', apiVersion: 'v1', ...apiGroup(group, versions) });
}

function resourceList(group: string, version: string, registry: Registry): ApiResponse | undefined {
  const definitions = groups(registry).get(group)?.get(version);
  return (
    definitions &&
    jsonResponse(200, {
      kind: 'APIResourceList',
      apiVersion: 'v1',
      groupVersion: apiVersionOf({ group, version }),
      resources: definitions.flatMap(apiResources),
    })
  );
}

function apiResources(definition: ResourceDefinition): object[] {
  const { resource, singular, kind, namespaced, verbs, shortNames, categories } = definition;
  return [
    {
      name: resource,
      singularName: singular,
      namespaced,
      kind,
      verbs,
      ...(shortNames.length > 0 && { shortNames }),
      ...(categories.length > 0 && { categories }),
    },
    ...subresourcesOf(definition).map(({ name, type, verbs: allowed }) => ({
      name: `${resource}/${name}`,
      singularName: '',
      namespaced,
      ...(type.group !== definition.group && { group: type.group, version: type.version }),
      kind: type.kind,
      verbs: allowed,
    })),
  ];
}

interface Subresource {
  name: string;
  type: { group: string; version: string; kind: string };
  verbs: string[];
}

function subresourcesOf(definition: ResourceDefinition): Subresource[] {
  const own = { group: definition.group, version: definition.version, kind: definition.kind };
  const others: Record<string, Omit<Subresource, 'name'>> = {
    log: { type: own, verbs: ['get'] },
    exec: { type: { ...own, kind: 'PodExecOptions' }, verbs: ['create', 'get'] },
    binding: { type: { ...own, kind: 'Binding' }, verbs: ['create'] },
    eviction: { type: { group: 'policy', version: 'v1', kind: 'Eviction' }, verbs: ['create'] },
    token: {
      type: { group: 'authentication.k8s.io', version: 'v1', kind: 'TokenRequest' },
      verbs: ['create'],
    },
    finalize: { type: own, verbs: ['update'] },
  };
  return [
    ...(definition.statusSubresource
      ? [{ name: 'status', type: own, verbs: ['get', 'patch', 'update'] }]
      : []),
    ...(definition.scale
      ? [
          {
            name: 'scale',
            type: { group: 'autoscaling', version: 'v1', kind: 'Scale' },
            verbs: ['get', 'patch', 'update'],
          },
        ]
      : []),
    ...definition.subresources.flatMap((name) => {
      const described = others[name];
      return described ? [{ name, ...described }] : [];
    }),
  ];
}

/** All groups, versions and resources in one answer (apidiscovery.k8s.io/v2). */
function aggregated(registry: Registry, core: boolean): ApiResponse {
  const shown = [...groups(registry)].filter(([group]) => (group === '') === core);
  const items = shown.map(([group, versions]) => ({
    metadata: { ...(group !== '' && { name: group }), creationTimestamp: null },
    versions: [...versions].map(([version, definitions]) => ({
      version,
      freshness: 'Current',
      resources: definitions.map((definition) => ({
        resource: definition.resource,
        responseKind: { group, version, kind: definition.kind },
        scope: definition.namespaced ? 'Namespaced' : 'Cluster',
        singularResource: definition.singular,
        verbs: definition.verbs,
        ...(definition.shortNames.length > 0 && { shortNames: definition.shortNames }),
        ...(definition.categories.length > 0 && { categories: definition.categories }),
        subresources: subresourcesOf(definition).map(({ name, type, verbs }) => ({
          subresource: name,
          responseKind: type,
          verbs,
        })),
      })),
    })),
  }));
  const body = { kind: 'APIGroupDiscoveryList', apiVersion: 'apidiscovery.k8s.io/v2', metadata: {}, items };
  return jsonResponse(200, body, { 'content-type': AGGREGATED_TYPE });
}
