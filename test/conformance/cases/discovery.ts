import { conformanceCase } from '../conformance-case.ts';
import { createDefinition } from '../custom-resource-of-case.ts';
import type { Conversation } from '../conversation.ts';

interface Described {
  name: string;
}

/** Groups of kinds that a sandbox serves in full; others may be there or not. */
const GROUPS = [
  'apps',
  'batch',
  'coordination.k8s.io',
  'rbac.authorization.k8s.io',
  'apiextensions.k8s.io',
  'events.k8s.io',
];
const CORE_KINDS = new Set([
  'pods',
  'configmaps',
  'secrets',
  'services',
  'namespaces',
  'persistentvolumeclaims',
  'serviceaccounts',
  'events',
]);

/** A list of resources, of which only those that are named. */
async function noteResources(
  t: Conversation,
  path: string,
  wanted: (name: string) => boolean,
): Promise<void> {
  const answer = await t.quietly(() => t.get(path));
  const { resources = [], ...rest } = answer.object as unknown as {
    resources?: Described[];
    metadata: unknown;
  };
  const byName = resources.filter(({ name }) => wanted(name)).toSorted((a, b) => (a.name < b.name ? -1 : 1));
  t.note(path, { status: answer.status, ...rest, resources: byName });
}

conformanceCase('discovery', 'versions of the core group', async (t) => {
  const answer = await t.quietly(() => t.get('/api'));
  const { serverAddressByClientCIDRs: _addresses, ...rest } = answer.object;
  t.note('/api', rest);
});

conformanceCase('discovery', 'groups and their versions', async (t) => {
  const answer = await t.quietly(() => t.get('/apis'));
  const {
    groups = [],
    kind,
    apiVersion,
  } = answer.object as unknown as { groups?: Described[]; kind: string; apiVersion: string };
  t.note('/apis', {
    kind,
    apiVersion,
    groups: groups.filter(({ name }) => GROUPS.includes(name)).toSorted((a, b) => (a.name < b.name ? -1 : 1)),
  });
  for (const group of GROUPS) await t.get(`/apis/${group}`);
});

conformanceCase('discovery', 'resources of a version', async (t) => {
  await noteResources(
    t,
    '/api/v1',
    (name) => CORE_KINDS.has(name.split('/')[0] ?? '') && !/proxy|ephemeral|resize/.test(name),
  );
  await noteResources(t, '/apis/batch/v1', () => true);
  await noteResources(t, '/apis/apps/v1', (name) => !name.startsWith('controllerrevisions'));
  await noteResources(t, '/apis/apiextensions.k8s.io/v1', () => true);
});

conformanceCase('discovery', 'of a definition, and of what does not exist', async (t) => {
  const { group } = await createDefinition(t, {
    schema: { type: 'object' },
    version: {
      subresources: { status: {}, scale: { specReplicasPath: '.spec.a', statusReplicasPath: '.status.a' } },
    },
    spec: {
      names: {
        plural: 'things',
        singular: 'thing',
        kind: 'Thing',
        shortNames: ['thg'],
        categories: ['all', 'stuff'],
      },
    },
  });
  await t.get(`/apis/${group}`);
  await t.until(`/apis/${group}/v1`, (_object, status) => status === 200);
  const list = await t.quietly(() => t.get(`/apis/${group}/v1`));
  // The hash is of the group's name, which is another one in each run.
  t.note(
    'resources',
    JSON.parse(
      JSON.stringify(list.body).replaceAll(/"storageVersionHash":"[^"]+"/g, '"storageVersionHash":"<hash>"'),
    ),
  );
  await t.get('/apis/none.example.com');
  await t.get('/apis/none.example.com/v1');
  await t.get('/apis/apps/v9');
  await t.get('/api/v2');
  await t.get('/nowhere');
  await t.get('/apis/apps/v1/nothings');
  await t.get(`/apis/${group}/v1/nothings`);
  await t.get(`/api/v1/namespaces/${t.namespace}/nothings/a`);
});

