import { isNotFound } from '../../kubernetes/api-error.ts';
import type { KubernetesObject } from '../../kubernetes/objects.ts';
import { EVENTS } from '../../kubernetes/resources.ts';
import type { ControllerContext } from './controller.ts';
import { nameOf } from './kinds.ts';
import { find } from './pod-set.ts';
import { templateHash } from './template-hash.ts';

export interface Occurrence {
  type: 'Normal' | 'Warning';
  reason: string;
  message: string;
  component: string;
}

interface Event extends KubernetesObject {
  count?: number;
}

/** Tells of something that happened to an object; what happens again is counted. */
export async function recordEvent(
  { client, clock }: ControllerContext,
  subject: KubernetesObject,
  kind: { apiVersion: string; kind: string },
  { type, reason, message, component }: Occurrence,
): Promise<void> {
  const { namespace, name } = nameOf(subject);
  const uid = subject.metadata?.uid ?? '';
  const now = clock
    .now()
    .toISOString()
    .replace(/\.\d+Z$/, 'Z');
  const event = {
    namespace: namespace || 'default',
    name: `${name}.${templateHash([uid, reason, message])}`,
  };
  const before = await find<Event>(client, EVENTS, event);
  try {
    if (before) {
      const body = { count: (before.count ?? 1) + 1, lastTimestamp: now };
      await client.patch(EVENTS, event, { type: 'merge', body });
      return;
    }
    await client.create<KubernetesObject & Record<string, unknown>>(EVENTS, {
      metadata: event,
      involvedObject: { ...kind, name, uid, ...(namespace && { namespace }) },
      type,
      reason,
      message,
      count: 1,
      firstTimestamp: now,
      lastTimestamp: now,
      source: { component },
      reportingComponent: component,
      reportingInstance: '',
    });
  } catch (error) {
    // The namespace is going, or the event was removed meanwhile: there is nobody left to tell.
    if (!isNotFound(error) && !isEnding(error)) throw error;
  }
}

const isEnding = (error: unknown): boolean =>
  error instanceof Error && error.message.includes('because it is being terminated');
