import { conformanceCase } from '../conformance-case.ts';

const configMap = (name: string, data?: Record<string, string>) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name },
  ...(data && { data }),
});

conformanceCase('resource-version-conflict', 'an update that is based on an old version', async (t) => {
  const path = `/api/v1/namespaces/${t.namespace}/configmaps`;
  const created = await t.post(path, configMap('a'));
  await t.put(`${path}/a`, { ...created.object, data: { x: '1' } });
  await t.put(`${path}/a`, { ...created.object, data: { x: '2' } });
});

conformanceCase('resource-version-conflict', 'an update that names no version', async (t) => {
  const path = `/api/v1/namespaces/${t.namespace}/configmaps`;
  await t.post(path, configMap('a'));
  await t.put(`${path}/a`, configMap('a', { x: '1' }));
});

conformanceCase('resource-version-conflict', 'a version where one must be named', async (t) => {
  const path = `/apis/coordination.k8s.io/v1/namespaces/${t.namespace}/leases`;
  const lease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name: 'a' } };
  await t.post(path, lease);
  await t.put(`${path}/a`, { ...lease, spec: { holderIdentity: 'me' } });
});

conformanceCase('resource-version-conflict', 'a merge patch with an old version', async (t) => {
  const path = `/api/v1/namespaces/${t.namespace}/configmaps`;
  const created = await t.post(path, configMap('a'));
  await t.patch(`${path}/a`, 'merge', { data: { x: '1' } });
  await t.patch(`${path}/a`, 'merge', {
    metadata: { resourceVersion: created.object.metadata.resourceVersion },
    data: { x: '2' },
  });
});

conformanceCase('resource-version-conflict', 'a create that brings a version', async (t) => {
  const path = `/api/v1/namespaces/${t.namespace}/configmaps`;
  await t.post(path, { ...configMap('a'), metadata: { name: 'a', resourceVersion: '7' } });
});
