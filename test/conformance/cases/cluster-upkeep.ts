import { isIP } from 'node:net';
import { conformanceCase } from '../conformance-case.ts';
import type { Conversation } from '../conversation.ts';
import {
  apps,
  conditionsOf,
  core,
  gone,
  holds,
  items,
  seen,
  sleeper,
  template,
  untilItems,
} from './workload-parts.ts';
import type { Loose, Seen } from './workload-parts.ts';

const NAMESPACES = '/api/v1/namespaces';

const namespace = async (t: Conversation): Promise<string> => {
  const name = `ns-${t.token}`;
  await t.quietly(() => t.post(NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } }));
  t.after(() => t.quietly(() => t.delete(`${NAMESPACES}/${name}`)));
  await t.until(`${NAMESPACES}/${name}/serviceaccounts/default`, (_object, status) => status === 200);
  return name;
};

conformanceCase('namespace-deletion', 'a namespace has what every one has', async (t) => {
  const name = await namespace(t);
  const [authority] = await untilItems(t, `${NAMESPACES}/${name}/configmaps`, (found) => found.length > 0);
  t.note('authority', [
    authority?.metadata.name,
    authority?.metadata.annotations,
    Object.keys((authority as unknown as { data: Loose }).data),
  ]);
});

conformanceCase('namespace-deletion', 'what is held keeps its namespace, which says by what', async (t) => {
  const name = await namespace(t);
  const body = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'held', finalizers: ['example.com/held'] },
  };
  await t.quietly(() => t.post(`${NAMESPACES}/${name}/configmaps`, body));
  await t.quietly(() => t.delete(`${NAMESPACES}/${name}`));
  const held = seen(
    await t.until(`${NAMESPACES}/${name}`, (object) => holds(object, 'NamespaceFinalizersRemaining')),
  );
  t.note('conditions', conditionsOf(held));
  t.note('phase', held.status.phase);
  await t.post(`${NAMESPACES}/${name}/configmaps`, {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'late' },
  });
  await t.quietly(() =>
    t.patch(`${NAMESPACES}/${name}/configmaps/held`, 'merge', { metadata: { finalizers: null } }),
  );
  await t.until(`${NAMESPACES}/${name}`, gone);
});

conformanceCase('namespace-deletion', 'a namespace takes all it holds along', async (t) => {
  const name = await namespace(t);
  const body = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' }, stringData: { a: 'b' } };
  await t.quietly(() => t.post(`${NAMESPACES}/${name}/secrets`, body));
  await t.quietly(() => t.delete(`${NAMESPACES}/${name}`));
  await t.until(`${NAMESPACES}/${name}`, gone);
  await t.get(`${NAMESPACES}/${name}/secrets/s`);
});

const service = (more: Loose = {}): Loose => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web' },
  spec: { selector: { app: 'web' }, ports: [{ name: 'http', port: 80, targetPort: 'web' }], ...more },
});

const pod = (): Loose => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'p', labels: { app: 'web' } },
  spec: {
    terminationGracePeriodSeconds: 1,
    containers: [
      {
        name: 'main',
        image: 'busybox:1.36',
        command: ['sleep', '3600'],
        ports: [{ name: 'web', containerPort: 8080 }],
      },
    ],
  },
});

type Endpoints = Seen & { subsets?: { addresses?: Loose[]; ports?: Loose[] }[] };

conformanceCase('endpoints', 'a service knows its ready pods, by the name of their port', async (t) => {
  await t.quietly(() => t.post(core(t, 'services'), service()));
  await t.quietly(() => t.post(core(t, 'pods'), pod()));
  const found = (
    await t.until(
      `${core(t, 'endpoints')}/web`,
      (object) => (object as unknown as Endpoints).subsets?.[0]?.addresses !== undefined,
    )
  ).object as unknown as Endpoints;
  t.note('labels', found.metadata.labels);
  const subset = found.subsets?.[0];
  t.note('subset', [
    Object.keys(subset ?? {}),
    Object.keys(subset?.addresses?.[0] ?? {}).toSorted(),
    subset?.ports,
  ]);
  const slices = (await untilItems(
    t,
    `/apis/discovery.k8s.io/v1/namespaces/${t.namespace}/endpointslices`,
    (list) => JSON.stringify(list).includes('"ready":true'),
  )) as unknown as (Seen & { endpoints: { conditions: Loose }[]; ports: Loose[]; addressType: string })[];
  t.note(
    'slices',
    slices.map(({ metadata, endpoints, ports, addressType }) => [
      metadata.labels,
      metadata.ownerReferences?.map(({ kind }) => kind),
      endpoints.map(({ conditions, ...rest }) => [conditions, Object.keys(rest).toSorted()]),
      ports,
      addressType,
    ]),
  );
});