conformanceCase('discovery', 'what the server says of itself', async (t) => {
  const { object } = await t.quietly(() => t.get('/version'));
  const { major, minor, emulationMajor, emulationMinor, minCompatibilityMajor, minCompatibilityMinor } =
    object;
  t.note('version', {
    major,
    minor,
    emulationMajor,
    emulationMinor,
    minCompatibilityMajor,
    minCompatibilityMinor,
    fields: Object.keys(object)
      .filter((key) => key !== 'metadata')
      .toSorted(),
  });
  for (const path of ['/healthz', '/readyz', '/livez', '/readyz/ping', '/livez?verbose=nonsense/x']) {
    const { status, body } = await t.quietly(() => t.get(path));
    t.note(path, { status, ok: String(body).includes('ok') });
  }
});

const AGGREGATED = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

interface AggregatedList {
  kind?: string;
  apiVersion?: string;
  items?: {
    metadata: { name?: string };
    versions: { version: string; resources: { resource: string }[] }[];
  }[];
}

conformanceCase('aggregated-discovery', 'all groups at once', async (t) => {
  for (const path of ['/api', '/apis']) {
    const answer = await t.quietly(() => t.get(path, { headers: { accept: AGGREGATED } }));
    const { items = [], kind, apiVersion } = answer.object as unknown as AggregatedList;
    const wanted = items.filter(({ metadata }) =>
      ['', 'apps', 'batch', 'apiextensions.k8s.io'].includes(metadata.name ?? ''),
    );
    t.note(path, {
      contentType: answer.headers['content-type'],
      kind,
      apiVersion,
      items: wanted
        .toSorted((a, b) => ((a.metadata.name ?? '') < (b.metadata.name ?? '') ? -1 : 1))
        .map((item) => ({
          metadata: { ...item.metadata, creationTimestamp: undefined },
          versions: item.versions.map((version) => ({
            ...version,
            resources: version.resources
              .filter(({ resource }) => path !== '/api' || CORE_KINDS.has(resource))
              .filter(
                ({ resource }) =>
                  !['pods', 'services', 'serviceaccounts', 'controllerrevisions'].includes(resource),
              )
              .toSorted((a, b) => (a.resource < b.resource ? -1 : 1)),
          })),
        })),
    });
  }
});

conformanceCase('aggregated-discovery', 'a definition appears in it', async (t) => {
  const { group } = await createDefinition(t, {
    schema: { type: 'object' },
    version: { subresources: { status: {} } },
  });
  const find = ({ items = [] }: AggregatedList) => items.find(({ metadata }) => metadata.name === group);
  for (;;) {
    const answer = await t.quietly(() => t.get('/apis', { headers: { accept: AGGREGATED } }));
    const found = find(answer.object as unknown as AggregatedList);
    if (!found?.versions[0]?.resources.length) continue;
    t.note('definition', { ...found, metadata: { name: found.metadata.name } });
    break;
  }
});

conformanceCase('aggregated-discovery', 'which form is sent', async (t) => {
  for (const accept of [
    AGGREGATED,
    'application/json',
    '*/*',
    `${AGGREGATED},application/json`,
    `application/json,${AGGREGATED}`,
    'application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json',
    'application/json;g=apidiscovery.k8s.io;v=v9;as=APIGroupDiscoveryList',
    'application/json;g=apidiscovery.k8s.io;v=v9;as=APIGroupDiscoveryList,application/json',
    'text/html',
  ]) {
    const answer = await t.quietly(() => t.get('/apis', { headers: { accept } }));
    t.note(`${answer.status < 400 ? '' : 'error: '}${accept}`, {
      status: answer.status,
      contentType: answer.headers['content-type'],
      kind: answer.object.kind,
      ...(answer.status >= 400 && { body: answer.body }),
    });
  }
});

conformanceCase('aggregated-discovery', 'is not sent again when it did not change', async (t) => {
  const first = await t.quietly(() => t.get('/api', { headers: { accept: AGGREGATED } }));
  const etag = first.headers['etag'] ?? '';
  t.note('has a tag', /^"[0-9A-F]{128}"$/.test(etag));
  const again = await t.quietly(() =>
    t.get('/api', { headers: { accept: AGGREGATED, 'if-none-match': etag } }),
  );
  t.note('again', again.status);
});

