import { isApiError, isNotFound } from '../../kubernetes/api-error.ts';
import type { KubernetesClient } from '../../kubernetes/client.ts';
import type { Clock } from '../../kubernetes/clock.ts';
import type { KubernetesObject, ResourceType } from '../../kubernetes/objects.ts';
import { EVENTS } from '../../kubernetes/resources.ts';
import { nameOf } from './kinds.ts';
import { timestamp } from './timestamp.ts';

export interface Occurrence {
  type: 'Normal' | 'Warning';
  reason: string;
  message: string;
  component: string;
  /** Of those that write events as events.k8s.io has them (the scheduler): what was being done. */
  action?: string;
}

/** Tells of something that happened to an object of this type; what happens again is counted. */
export type EventRecorder = (
  type: ResourceType,
  subject: KubernetesObject,
  occurrence: Occurrence,
) => Promise<void>;

/** How many different events are remembered for counting; the oldest are told anew. */
const REMEMBERED = 2000;

export function createEventRecorder({
  client,
  clock,
}: {
  client: KubernetesClient;
  clock: Clock;
}): EventRecorder {
  const told = new Map<string, { name: string; count: number }>();
  let last = 0n;
  /** The time in nanoseconds, as the names of Kubernetes' events end in; never the same twice. */
  const suffix = (): string => {
    const now = BigInt(clock.now().getTime()) * 1_000_000n;
    last = now > last ? now : last + 1n;
    return last.toString(16);
  };

  return async (type, subject, occurrence) => {
    const { namespace, name } = nameOf(subject);
    const { uid = '', resourceVersion } = subject.metadata ?? {};
    const { reason, message, component, action } = occurrence;
    const at = clock.now();
    const key = JSON.stringify([uid, component, reason, occurrence.type, message]);
    const before = told.get(key);
    const inNamespace = namespace || 'default';
    try {
      if (before && action === undefined) {
        const count = before.count + 1;
        const body = { count, lastTimestamp: timestamp(at) };
        await client.patch(EVENTS, { namespace: inNamespace, name: before.name }, { type: 'merge', body });
        told.set(key, { ...before, count });
        return;
      }
    } catch (error) {
      // Somebody removed the event: it is told anew.
      if (!isNotFound(error)) throw error;
    }
    const event = { name: `${name}.${suffix()}`, namespace: inNamespace };
    const apiVersion = type.group ? `${type.group}/${type.version}` : type.version;
    const involvedObject = {
      apiVersion,
      kind: type.kind,
      name,
      uid,
      ...(namespace && { namespace }),
      ...(resourceVersion !== undefined && { resourceVersion }),
    };
    const how =
      action === undefined
        ? {
            count: 1,
            firstTimestamp: timestamp(at),
            lastTimestamp: timestamp(at),
            source: { component },
            reportingInstance: '',
          }
        : {
            action,
            eventTime: at.toISOString().replace('Z', '000Z'),
            firstTimestamp: null,
            lastTimestamp: null,
            source: {},
            reportingInstance: `${component}-sandbox`,
          };
    try {
      await client.create<KubernetesObject & Record<string, unknown>>(EVENTS, {
        metadata: event,
        involvedObject,
        type: occurrence.type,
        reason,
        message,
        reportingComponent: component,
        ...how,
      });
    } catch (error) {
      // The namespace is going, or gone: there is nobody left to tell.
      if (!isNotFound(error) && !isEnding(error)) throw error;
      return;
    }
    told.delete(key);
    told.set(key, { name: event.name, count: 1 });
    const oldest = told.keys().next().value;
    if (told.size > REMEMBERED && oldest !== undefined) told.delete(oldest);
  };
}

const isEnding = (error: unknown): boolean =>
  isApiError(error, 'Forbidden') && error instanceof Error && error.message.includes('being terminated');
