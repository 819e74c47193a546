import { conformanceCase } from '../conformance-case.ts';
import type { Conversation } from '../conversation.ts';
import { DEFINITIONS } from '../custom-resource-of-case.ts';
import { DEPLOYMENT_CONFIG_DEFINITION } from '../../cluster/deploymentconfig/definition.ts';
import { rollOutTwice } from '../../cluster/deploymentconfig/roll-out-twice.ts';
import { core, untilItems } from './workload-parts.ts';

const configs = (t: Conversation) => `/apis/apps.openshift.io/v1/namespaces/${t.namespace}/deploymentconfigs`;
const config = (spec: object) => ({
  apiVersion: 'apps.openshift.io/v1',
  kind: 'DeploymentConfig',
  metadata: { name: 'web' },
  spec,
});
const template = { metadata: { labels: { app: 'web' } }, spec: { containers: [] } };

/** The definition stays: other suites of the cluster have it, too. */
async function define(t: Conversation): Promise<void> {
  await t.quietly(() => t.post(DEFINITIONS, DEPLOYMENT_CONFIG_DEFINITION));
  await t.until(configs(t), (_list, status) => status === 200);
}

conformanceCase('deployment-config', 'its controller rolls out each version', async (t) => {
  t.note('versions', await rollOutTwice(t.cluster.client, t.namespace));
});
conformanceCase('deployment-config', 'its versions go with it', async (t) => {
  await rollOutTwice(t.cluster.client, t.namespace);
  await t.quietly(() => t.delete(`${configs(t)}/web`));
  const left = await untilItems(t, core(t, 'replicationcontrollers'), (found) => found.length === 0);
  t.note('versions left', left.length);
  await t.get(`${configs(t)}/web`);
});
conformanceCase('deployment-config', 'defaults, scale and status', async (t) => {
  await define(t);
  await t.post(configs(t), config({ template }));
  await t.get(`${configs(t)}/web/scale`);
  await t.patch(`${configs(t)}/web/scale`, 'merge', { spec: { replicas: 3 } });
  await t.patch(`${configs(t)}/web/status`, 'merge', { status: { replicas: 2 } });
});
conformanceCase('deployment-config', 'what is wrong is refused', async (t) => {
  await define(t);
  await t.post(configs(t), config({}));
  await t.post(configs(t), config({ template, replicas: -1 }));
  await t.post(configs(t), config({ template, replicas: 'many' }));
  await t.post(configs(t), config({ template, selector: { app: 1 } }));
});
