import { randomUid } from './random-names.ts';
import { SYSTEM_PRIORITIES } from './rules/priority-class.ts';
import { timestamp } from './server-context.ts';
import type { ServerContext } from './server-context.ts';

const STORAGE = 'priorityclasses.scheduling.k8s.io';

/** As every cluster describes them. */
const DESCRIPTIONS: Record<string, string> = {
  'system-cluster-critical':
    'Used for system critical pods that must run in the cluster, but can be moved to another node if necessary.',
  'system-node-critical': 'Used for system critical pods that must not be moved from their current node.',
};

/** The classes of a cluster's own pods, which are there from the start. */
export function installSystemPriorityClasses({ store, clock, random }: ServerContext): void {
  for (const [name, value] of Object.entries(SYSTEM_PRIORITIES)) {
    if (store.get(STORAGE, undefined, name)) continue; // kept from before
    store.put(STORAGE, {
      apiVersion: 'scheduling.k8s.io/v1',
      kind: 'PriorityClass',
      metadata: { name, uid: randomUid(random), generation: 1, creationTimestamp: timestamp(clock.now()) },
      value,
      description: DESCRIPTIONS[name] ?? '',
      preemptionPolicy: 'PreemptLowerPriority',
    });
  }
}
