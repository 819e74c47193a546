import type { ObjectReference } from '../api/kanister/types.ts';
import type { KubernetesClient } from '../kubernetes/client.ts';
import type { ActionPins } from './journal.ts';
import { readSubject } from './subject.ts';
import { isSecret, readTargetObject, withoutManagedFields } from './target-object.ts';

/** What the run depends on of the object that an action is about. */
export type PinnedObject = Pick<ActionPins, 'subject' | 'object'>;

/** pins: reads the object that an action is about. That the workload can't be read is told before anything else. */
export async function readPins(client: KubernetesClient, reference: ObjectReference): Promise<PinnedObject> {
  const object = readTargetObject(client, reference);
  // Its failure is met below, unless that of the subject comes first.
  object.catch(() => undefined);
  const subject = await readSubject(client, reference);
  const found = await object;
  return {
    ...(subject && { subject }),
    ...(!isSecret(reference) && { object: withoutManagedFields(found) }),
  };
}

/** `2006-01-02T15:04:05.999999999Z`, trailing zeros dropped, as the original formats `.Time`. */
export function nanoseconds(time: Date): string {
  return time.toISOString().replace(/\.?0+Z$/, 'Z');
}
