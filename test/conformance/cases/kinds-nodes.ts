import { conformanceCase } from '../conformance-case.ts';
import type { Conversation } from '../conversation.ts';
import { shownAs } from '../kind-of-case.ts';
import { items } from './workload-parts.ts';

// A further node, even for a moment, would be one for daemons and the scheduler: nothing here leaves a dry run.
const PATH = '/api/v1/nodes';
const node = (changes: object) => ({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'a' }, ...changes });

conformanceCase('kind-node', 'what is left out is filled in', async (t) => {
  await t.post(`${PATH}?dryRun=All`, node({}));
  await t.post(`${PATH}?dryRun=All`, node({ spec: { taints: [{ key: 'a', effect: 'NoSchedule' }] } }));
  await t.post(`${PATH}?dryRun=All`, node({ status: { capacity: { cpu: '1', memory: '1Gi' } } }));
});
conformanceCase('kind-node', 'what is wrong is refused', async (t) => {
  for (const changes of [
    { metadata: { name: 'A_b' } },
    { spec: { podCIDR: 'here', podCIDRs: ['here'] } },
    { spec: { podCIDRs: ['10.1.0.0/24', '10.2.0.0/24'], podCIDR: '10.1.0.0/24' } },
    { spec: { taints: [{ key: 'a b', effect: 'NoSchedule' }] } },
    { spec: { taints: [{ key: 'a', effect: 'Sometimes' }] } },
    {
      spec: {
        taints: [
          { key: 'a', effect: 'NoSchedule' },
          { key: 'a', value: 'x', effect: 'NoSchedule' },
        ],
      },
    },
    { status: { capacity: { 'example.com/a b': '1' } } },
  ])
    await t.post(`${PATH}?dryRun=All`, node(changes));
});
conformanceCase('kind-node', 'it is shown as a table, and keeps what may not change', async (t) => {
  const name = await firstNode(t);
  const accept = 'application/json;as=Table;v=v1;g=meta.k8s.io';
  const table = await t.quietly(() => t.get(`${PATH}/${name}`, { headers: { accept } }));
  const columns = shownAs(table, []) as { columns: unknown };
  t.note('columns', columns.columns);
  for (const spec of [
    { podCIDR: '10.9.0.0/24', podCIDRs: ['10.9.0.0/24'] },
    { providerID: 'first', unschedulable: true },
    { taints: [{ key: 'a', effect: 'Sometimes' }] },
  ]) {
    const { status, object } = await t.quietly(() =>
      t.patch(`${PATH}/${name}?dryRun=All`, 'merge', { spec }),
    );
    const message = (typeof object['message'] === 'string' ? object['message'] : '').replaceAll(name, 'NODE');
    t.note(`${status < 400 ? '' : 'error: '}${Object.keys(spec).join()}`, { status, message });
  }
});
conformanceCase('kind-node', 'nodes that are not there', async (t) => {
  await t.get(`${PATH}/absent`);
  await t.get(`${PATH}/absent/status`);
  await t.patch(`${PATH}/absent?dryRun=All`, 'strategic', { spec: { unschedulable: true } });
  await t.get(`${PATH}?fieldSelector=spec.unschedulable=true,metadata.name=absent`);
  await t.get(`${PATH}?fieldSelector=spec.podCIDR=x`);
});

async function firstNode(t: Conversation): Promise<string> {
  const [first] = await items(t, PATH);
  if (!first) throw new Error('the cluster has no node');
  return first.metadata.name;
}
