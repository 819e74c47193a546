import { apply, change } from '../apply-of-case.ts';
import { conformanceCase } from '../conformance-case.ts';

const APPLY = 'application/apply-patch+yaml';

const configMap = (data?: Record<string, unknown>, metadata: Record<string, unknown> = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'a', ...metadata },
  ...(data && { data }),
});

/** Has the lists of a pod, and no controller that writes to it meanwhile. */
const podTemplate = (containers: unknown[]) => ({
  apiVersion: 'v1',
  kind: 'PodTemplate',
  metadata: { name: 'a' },
  template: { metadata: { labels: { app: 'a' } }, spec: { containers } },
});

const deployment = (containers: unknown[]) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'a' },
  spec: {
    replicas: 0,
    selector: { matchLabels: { app: 'a' } },
    template: { metadata: { labels: { app: 'a' } }, spec: { containers } },
  },
});

const deploymentPath = (namespace: string) => `/apis/apps/v1/namespaces/${namespace}/deployments/a`;
const pathOf = (namespace: string) => `/api/v1/namespaces/${namespace}/configmaps/a`;
const podTemplatePath = (namespace: string) => `/api/v1/namespaces/${namespace}/podtemplates/a`;

conformanceCase('server-side-apply', 'creates what is not there, and changes what is', async (t) => {
  const path = pathOf(t.namespace);
  await apply(t, path, configMap({ x: '1', y: '1' }, { labels: { l: '1' } }));
  await apply(t, path, configMap({ x: '2', z: '1' }));
  await apply(t, path, configMap());
});

conformanceCase('server-side-apply', 'what changes nothing keeps the version', async (t) => {
  const path = pathOf(t.namespace);
  const first = await apply(t, path, configMap({ x: '1' }));
  const second = await apply(t, path, configMap({ x: '1' }));
  t.note('same version', first.object.metadata.resourceVersion === second.object.metadata.resourceVersion);
  const other = await apply(t, path, configMap({ x: '1' }), { manager: 'two' });
  t.note(
    'new owner, same version',
    second.object.metadata.resourceVersion === other.object.metadata.resourceVersion,
  );
});

conformanceCase('server-side-apply', 'merges lists by their keys', async (t) => {
  const path = podTemplatePath(t.namespace);
  const image = 'busybox:1.36';
  await apply(t, path, podTemplate([{ name: 'a', image, env: [{ name: 'A', value: '1' }] }]));
  await apply(
    t,
    path,
    podTemplate([
      { name: 'b', image, ports: [{ containerPort: 80 }] },
      { name: 'a', env: [{ name: 'B', value: '1' }], image },
    ]),
    { manager: 'two' },
  );
  await apply(t, path, podTemplate([{ name: 'b', image, ports: [{ containerPort: 81, protocol: 'UDP' }] }]), {
    manager: 'two',
  });
});

conformanceCase('server-side-apply', 'replaces lists and maps that are one value', async (t) => {
  const path = podTemplatePath(t.namespace);
  const image = 'busybox:1.36';
  await apply(t, path, podTemplate([{ name: 'a', image, command: ['a', 'b'] }]));
  await apply(t, path, podTemplate([{ name: 'a', image, command: ['c'] }]));
  await apply(t, path, podTemplate([{ name: 'a', image, command: ['d'] }]), { manager: 'two' });
});

conformanceCase('server-side-apply', 'sets: finalizers of several owners', async (t) => {
  const path = pathOf(t.namespace);
  await apply(t, path, configMap(undefined, { finalizers: ['example.com/one'] }));
  await apply(t, path, configMap(undefined, { finalizers: ['example.com/two'] }), { manager: 'two' });
  await apply(t, path, configMap(undefined, {}));
  await apply(t, path, configMap(undefined, {}), { manager: 'two' });
});

conformanceCase(
  'server-side-apply',
  'a field that others own, too, stays when one gives it up',
  async (t) => {
    const path = pathOf(t.namespace);
    await apply(t, path, configMap({ x: '1', y: '1' }));
    await apply(t, path, configMap({ x: '1' }), { manager: 'two' });
    await apply(t, path, configMap());
    await apply(t, path, configMap(), { manager: 'two' });
  },
);

conformanceCase('server-side-apply', 'empty and null values', async (t) => {
  const path = pathOf(t.namespace);
  await apply(t, path, configMap({}));
  await apply(t, path, configMap({ x: '1' }), { manager: 'two' });
  await apply(t, path, { ...configMap(), data: null });
  await apply(t, path, { ...configMap(), data: { x: null } }, { manager: 'two' });
});

