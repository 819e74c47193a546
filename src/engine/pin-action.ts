import type { KubernetesClient } from '../kubernetes/client.ts';
import type { ActionPins } from './journal.ts';
import { readSubject } from './subject.ts';
import { isSecret, readTargetObject, withoutManagedFields } from './target-object.ts';

/** pins: reads the object that an action is about, and enters what of it the run depends on. */
export async function pinObject(client: KubernetesClient, pins: ActionPins): Promise<void> {
  const reference = pins.spec.object;
  const subject = await readSubject(client, reference);
  if (subject) pins.subject = subject;
  const object = await readTargetObject(client, reference);
  if (!isSecret(reference)) pins.object = withoutManagedFields(object);
}

/** `2006-01-02T15:04:05.999999999Z`, trailing zeros dropped, as the original formats `.Time`. */
export function nanoseconds(time: Date): string {
  return time.toISOString().replace(/\.?0+Z$/, 'Z');
}