interface OpenApi {
  paths?: Record<string, Record<string, unknown>>;
  components?: { schemas?: Record<string, Record<string, unknown>> };
}

conformanceCase('openapi-v3', 'an index of documents by group and version', async (t) => {
  const answer = await t.quietly(() => t.get('/openapi/v3'));
  const { paths = {} } = answer.object as unknown as OpenApi;
  const wanted = ['api/v1', 'apis/apps/v1', 'apis/batch/v1', 'apis/rbac.authorization.k8s.io/v1'];
  t.note(
    'index',
    wanted.map((path) => [
      path,
      /^\/openapi\/v3\/[a-z0-9./]+\?hash=[0-9A-F]{128}$/.test(String(paths[path]?.serverRelativeURL)),
    ]),
  );
});

const descriptionless = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(descriptionless);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, inner]) =>
      key === 'description' && typeof inner === 'string' ? [] : [[key, descriptionless(inner)]],
    ),
  );
};

conformanceCase(
  'openapi-v3',
  'schemas of built-in kinds',
  async (t) => {
    const answer = await t.quietly(() => t.get('/openapi/v3/apis/apps/v1'));
    const { components } = answer.object as unknown as OpenApi;
    for (const name of [
      'io.k8s.api.apps.v1.Deployment',
      'io.k8s.api.apps.v1.DeploymentSpec',
      'io.k8s.api.core.v1.ContainerPort',
      'io.k8s.api.core.v1.Volume',
      'io.k8s.apimachinery.pkg.api.resource.Quantity',
    ]) {
      t.note(name, descriptionless(components?.schemas?.[name]));
    }
  },
  {
    explained: {
      'io.k8s.api.core.v1.ContainerPort: body.properties.protocol.enum':
        'the published documents list no values',
    },
  },
);

conformanceCase('openapi-v3', 'what requests of a kind take', async (t) => {
  const answer = await t.quietly(() => t.get('/openapi/v3/apis/apps/v1'));
  const { paths } = answer.object as unknown as OpenApi;
  const path = paths?.['/apis/apps/v1/namespaces/{namespace}/deployments/{name}'] as
    | Record<string, Record<string, unknown>>
    | undefined;
  for (const method of ['get', 'put', 'patch', 'delete']) {
    const operation = path?.[method];
    const parameters = (operation?.parameters ?? []) as { name?: string; in?: string }[];
    t.note(method, {
      kind: operation?.['x-kubernetes-group-version-kind'],
      action: operation?.['x-kubernetes-action'],
      parameters: parameters.map(({ name, in: place }) => `${place}: ${name}`).toSorted(),
    });
  }
});

conformanceCase('openapi-v3', 'the schema of a definition', async (t) => {
  const schema = {
    type: 'object',
    description: 'a thing',
    properties: {
      spec: {
        type: 'object',
        required: ['a'],
        properties: {
          a: { type: 'string', description: 'text', default: 'x' },
          port: { 'x-kubernetes-int-or-string': true },
          list: { type: 'array', items: { type: 'string' }, 'x-kubernetes-list-type': 'set' },
        },
      },
    },
  };
  const { group } = await createDefinition(t, { schema });
  const answer = await t.until(`/openapi/v3/apis/${group}/v1`, (_object, status) => status === 200);
  const { components, paths } = answer.object as unknown as OpenApi;
  const name = Object.keys(components?.schemas ?? {}).find((key) => key.endsWith('.v1.Thing')) ?? '';
  const thing = descriptionless(components?.schemas?.[name]) as Record<string, unknown>;
  t.note('name', name);
  t.note('schema', thing);
  t.note('paths', Object.keys(paths ?? {}).toSorted());
});

conformanceCase('openapi-v3', 'a document that is not there', async (t) => {
  for (const path of ['/openapi/v3/apis/none.example.com/v1', '/openapi/v3/api/v9', '/openapi/v3/nonsense']) {
    const answer = await t.quietly(() => t.get(path));
    t.note(`error: ${path}`, answer.status);
  }
});