conformanceCase('endpoints', 'a service without pods has none', async (t) => {
  await t.quietly(() => t.post(core(t, 'services'), service({ clusterIP: 'None' })));
  const found = (await t.until(`${core(t, 'endpoints')}/web`, (_object, status) => status === 200))
    .object as unknown as Endpoints;
  t.note('endpoints', [found.subsets ?? 'none', found.metadata.labels]);
  const slices = (await untilItems(
    t,
    `/apis/discovery.k8s.io/v1/namespaces/${t.namespace}/endpointslices`,
    (list) => list.length > 0,
  )) as unknown as Loose[];
  t.note(
    'slices',
    slices.map(({ endpoints, ports }) => [endpoints, ports]),
  );
});

conformanceCase('endpoints', 'they go with their service', async (t) => {
  await t.quietly(() => t.post(core(t, 'services'), service()));
  await t.until(`${core(t, 'endpoints')}/web`, (_object, status) => status === 200);
  await t.quietly(() => t.delete(`${core(t, 'services')}/web`));
  await t.until(`${core(t, 'endpoints')}/web`, gone);
  const answer = await t.quietly(() => t.get(`${core(t, 'endpoints')}/web`));
  t.note('error', [answer.status, answer.body]);
  await untilItems(
    t,
    `/apis/discovery.k8s.io/v1/namespaces/${t.namespace}/endpointslices`,
    (list) => list.length === 0,
  );
});

conformanceCase('endpoints', 'the API server has a service', async (t) => {
  const paths = [
    '/api/v1/namespaces/default/services/kubernetes',
    '/api/v1/namespaces/default/endpoints/kubernetes',
    '/apis/discovery.k8s.io/v1/namespaces/default/endpointslices/kubernetes',
  ];
  for (const path of paths) {
    const { status, body } = await t.quietly(() => t.get(path));
    t.note(path, { status, body: JSON.parse(JSON.stringify(body), withoutPlace) as unknown });
  }
});

/** Where a server listens is its own affair, and so are the uid and the times of its service. */
function withoutPlace(key: string, value: unknown): unknown {
  if (['uid', 'resourceVersion', 'creationTimestamp', 'managedFields'].includes(key)) return undefined;
  if ((key === 'port' || key === 'targetPort') && value !== 443) return 'PORT';
  return typeof value === 'string' && isIP(value) ? 'ADDRESS' : value;
}

const BUDGETS = (t: Conversation): string => `/apis/policy/v1/namespaces/${t.namespace}/poddisruptionbudgets`;

const budget = (spec: Loose): Loose => ({
  apiVersion: 'policy/v1',
  kind: 'PodDisruptionBudget',
  metadata: { name: 'b' },
  spec: { selector: { matchLabels: { app: 'w' } }, ...spec },
});

const twoPods = async (t: Conversation): Promise<string[]> => {
  const body = {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: { name: 'w' },
    spec: { replicas: 2, selector: { matchLabels: { app: 'w' } }, template: template('w', sleeper) },
  };
  await t.quietly(() => t.post(apps(t, 'replicasets'), body));
  await t.until(`${apps(t, 'replicasets')}/w`, ({ status }) => (status as Loose)?.readyReplicas === 2);
  return (await items(t, core(t, 'pods'))).map(({ metadata }) => metadata.name);
};

const observed = ({ status, metadata }: Loose): boolean =>
  (status as Loose)?.observedGeneration === (metadata as Loose).generation &&
  (status as Loose).currentHealthy === 2;

const eviction = (name: string): Loose => ({ apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name } });

conformanceCase('pdb-eviction', 'an eviction that a budget allows deletes the pod', async (t) => {
  const [first = ''] = await twoPods(t);
  await t.quietly(() => t.post(BUDGETS(t), budget({ minAvailable: 1 })));
  const { status } = seen(await t.until(`${BUDGETS(t)}/b`, observed));
  t.note('budget', [status, conditionsOf({ status } as unknown as Seen)]);
  const answer = await t.quietly(() => t.post(`${core(t, 'pods')}/${first}/eviction`, eviction(first)));
  t.note('answer', [answer.status, answer.body]);
  await t.until(
    `${core(t, 'pods')}/${first}`,
    (_object, code) => code === 404 || _object.metadata.deletionTimestamp !== undefined,
  );
});

conformanceCase('pdb-eviction', 'an eviction that a budget forbids is refused', async (t) => {
  const [first = ''] = await twoPods(t);
  await t.quietly(() => t.post(BUDGETS(t), budget({ maxUnavailable: 0 })));
  const { status } = seen(await t.until(`${BUDGETS(t)}/b`, observed));
  t.note('budget', status);
  const answer = await t.quietly(() => t.post(`${core(t, 'pods')}/${first}/eviction`, eviction(first)));
  t.note('error', [answer.status, answer.body]);
});

conformanceCase('pdb-eviction', 'a budget counts in shares of the whole', async (t) => {
  await twoPods(t);
  await t.quietly(() => t.post(BUDGETS(t), budget({ minAvailable: '30%' })));
  const { status } = seen(await t.until(`${BUDGETS(t)}/b`, observed));
  t.note('budget', status);
});
