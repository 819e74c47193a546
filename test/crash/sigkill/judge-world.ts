import type { ActionSet } from '../../../src/api/kanister/types.ts';
import { CONFIG_MAPS, PODS } from '../../../src/kubernetes/resources.ts';
import type { Site } from './works.ts';
import type { Workplace } from './workplace.ts';

const RUN_UID = 'cr.kanister.io/run-uid';

/** Which promises were not kept about what is neither an ActionSet nor the work of one command. */
export async function judgeWorld(
  workplace: Workplace,
  site: Site,
  actionSets: ActionSet[],
): Promise<string[]> {
  const { client } = workplace.cluster;
  const uids = new Set(actionSets.map(({ metadata }) => metadata.uid));
  const wrong: string[] = [];
  for (const [type, namespace] of [
    [PODS, site.workplace],
    [PODS, site.namespace],
    [CONFIG_MAPS, site.namespace],
  ] as const) {
    const { items } = await client.list(type, { namespace });
    for (const { metadata } of items) {
      const run = metadata?.annotations?.[RUN_UID];
      if (run !== undefined && uids.has(run) && metadata?.deletionTimestamp === undefined)
        wrong.push(`${type.resource} ${metadata?.name} is left`);
    }
  }
  const { metadata, spec } = await workplace.deploymentOf(site);
  if (spec?.replicas !== 1) wrong.push(`the Deployment has ${spec?.replicas} replicas, not 1`);
  // Made with 1, scaled to 0, scaled to 1.
  if (metadata?.generation !== 3)
    wrong.push(`I2: the Deployment was changed to generation ${metadata?.generation}, not 3`);
  const keys = await workplace.storedKeys(site);
  if (keys.join() !== 'purged-not') wrong.push(`the store has [${keys.join(', ')}], not [purged-not]`);
  return wrong;
}