conformanceCase('server-side-apply', 'needs a manager and an object of the kind', async (t) => {
  const path = pathOf(t.namespace);
  await t.patch(path, 'apply', configMap({ x: '1' }));
  await t.patch(`${path}?fieldManager=one`, 'apply', { metadata: { name: 'a' } });
  await t.patch(`${path}?fieldManager=one`, 'apply', {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'a' },
  });
  await t.patch(`${path}?fieldManager=one`, 'apply', {
    apiVersion: 'v2',
    kind: 'ConfigMap',
    metadata: { name: 'a' },
  });
  await t.patch(`${path}?fieldManager=one`, 'apply', []);
  await t.send('PATCH', `${path}?fieldManager=one`, { raw: '', headers: { 'content-type': APPLY } });
});

conformanceCase('server-side-apply', 'an object of another name or namespace, or of none', async (t) => {
  const path = pathOf(t.namespace);
  await apply(t, path, { apiVersion: 'v1', kind: 'ConfigMap' });
  await apply(t, path, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'b' } });
  await apply(t, path, configMap({}, { namespace: 'default' }));
  await apply(t, path, configMap({ x: '1' }));
  await apply(t, path, { apiVersion: 'v1', kind: 'ConfigMap', data: { x: '2' } });
  await apply(t, path, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'b' } });
});

conformanceCase('server-side-apply', 'managed fields, uids and versions in a configuration', async (t) => {
  const path = pathOf(t.namespace);
  await apply(t, path, configMap({}, { managedFields: [] }));
  await apply(t, path, configMap({}, { uid: '00000000-0000-0000-0000-000000000000' }));
  const created = await apply(t, path, configMap({ x: '1' }));
  await apply(t, path, configMap({ x: '2' }, { resourceVersion: '1' }));
  await apply(t, path, configMap({ x: '3' }, { resourceVersion: created.object.metadata.resourceVersion }));
  await apply(t, path, configMap({ x: '4' }, { uid: created.object.metadata.uid }));
});

conformanceCase('server-side-apply', 'fields of the wrong type, and fields that nobody knows', async (t) => {
  const path = pathOf(t.namespace);
  await apply(t, path, configMap({ x: 1 }));
  await apply(t, path, { ...configMap(), data: 'x' });
  await apply(t, path, { ...configMap(), data: ['x'] });
  await apply(t, path, { ...configMap(), unknown: 1 });
  await apply(t, path, { ...configMap(), immutable: 'yes' });
  await apply(t, path, { ...configMap(), metadata: 'x' });
});

conformanceCase('server-side-apply', 'list items that cannot be told apart', async (t) => {
  const path = deploymentPath(t.namespace);
  const image = 'busybox:1.36';
  await apply(
    t,
    path,
    deployment([
      { name: 'a', image },
      { name: 'a', image },
    ]),
  );
  await apply(t, path, deployment([{ image }]));
  await apply(t, path, deployment([null]));
  await apply(t, path, deployment(['a']));
});

conformanceCase('server-side-apply', 'what is invalid is refused', async (t) => {
  await apply(t, deploymentPath(t.namespace), deployment([{ name: 'a' }]));
  await apply(t, deploymentPath(t.namespace), deployment([{ name: 'A!', image: 'busybox:1.36' }]));
});

conformanceCase('server-side-apply', 'values that their type cannot hold', async (t) => {
  const path = deploymentPath(t.namespace);
  const container = { name: 'a', image: 'busybox:1.36' };
  await apply(t, path, deployment([{ ...container, resources: { limits: { cpu: 'much' } } }]));
  await apply(t, path, deployment([{ ...container, ports: [{ containerPort: 1.5 }] }]));
  await apply(t, path, deployment([{ ...container, ports: [{ containerPort: 'http' }] }]));
});

conformanceCase('server-side-apply', 'a configuration in YAML, and one that is none', async (t) => {
  const path = `${pathOf(t.namespace)}?fieldManager=one`;
  const send = (raw: string, query = '') =>
    t.send('PATCH', path + query, { raw, headers: { 'content-type': APPLY } });
  await send('apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata:\n  x: "1"\n');
  await send(
    'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {x: "1", x: "2"}\n',
    '&fieldValidation=Strict',
  );
  await send(
    'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {x: "1", x: "2"}\n',
    '&fieldValidation=Warn',
  );
  await send('a: b: c\n');
  await send('text');
});

conformanceCase('server-side-apply', 'a dry run', async (t) => {
  const path = pathOf(t.namespace);
  await apply(t, path, configMap({ x: '1' }), { query: 'dryRun=All' });
  await t.get(path);
  await apply(t, path, configMap({ x: '1' }));
  await apply(t, path, configMap({ x: '2' }), { query: 'dryRun=All' });
  await t.get(path);
});

conformanceCase('server-side-apply', 'beside other writes', async (t) => {
  const path = pathOf(t.namespace);
  await apply(t, path, configMap({ x: '1', y: '1' }));
  await change(t, path, { data: { y: '2', z: '2' } });
  await apply(t, path, configMap({ x: '2' }));
  await change(t, path, { data: { x: null } });
  await apply(t, path, configMap({ y: '3' }));
});
