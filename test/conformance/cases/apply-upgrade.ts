import { apply, change, noteOwners } from '../apply-of-case.ts';
import { conformanceCase } from '../conformance-case.ts';

const ANNOTATION = 'kubectl.kubernetes.io/last-applied-configuration';

const configMap = (data: Record<string, string>, metadata: Record<string, unknown> = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'a', ...metadata },
  data,
});

/** As kubectl's client-side apply creates an object. */
const applied = (data: Record<string, string>) => ({
  ...configMap(data, { annotations: { [ANNOTATION]: `${JSON.stringify(configMap(data))}\n` } }),
});

const collection = (namespace: string) => `/api/v1/namespaces/${namespace}/configmaps`;

conformanceCase('apply-upgrade', 'kubectl takes over what its client-side apply set', async (t) => {
  const path = collection(t.namespace);
  noteOwners(t, await t.post(`${path}?fieldManager=kubectl-client-side-apply`, applied({ x: '1', y: '1' })));
  await apply(t, `${path}/a`, configMap({ x: '2', y: '1', z: '<&>' }), { manager: 'kubectl' });
  await apply(t, `${path}/a`, configMap({ x: '2' }), { manager: 'kubectl' });
});

conformanceCase('apply-upgrade', 'not what somebody else has changed since', async (t) => {
  const path = collection(t.namespace);
  await t.post(`${path}?fieldManager=kubectl-client-side-apply`, applied({ x: '1', y: '1' }));
  await change(t, `${path}/a`, { data: { x: '2' } });
  await apply(t, `${path}/a`, configMap({ x: '3', y: '3' }), { manager: 'kubectl' });
  await apply(t, `${path}/a`, configMap({ x: '3', y: '3' }), { manager: 'kubectl', force: true });
});

conformanceCase('apply-upgrade', 'nobody but kubectl', async (t) => {
  const path = collection(t.namespace);
  await t.post(`${path}?fieldManager=kubectl-client-side-apply`, applied({ x: '1' }));
  await apply(t, `${path}/a`, configMap({ x: '2' }), { manager: 'another' });
});

conformanceCase('apply-upgrade', 'an annotation that cannot be read', async (t) => {
  const path = collection(t.namespace);
  await t.post(
    `${path}?fieldManager=kubectl-client-side-apply`,
    configMap({ x: '1' }, { annotations: { [ANNOTATION]: 'x' } }),
  );
  await apply(t, `${path}/a`, configMap({ x: '2' }), { manager: 'kubectl' });
});

conformanceCase('apply-upgrade', 'an object of which nobody owns anything', async (t) => {
  const path = collection(t.namespace);
  await t.post(`${path}?fieldManager=one`, configMap({ x: '1', y: '1' }, { labels: { l: '1' } }));
  await t.patch(`${path}/a`, 'merge', { metadata: { managedFields: [{}] } });
  await apply(t, `${path}/a`, configMap({ x: '2' }));
  await apply(t, `${path}/a`, configMap({ x: '1', z: '1' }));
  await apply(t, `${path}/a`, configMap({ z: '1' }));
});
