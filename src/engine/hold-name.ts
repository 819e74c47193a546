import { isAlreadyExists } from '../kubernetes/api-error.ts';
import type { KubernetesObject } from '../kubernetes/objects.ts';
import { PODS } from '../kubernetes/resources.ts';
import { cleanUp, type CleanUpOptions } from './clean-up.ts';
import { messageOf } from './failure.ts';
import type { CreatedObject } from './journal.ts';
import { ownedBy, type RunOwner } from './ownership.ts';
import { typeOf } from './steps.ts';

/** Times that what came late in between is stopped before it is left to the end of the run. */
const ATTEMPTS = 5;

/**
 * Puts a pod that no node ever takes in the place of one that was stopped at its work: an ended process may have asked for that one once
 * more, and the request still be on its way; it finds its name taken. Other objects do no work, and need none.
 * @throws {Abandoned} only.
 */
export async function holdName(created: CreatedObject, options: CleanUpOptions): Promise<void> {
  const type = typeOf(created);
  if (type.group !== PODS.group || type.resource !== PODS.resource) return;
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    try {
      await options.client.create(type, placeholder(created, options.owner), { signal: options.signal });
      return;
    } catch (error) {
      if (!isAlreadyExists(error)) {
        options.log.debug({ error: messageOf(error) }, `the name of pod ${created.name} could not be held`);
        return;
      }
      const { uid: _, ...byName } = created;
      await cleanUp([byName], false, options);
    }
  }
}

function placeholder({ name, namespace, step }: CreatedObject, owner: RunOwner): KubernetesObject {
  const never = 'cr.kanister.io/never';
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace, labels: { createdBy: 'kanister' }, annotations: ownedBy(owner, step) },
    spec: {
      // The selector is for clusters that do not know gates, and drop them.
      schedulingGates: [{ name: never }],
      nodeSelector: { [never]: 'true' },
      automountServiceAccountToken: false,
      containers: [{ name: 'container', image: 'registry.k8s.io/pause:3.10' }],
    },
  } as KubernetesObject;
}
