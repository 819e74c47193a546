import { createHash } from 'node:crypto';
import { jsonResponse } from './api-exchange.ts';
import type { ApiResponse } from './api-exchange.ts';
import type { Registry } from './registry.ts';
import { apiVersionOf } from './resource-definition.ts';
import type { ResourceDefinition } from './resource-definition.ts';
import { REVIEWS } from './reviews.ts';
import { StatusError } from './status-error.ts';

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
export function discover(
  path: string,
  headers: Record<string, string>,
  registry: Registry,
): ApiResponse | undefined {
  const found = documentAt(path, headers.accept ?? '', registry);
  return found && tagged(found, headers['if-none-match']);
}

/** A client that has the document already, by its tag, is not sent it again. */
function tagged(response: ApiResponse, known: string | undefined): ApiResponse {
  const { etag } = response.headers;
  if (etag === undefined || known !== etag) return response;
  return { status: 304, headers: { etag, vary: 'Accept' }, body: '' };
}

function documentAt(path: string, accept: string, registry: Registry): ApiResponse | undefined {
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

/** @throws {StatusError} 406 where the client takes nothing that is there. */
function wantsAggregated(accept: string): boolean {
  const ranges = accept.split(',').map((range) => range.split(';').map((part) => part.trim()));
  const isAggregated = (range: string[]) => range.includes('as=APIGroupDiscoveryList');
  if (
    ranges.some((range) => isAggregated(range) && range.includes('v=v2') && range[0] === 'application/json')
  ) {
    return true;
  }
  const takesPlain = ranges.some(
    (range) =>
      ['', '*/*', 'application/*', 'application/json', 'application/yaml', PROTOBUF].includes(
        range[0] ?? '',
      ) && !isAggregated(range),
  );
  if (takesPlain) return false;
  throw new StatusError(
    406,
    'NotAcceptable',
    `only the following media types are accepted: application/json, application/yaml, ${PROTOBUF}`,
  );
}

const PROTOBUF = 'application/vnd.kubernetes.protobuf';

function coreVersions(): ApiResponse {
  return jsonResponse(200, { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: [] });
}

/** Every resource, each group's in its preferred version. */
export const preferredResources = (registry: Registry): ResourceDefinition[] =>
  [...groups(registry).values()].flatMap((versions) => versions.values().next().value ?? []);

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
      // The core group's list is older than the field.
      ...(group !== '' && { apiVersion: 'v1' }),
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
      verbs: listedVerbs(definition),
      ...(shortNames.length > 0 && { shortNames }),
      ...(categories.length > 0 && { categories }),
      ...(verbs.includes('get') && { storageVersionHash: storageVersionHash(definition) }),
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

/** Custom resources list their verbs in an order of their own. */
const listedVerbs = ({ schema, verbs }: ResourceDefinition): string[] =>
  schema ? ['delete', 'deletecollection', 'get', 'list', 'patch', 'create', 'update', 'watch'] : verbs;

/** Which type is stored, told without naming it. Where a definition has several versions, all share the stored one's. */
const storageVersionHash = ({ group, kind, version, storedVersion }: ResourceDefinition): string =>
  createHash('sha256')
    .update(`${group}/${storedVersion ?? version}/${kind}`)
    .digest()
    .subarray(0, 8)
    .toString('base64');

interface Subresource {
  name: string;
  type: { group: string; version: string; kind: string };
  verbs: string[];
}

function subresourcesOf(definition: ResourceDefinition): Subresource[] {
  const own = { group: definition.group, version: definition.version, kind: definition.kind };
  const others: Record<string, Omit<Subresource, 'name'>> = {
    log: { type: own, verbs: ['get'] },
    attach: { type: { ...own, kind: 'PodAttachOptions' }, verbs: ['create', 'get'] },
    portforward: { type: { ...own, kind: 'PodPortForwardOptions' }, verbs: ['create', 'get'] },
    exec: { type: { ...own, kind: 'PodExecOptions' }, verbs: ['create', 'get'] },
    binding: { type: { ...own, kind: 'Binding' }, verbs: ['create'] },
    eviction: { type: { group: 'policy', version: 'v1', kind: 'Eviction' }, verbs: ['create'] },
    token: {
      type: { group: 'authentication.k8s.io', version: 'v1', kind: 'TokenRequest' },
      verbs: ['create'],
    },
    finalize: { type: own, verbs: ['update'] },
  };
  const found = [
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
  if (definition.schema) return found;
  return found.toSorted((a, b) => (a.name < b.name ? -1 : 1));
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
        responseKind: responseKind(definition, { group, version, kind: definition.kind }),
        scope: definition.namespaced ? 'Namespaced' : 'Cluster',
        singularResource: definition.singular,
        verbs: listedVerbs(definition),
        ...(definition.shortNames.length > 0 && { shortNames: definition.shortNames }),
        ...(definition.categories.length > 0 && { categories: definition.categories }),
        ...aggregatedSubresources(definition),
      })),
    })),
  }));
  const body = { kind: 'APIGroupDiscoveryList', apiVersion: 'apidiscovery.k8s.io/v2', metadata: {}, items };
  const etag = `"${createHash('sha512').update(JSON.stringify(body)).digest('hex').toUpperCase()}"`;
  return jsonResponse(200, body, { 'content-type': AGGREGATED_TYPE, etag, vary: 'Accept' });
}

function aggregatedSubresources(definition: ResourceDefinition): object {
  const subresources = subresourcesOf(definition).map(({ name, type, verbs }) => ({
    subresource: name,
    responseKind: responseKind(definition, type),
    verbs,
  }));
  return subresources.length > 0 ? { subresources } : {};
}

/** Built-in kinds leave out the group and version that the list stands below. */
function responseKind(definition: ResourceDefinition, type: Subresource['type']): Subresource['type'] {
  const isOwn = type.group === definition.group && type.version === definition.version;
  return isOwn && !definition.schema ? { group: '', version: '', kind: type.kind } : type;
}
