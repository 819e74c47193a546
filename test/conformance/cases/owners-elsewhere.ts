import { conformanceCase } from '../conformance-case.ts';
import type { Conversation } from '../conversation.ts';
import { clusterWide, core, eventsOf, gone, items, seen, untilEvent } from './workload-parts.ts';
import type { Seen } from './workload-parts.ts';

const ELSEWHERE = '/api/v1/namespaces/default/configmaps';
const CLUSTER_ROLES = '/apis/rbac.authorization.k8s.io/v1/clusterroles';

const reference = (
  apiVersion: string,
  kind: string,
  { metadata: { name, uid } }: Pick<Seen, 'metadata'>,
) => ({
  apiVersion,
  kind,
  name,
  uid,
});
const map = (name: string, ...ownerReferences: object[]) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, ownerReferences },
});
const role = (name: string, ...ownerReferences: object[]) => ({
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'ClusterRole',
  metadata: { name, ownerReferences },
  rules: [],
});

async function ownerElsewhere(t: Conversation): Promise<Seen> {
  const name = `owner-${t.token}`;
  t.after(() => t.quietly(() => t.delete(`${ELSEWHERE}/${name}`)));
  return seen(await t.quietly(() => t.post(ELSEWHERE, map(name))));
}

conformanceCase(
  'owners-elsewhere',
  'a dependent of an owner in another namespace goes, the owner stays',
  async (t) => {
    const owner = await ownerElsewhere(t);
    await t.quietly(() => t.post(core(t, 'configmaps'), map('d', reference('v1', 'ConfigMap', owner))));
    await t.until(`${core(t, 'configmaps')}/d`, gone);
    await untilEvent(t, 'd', 'OwnerRefInvalidNamespace');
    t.note('error: events', await eventsOf(t, 'd'));
    t.note(
      'owners left',
      (await items(t, `${ELSEWHERE}?fieldSelector=metadata.name=${owner.metadata.name}`)).length,
    );
  },
);
conformanceCase('owners-elsewhere', 'a dependent goes with an owner that is cluster-wide', async (t) => {
  const name = `owner-${t.token}`;
  await clusterWide(t, CLUSTER_ROLES, role(name));
  const owner = seen(await t.quietly(() => t.get(`${CLUSTER_ROLES}/${name}`)));
  const owned = map('d', reference('rbac.authorization.k8s.io/v1', 'ClusterRole', owner));
  await t.quietly(() => t.post(core(t, 'configmaps'), owned));
  await t.quietly(() => t.delete(`${CLUSTER_ROLES}/${name}`));
  await t.until(`${core(t, 'configmaps')}/d`, gone);
  await t.get(`${core(t, 'configmaps')}/d`);
});
conformanceCase('owners-elsewhere', 'what is cluster-wide outlives an owner in a namespace', async (t) => {
  const owner = await ownerElsewhere(t);
  const name = `dependent-${t.token}`;
  await clusterWide(t, CLUSTER_ROLES, role(name, reference('v1', 'ConfigMap', owner)));
  const events = `/api/v1/namespaces/default/events?fieldSelector=involvedObject.name=${name}`;
  await t.until(events, ({ items: found }) => Array.isArray(found) && found.length > 0);
  const [event] = (await items(t, events)) as unknown as { reason: string; message: string }[];
  t.note('error: event', { reason: event?.reason, message: event?.message });
  await t.quietly(() => t.delete(`${ELSEWHERE}/${owner.metadata.name}`));
  t.note('dependents left', (await t.quietly(() => t.get(`${CLUSTER_ROLES}/${name}`))).status);
});
conformanceCase('owners-elsewhere', 'owners that cannot be', async (t) => {
  for (const owner of [
    { apiVersion: 'v1', kind: 'ConfigMap', name: 'a' },
    { apiVersion: '', kind: '', name: '', uid: '' },
    { apiVersion: 'v1', kind: 'Event', name: 'e', uid: 'u' },
  ])
    await t.post(`${core(t, 'configmaps')}?dryRun=All`, map('d', owner));
  const controllers = ['a', 'b'].map((name) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    name,
    uid: name,
    controller: true,
  }));
  await t.post(`${core(t, 'configmaps')}?dryRun=All`, map('d', ...controllers));
});
