import { apply, change } from '../apply-of-case.ts';
import { conformanceCase } from '../conformance-case.ts';

const configMap = (data: Record<string, unknown>, metadata: Record<string, unknown> = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'a', ...metadata },
  data,
});

const pathOf = (namespace: string) => `/api/v1/namespaces/${namespace}/configmaps/a`;

conformanceCase('apply-conflicts', 'a field that another manager applied', async (t) => {
  const path = pathOf(t.namespace);
  await apply(t, path, configMap({ x: '1' }));
  await apply(t, path, configMap({ x: '2' }), { manager: 'two' });
  await apply(t, path, configMap({ x: '2' }), { manager: 'two', force: true });
  await apply(t, path, configMap({ x: '3' }));
});

conformanceCase('apply-conflicts', 'several fields of one manager', async (t) => {
  const path = pathOf(t.namespace);
  await apply(t, path, configMap({ x: '1', y: '1', z: '1' }, { labels: { l: '1' } }));
  await apply(t, path, configMap({ x: '2', y: '1', z: '2' }, { labels: { l: '2' } }), { manager: 'two' });
});

conformanceCase('apply-conflicts', 'a field that an update set', async (t) => {
  const path = pathOf(t.namespace);
  await apply(t, path, configMap({ x: '1' }));
  await change(t, path, { data: { x: '2' } });
  await apply(t, path, configMap({ x: '1' }));
  await apply(t, path, configMap({ x: '2' }));
  await apply(t, path, configMap({ x: '1' }), { force: true });
});

conformanceCase('apply-conflicts', 'list items and what is in them', async (t) => {
  const path = `/api/v1/namespaces/${t.namespace}/podtemplates/a`;
  const podTemplate = (container: Record<string, unknown>) => ({
    apiVersion: 'v1',
    kind: 'PodTemplate',
    metadata: { name: 'a' },
    template: { metadata: { labels: { app: 'a' } }, spec: { containers: [{ name: 'a', ...container }] } },
  });
  await apply(t, path, podTemplate({ image: 'busybox:1.36', ports: [{ containerPort: 80, name: 'p' }] }));
  await apply(t, path, podTemplate({ image: 'busybox:1.35', ports: [{ containerPort: 80, name: 'q' }] }), {
    manager: 'two',
  });
  await apply(t, path, podTemplate({ image: 'busybox:1.35', command: ['x'] }), {
    manager: 'two',
    force: true,
  });
  await apply(t, path, podTemplate({ image: 'busybox:1.36', command: ['y'] }));
});

conformanceCase('apply-conflicts', 'a status that a controller wrote', async (t) => {
  const path = `/api/v1/namespaces/${t.namespace}/resourcequotas/a`;
  const quota = {
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: { name: 'a' },
    spec: { hard: { 'count/foos.example.com': '1' } },
  };
  await apply(t, path, quota);
  await t.quietly(() => t.until(path, (object) => object.status !== undefined));
  await t.quietly(() =>
    t.patch(`${path}/status?fieldManager=two&force=true`, 'apply', {
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { name: 'a', labels: { by: 'two' } },
    }),
  );
  await apply(t, path, { ...quota, metadata: { name: 'a', labels: { by: 'one' } } });
});

conformanceCase('apply-conflicts', 'force is a matter of apply', async (t) => {
  const path = pathOf(t.namespace);
  await apply(t, path, configMap({ x: '1' }));
  await t.patch(`${path}?force=true`, 'merge', { data: { x: '2' } });
  await t.patch(`${path}?fieldManager=two&force=false`, 'apply', configMap({ x: '2' }));
});
